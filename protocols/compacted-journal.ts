/**
 * A journal that forgets: when its file has grown, its owner says what is still of use, and a file with that takes the
 * place of the old one. So what is on disk, and what a boot reads, is in proportion to what is live.
 *
 * The new file is written under another name and made durable before it is renamed: whenever a crash comes, there is the
 * old file, to which nothing was added meanwhile, or the new one. What it begins with is followed by a *seal*, an empty
 * record that vouches for it; a journal could not tell from a torn end if its first and only batch decayed.
 */
import type { Disk } from './host.ts';
import { Journal } from './journal.ts';
import type { OptionTable } from './protocol.ts';

/** What a protocol that keeps one lets be set. */
export const compactionOptions = {
  compactionRecords: {
    type: 'integer',
    default: 1000,
    min: 1,
    about:
      'A log is written anew when it has grown by so many records, and to twice what was of use at the last time.',
  },
} as const satisfies OptionTable;

const seal = new Uint8Array(0);
const draftOf = (file: string): string => `${file}.new`;

/**
 * How many records may be in a file that began with so many live ones before it is written anew: with half of them dead at
 * the least, so that all rewriting costs no more than a constant for each record that is appended.
 */
export const recordsMaxOf = (live: number, compactionRecords: number): number =>
  live + Math.max(live, compactionRecords);

/** What claims and operators may see of a journal that forgets. */
export interface LogView {
  /** In the file, live or not. */
  readonly records: number;
  /** How often this life has written it anew. */
  readonly rewritten: number;
}

export class CompactedJournal {
  readonly file: string;
  readonly #disk: Disk;
  readonly #compactionRecords: number;
  #current: Journal;
  #recordsMax: number;
  #rewritten = 0;
  /** Ends when the new file is in place; rejected for good if that failed. */
  #rewriting: Promise<void> | null = null;
  /** What was appended meanwhile. */
  #later: Uint8Array[] = [];
  /** What the last `sync` returned. */
  #synced: Promise<void> = Promise.resolve();

  private constructor(disk: Disk, current: Journal, live: number, compactionRecords: number) {
    this.#disk = disk;
    this.file = current.file;
    this.#current = current;
    this.#compactionRecords = compactionRecords;
    this.#recordsMax = recordsMaxOf(live, compactionRecords);
  }

  /**
   * Opens it, and makes durable what it returns.
   * @param compactionRecords by how many records at least the file grows before it is written anew; from 1
   * @throws CorruptFile records that had been durable are damaged
   * @throws DiskError
   */
  static async open(
    disk: Disk,
    file: string,
    compactionRecords: number,
  ): Promise<{ readonly journal: CompactedJournal; readonly records: readonly Uint8Array[] }> {
    const draft = draftOf(file);
    // An attempt that a crash cut short: nothing of it counts.
    if ((await disk.list()).includes(draft)) await disk.remove(draft);
    const { journal, records } = await Journal.open(disk, file);
    const sealedAt = records.findIndex((record) => record.length === 0);
    return {
      journal: new CompactedJournal(disk, journal, Math.max(sealedAt, 0), compactionRecords),
      records: records.filter((record) => record.length > 0),
    };
  }

  get view(): LogView {
    return { records: this.#current.length + this.#later.length, rewritten: this.#rewritten };
  }

  /** Whether so much of it may be dead that it is time to `rewrite` it. */
  get hasGrown(): boolean {
    return this.#rewriting === null && this.#current.length >= this.#recordsMax;
  }

  /** Adds a record, which is not empty; it is durable after the next `sync`. Its bytes must not change any more. */
  append(record: Uint8Array): void {
    if (this.#rewriting === null) this.#current.append(record);
    else this.#later.push(record);
  }

  /**
   * Puts these records in the place of all that were appended so far, which say the same. All of them are durable after the
   * next `sync`, which waits for it.
   */
  rewrite(live: readonly Uint8Array[]): void {
    this.#rewriting = this.#replace(live);
    // Whoever syncs learns of an error.
    this.#rewriting.catch(() => {});
  }

  /**
   * Resolves when everything before this call is durable, and in the order of the calls. After an error every later call
   * rejects with it.
   * @throws DiskError
   */
  sync(): Promise<void> {
    const durable =
      this.#rewriting === null ? this.#current.sync() : this.#rewriting.then(() => this.#current.sync());
    // Who waited for the new file has more steps to go than who comes when it is there.
    this.#synced = Promise.all([this.#synced, durable]).then(() => {});
    return this.#synced;
  }

  async #replace(live: readonly Uint8Array[]): Promise<void> {
    // The old file may still be written to, and must not be any more when another one has its name.
    await this.#current.sync();
    const { journal } = await Journal.open(this.#disk, draftOf(this.file));
    for (const record of live) journal.append(record);
    await journal.sync();
    journal.append(seal);
    await journal.sync();
    await journal.rename(this.file);
    this.#current = journal;
    this.#recordsMax = recordsMaxOf(live.length, this.#compactionRecords);
    this.#rewritten += 1;
    this.#rewriting = null;
    for (const record of this.#later) journal.append(record);
    this.#later = [];
  }
}
