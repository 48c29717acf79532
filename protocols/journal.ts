/**
 * A log of byte records in one file: append, cut the end off, make durable, read back after a crash.
 *
 * What a crash may do, and what recovery makes of it. At any moment at most one *batch* of records is written and
 * not yet synced, and it lies at the end of the file. A crash may lose any part of it, so the first bad record there
 * ends the log: a *torn* end, which is cut off and which nobody was told was durable. Each record says how many
 * bytes were durable before its batch was written; a good record that vouches for bytes which are bad now shows that
 * the file decayed after a sync, and `open` refuses it: cutting there would forget what had been promised. (Decay of
 * the very last batch cannot be told from a torn end.)
 *
 * What a reader sees may be less durable than it looks. After a failed sync the operating system shows bytes that it
 * will never write again, and a later sync, perhaps of another process, succeeds without them (Rebello et al., *Can
 * Applications Recover from fsync Failures?*, USENIX ATC 2020). So `open` writes anew what nothing vouches for, the last
 * batch, before it syncs. An error leaves the journal of no use: only `open` finds out what there is.
 */
import { CorruptFile, checksum } from './checksum.ts';
import type { Disk } from './host.ts';

/** Magic, length, bytes durable before the batch (two words), checksum; four bytes each, little-endian. */
const headerBytes = 20;
const magic = 0x6c616e6a;
/** Records start at multiples of this, so that the search for one behind a bad one is short. */
const alignment = 4;

export interface Recovered {
  readonly journal: Journal;
  readonly records: readonly Uint8Array[];
  /** Bytes of a torn end that were cut off; 0 after a clean stop. */
  readonly tornBytes: number;
}

export class Journal {
  readonly #disk: Disk;
  #file: string;
  /** Where each record ends that is in the file, or on its way there. */
  readonly #ends: number[] = [];
  /** Records for the next batch. */
  #pending: Uint8Array[] = [];
  /** How many records of the file the next batch leaves standing; null for all. */
  #kept: number | null = null;
  /** The batch under way, or the last one. */
  #batch: Promise<void> = Promise.resolve();
  /** The batch that starts when that one is durable. */
  #next: Promise<void> | null = null;
  /** Whether the file's name is durable. */
  #named: boolean;

  private constructor(disk: Disk, file: string, named: boolean) {
    this.#disk = disk;
    this.#file = file;
    this.#named = named;
  }

  /**
   * Opens the journal and makes durable what it returns, even what a dead process wrote and never synced, or tried in
   * vain to sync.
   * @throws CorruptFile records that had been durable are damaged
   * @throws DiskError
   */
  static async open(disk: Disk, file: string): Promise<Recovered> {
    const size = await disk.size(file);
    const bytes = await disk.read(file, 0, size);
    const found = scan(bytes);
    if (found.state === 'corrupt') throw new CorruptFile(file, found.end);
    const named = (await disk.list()).includes(file);
    if (found.end < size) await disk.truncate(file, found.end);
    if (found.vouched < found.end) {
      await disk.write(file, found.vouched, bytes.subarray(found.vouched, found.end));
    }
    if (named) {
      await disk.sync(file);
      await disk.syncNames();
    }
    const journal = new Journal(disk, file, named);
    let end = 0;
    for (const record of found.records) {
      end += spanOf(record.length);
      journal.#ends.push(end);
    }
    return { journal, records: found.records, tornBytes: size - found.end };
  }

  get file(): string {
    return this.#file;
  }

