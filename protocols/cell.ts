/**
 * One value in one file, replaced as a whole: after a crash it is the old value or the new one, never a mixture, and
 * it is the new one if `write` had resolved. It rests on renames being atomic, as the contract of `Disk` promises.
 *
 * A failed write may be followed by another one: each writes its draft from the first byte to the last, so that no
 * later sync has to make durable what an earlier one lost.
 */
import { CorruptFile, checksum } from './checksum.ts';
import type { Disk } from './host.ts';

/** Magic, length and checksum, each four bytes, little-endian. */
const headerBytes = 12;
const magic = 0x6c6c6563;

export class Cell {
  readonly file: string;
  readonly #disk: Disk;
  /** Ends when every earlier write has ended, well or badly: writes share one temporary file. */
  #last: Promise<void> = Promise.resolve();

  constructor(disk: Disk, file: string) {
    this.#disk = disk;
    this.file = file;
  }

  /**
   * The value, or null if none was ever written. What it returns is durable: a rename that only the operating
   * system remembered, from before the crash of a process, is made so first.
   * @throws CorruptFile the value is damaged, which no crash explains
   * @throws DiskError
   */
  async read(): Promise<Uint8Array | null> {
    const size = await this.#disk.size(this.file);
    const bytes = await this.#disk.read(this.file, 0, size);
    const value = decode(bytes);
    if (value === null) {
      if (size > 0) throw new CorruptFile(this.file, 0);
      return null;
    }
    // Its bytes are durable already: they were, before the rename gave them this name.
    await this.#disk.syncNames();
    return value;
  }

  /**
   * Replaces the value. Writes take effect in the order of their calls. After an error the value is the old one or
   * the new one.
   * @throws DiskError
   */
  write(value: Uint8Array): Promise<void> {
    const bytes = encode(value);
    const written = this.#last.then(() => this.#replace(bytes));
    this.#last = written.catch(() => {});
    return written;
  }

  async #replace(bytes: Uint8Array): Promise<void> {
    const draft = `${this.file}.new`;
    // A draft that a crash left behind may be longer: the header says how much of the file counts.
    await this.#disk.write(draft, 0, bytes);
    await this.#disk.sync(draft);
    await this.#disk.rename(draft, this.file);
    await this.#disk.syncNames();
  }
}

function encode(value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes + value.length);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, magic, true);
  header.setUint32(4, value.length, true);
  header.setUint32(8, checksum(value, value.length), true);
  bytes.set(value, headerBytes);
  return bytes;
}

function decode(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < headerBytes) return null;
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = header.getUint32(4, true);
  if (header.getUint32(0, true) !== magic || headerBytes + length > bytes.length) return null;
  const value = bytes.slice(headerBytes, headerBytes + length);
  return checksum(value, length) === header.getUint32(8, true) ? value : null;
}
