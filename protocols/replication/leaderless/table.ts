/**
 * What a node stores, durably: the states of its keys, and what it keeps for others. It shows nothing that a crash
 * could take back. Every change is a record of a journal; when that has grown, a new one is begun with what there is.
 */
import { Cell } from '../../cell.ts';
import { CorruptFile } from '../../checksum.ts';
import type { Disk, HostId } from '../../host.ts';
import { Journal } from '../../journal.ts';
import type { Resolution, State } from '../conflicts/resolution.ts';
import { isSameState } from '../conflicts/resolution.ts';

type Change =
  | { readonly kind: 'state'; readonly key: string; readonly state: State }
  | { readonly kind: 'hint'; readonly target: HostId; readonly key: string; readonly state: State }
  | { readonly kind: 'handed over'; readonly target: HostId; readonly key: string; readonly state: State }
  | { readonly kind: 'forgotten'; readonly key: string; readonly state: State }
  | { readonly kind: 'floor'; readonly time: number };

/** Which journal counts, and how many records it began with. */
interface Header {
  readonly boot: number;
  readonly generation: number;
  readonly records: number;
}

/** Told the state of a key when it is there first, or has changed; undefined if it is gone. */
type OnChange = (key: string, state: State | undefined) => void;

export class Table {
  /** Counts the lives of this node, from 1. */
  readonly boot: number;
  readonly #states = new Map<string, State>();
  readonly #hints = new Map<HostId, Map<string, State>>();
  readonly #disk: Disk;
  readonly #cell: Cell;
  readonly #resolution: Resolution;
  readonly #compactionRecords: number;
  #onChange: OnChange = () => {};
  #floor = 0;
  #journal: Journal;
  #generation: number;
  #recordsMax: number;
  /** Changes on their way to the disk. */
  #underWay = 0;
  /** Ends when the new journal counts; until then no change begins. */
  #compaction: { readonly done: Promise<void>; readonly finish: () => void } | null = null;

  private constructor(
    disk: Disk,
    cell: Cell,
    resolution: Resolution,
    compactionRecords: number,
    header: Header,
    journal: Journal,
  ) {
    this.#disk = disk;
    this.#cell = cell;
    this.#resolution = resolution;
    this.#compactionRecords = compactionRecords;
    this.boot = header.boot;
    this.#generation = header.generation;
    this.#journal = journal;
    this.#recordsMax = header.records + compactionRecords;
  }

  /**
   * @param compactionRecords by how many records the journal grows before it is written anew
   * @throws DiskError; of those `CorruptFile` if something durable is damaged
   */
  static async open(disk: Disk, resolution: Resolution, compactionRecords: number): Promise<Table> {
    const cell = new Cell(disk, 'table');
    const bytes = await cell.read();
    const last: Header = bytes === null ? { boot: 0, generation: 0, records: 0 } : decode(bytes);
    const file = fileOf(last.generation);
    const { journal, records } = await Journal.open(disk, file);
    if (records.length < last.records) throw new CorruptFile(file, 0);
    const header = { ...last, boot: last.boot + 1 };
    // Before it gives out a stamp: no other life may give out the same.
    await cell.write(encode(header));
    const table = new Table(disk, cell, resolution, compactionRecords, header, journal);
    for (const record of records) table.#apply(decode<Change>(record));
    return table;
  }