  /** How many records there are, durable or not. */
  get length(): number {
    return (this.#kept ?? this.#ends.length) + this.#pending.length;
  }

  /** Adds a record, which is durable after the next `sync`. The bytes must not change any more. */
  append(record: Uint8Array): void {
    this.#pending.push(record);
  }

  /** Forgets all but the first `length` records; they are gone for good after the next `sync`. */
  truncate(length: number): void {
    const standing = this.#kept ?? this.#ends.length;
    if (length >= standing) {
      this.#pending.length = Math.min(this.#pending.length, length - standing);
    } else {
      this.#pending.length = 0;
      this.#kept = length;
    }
  }

  /**
   * Resolves when everything before this call is durable. Calls that come while the disk is busy share the next
   * batch. After an error every later call rejects with it: nobody knows what the disk still holds.
   * @throws DiskError
   */
  sync(): Promise<void> {
    if (this.#pending.length === 0 && this.#kept === null) return this.#batch;
    this.#next ??= this.#batch.then(() => this.#write());
    return this.#next;
  }

  /**
   * Gives the file another name, and takes the place of what had that name; durable when this resolves. Nothing else may be
   * under way, nor any record wait for a `sync`.
   * @throws DiskError
   */
  async rename(file: string): Promise<void> {
    await this.#disk.rename(this.#file, file);
    this.#file = file;
    await this.#disk.syncNames();
  }

  async #write(): Promise<void> {
    this.#batch = this.#next!;
    this.#next = null;
    const records = this.#pending;
    const kept = this.#kept;
    this.#pending = [];
    this.#kept = null;
    if (kept !== null) {
      this.#ends.length = kept;
      await this.#cut(this.#ends[kept - 1] ?? 0);
    }
    if (records.length === 0) return;
    const start = this.#ends.at(-1) ?? 0;
    const bytes = encodeBatch(records, start, this.#ends);
    await this.#disk.write(this.#file, start, bytes);
    await this.#disk.sync(this.#file);
    if (!this.#named) {
      await this.#disk.syncNames();
      this.#named = true;
    }
  }

  /** Synced on its own: a cut that is lost while later writes survive would leave old records behind new ones. */
  async #cut(end: number): Promise<void> {
    await this.#disk.truncate(this.#file, end);
    await this.#disk.sync(this.#file);
  }
}

/** Bytes of the file that a record of this length takes. */
function spanOf(length: number): number {
  return Math.ceil((headerBytes + length) / alignment) * alignment;
}

/** The bytes of `records` for offset `start`, up to which the file is durable; adds their ends to `ends`. */
function encodeBatch(records: readonly Uint8Array[], start: number, ends: number[]): Uint8Array {
  let size = 0;
  for (const record of records) size += spanOf(record.length);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const record of records) {
    view.setUint32(at, magic, true);
    view.setUint32(at + 4, record.length, true);
    view.setUint32(at + 8, start >>> 0, true);
    view.setUint32(at + 12, Math.floor(start / 2 ** 32), true);
    bytes.set(record, at + headerBytes);
    view.setUint32(at + 16, sumOf(bytes, at, record.length, start + at), true);
    at += spanOf(record.length);
    ends.push(start + at);
  }
  return bytes;
}

/** Covers length, durable mark and payload, and the place in the file: a record elsewhere is not this record. */
function sumOf(bytes: Uint8Array, at: number, length: number, place: number): number {
  const header = checksum(bytes, place >>> 0, at + 4, at + 16);
  return checksum(bytes, header, at + headerBytes, at + headerBytes + length);
}

export interface Scan {
  readonly records: readonly Uint8Array[];
  /** Offset at which the good records end. */
  readonly end: number;
  /** Up to where the last good record says that the file was durable before it. */
  readonly vouched: number;
  readonly state: 'clean' | 'torn' | 'corrupt';
}

/** Reads the content of a journal file, and says how it ends. */
export function scan(bytes: Uint8Array): Scan {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  let [end, vouched] = [0, 0];
  for (
    let length = goodRecordAt(bytes, view, end);
    length !== null;
    length = goodRecordAt(bytes, view, end)
  ) {
    records.push(bytes.slice(end + headerBytes, end + headerBytes + length));
    vouched = durableAt(view, end);
    end += spanOf(length);
  }
  if (end === bytes.length) return { records, end, vouched, state: 'clean' };
  for (let at = end + alignment; at + headerBytes <= bytes.length; at += alignment) {
    if (goodRecordAt(bytes, view, at) === null) continue;
    if (durableAt(view, at) > end) return { records, end, vouched, state: 'corrupt' };
  }
  return { records, end, vouched, state: 'torn' };
}

/** How many bytes of the file were durable before the batch of the record at `at`. */
function durableAt(view: DataView, at: number): number {
  return view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * 2 ** 32;
}

/** The length of the record at `at`, or null if there is no whole and true one. */
function goodRecordAt(bytes: Uint8Array, view: DataView, at: number): number | null {
  if (at + headerBytes > bytes.length || view.getUint32(at, true) !== magic) return null;
  const length = view.getUint32(at + 4, true);
  if (at + spanOf(length) > bytes.length) return null;
  return sumOf(bytes, at, length, at) === view.getUint32(at + 16, true) ? length : null;
}
