/** Checksums of bytes on a disk, and the error of those whose checksum is wrong. */

import { DiskError } from './host.ts';

/** A file that was durable once holds other bytes now: no crash does that, only decay or another program. */
export class CorruptFile extends DiskError {
  override readonly name = 'CorruptFile';
  readonly file: string;
  /** Offset of the first byte that cannot be trusted. */
  readonly at: number;
  constructor(file: string, at: number) {
    super('corrupt', `${file} is corrupt at byte ${at}`);
    this.file = file;
    this.at = at;
  }
}

const polynomial = 0xedb88320;
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  return crc;
});

/**
 * CRC-32 (ISO 3309) of `bytes` from `start` up to `end`. A `seed` binds the sum to something that is not among the
 * bytes, such as their place in a file; the sum of one part may be the seed of the next.
 */
export function checksum(bytes: Uint8Array, seed = 0, start = 0, end = bytes.length): number {
  let crc = ~seed;
  for (let at = start; at < end; at++) crc = table[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
