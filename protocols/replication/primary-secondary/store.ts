/**
 * A log on disk that begins with a snapshot. Each edition is a journal of its own; a cell says which one counts, so that after
 * a crash it is the old one or the new one, whole.
 */
import { Cell } from '../../cell.ts';
import { CorruptFile } from '../../checksum.ts';
import type { Disk } from '../../host.ts';
import { Journal } from '../../journal.ts';
import type { Rules } from './rules.ts';
import { type Base, noBase, noSnapshot, type Snapshot } from './snapshot.ts';

/** What a journal begins with. */
interface Beginning {
  readonly snapshot: Snapshot;
  /** The place before its first entry. */
  readonly base: Base;
}

export interface Edition extends Beginning {
  /** The texts of the entries after the base. */
  readonly texts: readonly string[];
}

/** Which edition counts, and how many of its records can never have been cut off. */
interface Header {
  readonly number: number;
  readonly records: number;
}

const fileOf = (number: number): string => (number === 0 ? 'log' : `log.${number}`);
const isEdition = (name: string): boolean => /^log(\.\d+)?$/.test(name);

export class LogStore {
  readonly #disk: Disk;
  readonly #cell: Cell;
  readonly #persist: Rules['persistEntries'];
  #journal: Journal;
  #number: number;
  #base: Base;
  /** Resolves when the edition that is written to counts; null if it does. */
  #named: Promise<void> | null = null;

  private constructor(
    disk: Disk,
    cell: Cell,
    persist: Rules['persistEntries'],
    journal: Journal,
    number: number,
    base: Base,
  ) {
    this.#disk = disk;
    this.#cell = cell;
    this.#persist = persist;
    this.#journal = journal;
    this.#number = number;
    this.#base = base;
  }

  /**
   * @throws CorruptFile something that had been durable is damaged
   * @throws DiskError
   */
  static async open(
    disk: Disk,
    persist: Rules['persistEntries'],
  ): Promise<Edition & { readonly store: LogStore; readonly tornBytes: number }> {
    const cell = new Cell(disk, 'edition');
    const bytes = await cell.read();
    const { number, records: least }: Header = bytes === null ? { number: 0, records: 0 } : decode(bytes);
    const file = fileOf(number);
    const { journal, records, tornBytes } = await Journal.open(disk, file);
    if (records.length < least) throw new CorruptFile(file, 0);
    // What a crash left behind of editions before, or of one that never counted.
    for (const name of await disk.list()) if (isEdition(name) && name !== file) await disk.remove(name);
    const beginning: Beginning = number === 0 ? { snapshot: noSnapshot, base: noBase } : decode(records[0]!);
    const decoder = new TextDecoder();
    const texts = records.slice(number === 0 ? 0 : 1).map((record) => decoder.decode(record));
    const store = new LogStore(disk, cell, persist, journal, number, beginning.base);
    return { ...beginning, texts, store, tornBytes };
  }

  append(text: string): void {
    this.#journal.append(new TextEncoder().encode(text));
  }

  /** Forgets all entries after `index`, which is not before the snapshot. */
  truncateAfter(index: number): void {
    this.#journal.truncate(this.#records(index));
  }

  /**
   * Resolves when everything so far is durable.
   * @throws DiskError
   */
  async save(): Promise<void> {
    const named = this.#named;
    await this.#persist(this.#journal);
    if (named !== null) await named;
  }

  /**
   * Begins a new edition; only one at a time. From the moment at which `content` is asked for, what is appended goes into it.
   * Resolves when it counts.
   * @param content null if there is no need any more
   * @throws DiskError
   */
  async renew(content: () => Edition | null): Promise<void> {
    const before = this.#number;
    const file = fileOf(before + 1);
    // An attempt that a crash cut short may have left one.
    await this.#disk.remove(file);
    const { journal } = await Journal.open(this.#disk, file);
    const edition = content();
    if (edition === null) return;
    const { snapshot, base, texts } = edition;
    this.#journal = journal;
    this.#number = before + 1;
    this.#base = base;
    journal.append(encode({ snapshot, base } satisfies Beginning));
    for (const text of texts) this.append(text);
    this.#named = this.#name(journal, { number: before + 1, records: this.#records(snapshot.index) });
    await this.#named;
    this.#named = null;
    await this.#disk.remove(fileOf(before));
  }

  async #name(journal: Journal, header: Header): Promise<void> {
    await journal.sync();
    await this.#cell.write(encode(header));
  }

  /** How many records there are up to an entry. */
  #records(index: number): number {
    return (this.#number === 0 ? 0 : 1) + index - this.#base.index;
  }
}

const encode = (value: Beginning | Header): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const decode = <T extends Beginning | Header>(bytes: Uint8Array): T =>
  JSON.parse(new TextDecoder().decode(bytes)) as T;