  onChange(task: OnChange): void {
    this.#onChange = task;
    for (const [key, state] of this.#states) task(key, state);
  }

  get generation(): number {
    return this.#generation;
  }

  /** The largest time of all that was forgotten. */
  get floor(): number {
    return this.#floor;
  }

  get states(): ReadonlyMap<string, State> {
    return this.#states;
  }

  /** What is kept for others, by replica and key. */
  get hints(): ReadonlyMap<HostId, ReadonlyMap<string, State>> {
    return this.#hints;
  }

  /** How many states are kept for others. */
  get hintCount(): number {
    let count = 0;
    for (const hints of this.#hints.values()) count += hints.size;
    return count;
  }

  /** Resolves when the state, or one above it, is durable; true if it was new here. */
  async store(key: string, state: State): Promise<boolean> {
    const known = this.#states.get(key);
    if (known !== undefined && isSameState(this.#resolution.merge(known, state), known)) return false;
    await this.#commit({ kind: 'state', key, state });
    return true;
  }

  async hint(target: HostId, key: string, state: State): Promise<void> {
    await this.#commit({ kind: 'hint', target, key, state });
  }

  /** The target has this state now: nothing is kept for it, unless more has come meanwhile. */
  async handedOver(target: HostId, key: string, state: State): Promise<void> {
    await this.#commit({ kind: 'handed over', target, key, state });
  }

  /** Forgets a key, if this is its state still. */
  async forget(key: string, state: State): Promise<void> {
    const known = this.#states.get(key);
    if (known === undefined || !isSameState(known, state)) return;
    await this.#commit({ kind: 'forgotten', key, state });
  }

  async #commit(change: Change): Promise<void> {
    while (this.#compaction !== null) await this.#compaction.done;
    this.#underWay++;
    this.#journal.append(encode(change));
    await this.#journal.sync();
    this.#apply(change);
    this.#underWay--;
    if (this.#journal.length >= this.#recordsMax) this.#compaction ??= beginning();
    if (this.#compaction !== null && this.#underWay === 0) await this.#compact();
  }

  #apply(change: Change): void {
    switch (change.kind) {
      case 'state':
        this.#merge(change.key, change.state);
        break;
      case 'forgotten':
        this.#floor = Math.max(this.#floor, this.#resolution.timeOf(change.state));
        this.#drop(change.key, change.state);
        break;
      case 'floor':
        this.#floor = Math.max(this.#floor, change.time);
        break;
      case 'hint': {
        const { target, key, state } = change;
        const hints = this.#hints.get(target) ?? new Map<string, State>();
        const kept = hints.get(key);
        hints.set(key, kept === undefined ? state : this.#resolution.merge(kept, state));
        this.#hints.set(target, hints);
        break;
      }
      case 'handed over': {
        const { target, key, state } = change;
        const hints = this.#hints.get(target);
        const kept = hints?.get(key);
        if (kept === undefined || !isSameState(kept, state)) break;
        hints?.delete(key);
        if (hints?.size === 0) this.#hints.delete(target);
        break;
      }
    }
  }

  #merge(key: string, state: State): void {
    const known = this.#states.get(key);
    const merged = known === undefined ? state : this.#resolution.merge(known, state);
    this.#states.set(key, merged);
    this.#onChange(key, merged);
  }

  #drop(key: string, state: State): void {
    const known = this.#states.get(key);
    if (known === undefined || !isSameState(known, state)) return;
    this.#states.delete(key);
    this.#onChange(key, undefined);
  }

  /** The old journal counts until the cell names the new one, which is durable by then. */
  async #compact(): Promise<void> {
    const generation = this.#generation + 1;
    const file = fileOf(generation);
    // An attempt that a crash cut short may have left one.
    await this.#disk.remove(file);
    const { journal } = await Journal.open(this.#disk, file);
    const changes = this.#snapshot();
    for (const change of changes) journal.append(encode(change));
    await journal.sync();
    const header: Header = { boot: this.boot, generation, records: changes.length };
    await this.#cell.write(encode(header));
    await this.#disk.remove(fileOf(this.#generation));
    this.#journal = journal;
    this.#generation = generation;
    this.#recordsMax = changes.length + this.#compactionRecords;
    const { finish } = this.#compaction!;
    this.#compaction = null;
    finish();
  }

  #snapshot(): Change[] {
    const changes: Change[] = [...this.#states].map(([key, state]) => ({ kind: 'state', key, state }));
    for (const [target, hints] of this.#hints) {
      for (const [key, state] of hints) changes.push({ kind: 'hint', target, key, state });
    }
    if (this.#floor > 0) changes.push({ kind: 'floor', time: this.#floor });
    return changes;
  }
}

const fileOf = (generation: number): string => `table.${generation}`;

function beginning(): { done: Promise<void>; finish: () => void } {
  let finish = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { done, finish };
}

const encode = (value: Change | Header): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const decode = <T extends Change | Header>(bytes: Uint8Array): T =>
  JSON.parse(new TextDecoder().decode(bytes)) as T;
