/**
 * What a node stores, durably: the states of its keys, and what it keeps for others. It shows nothing that a crash
 * could take back. Every change is a record of a journal, which is written anew with what there is when it has grown.
 */
import { Cell } from '../../cell.ts';
import { CompactedJournal, type LogView } from '../../compacted-journal.ts';
import type { Disk, HostId } from '../../host.ts';
import type { Resolution, State } from '../conflicts/resolution.ts';
import { isSameState } from '../conflicts/resolution.ts';

type Change =
  | { readonly kind: 'state'; readonly key: string; readonly state: State }
  | { readonly kind: 'hint'; readonly target: HostId; readonly key: string; readonly state: State }
  | { readonly kind: 'handed over'; readonly target: HostId; readonly key: string; readonly state: State }
  | { readonly kind: 'forgotten'; readonly key: string; readonly state: State }
  | { readonly kind: 'floor'; readonly time: number };

/** Told the state of a key when it is there first, or has changed; undefined if it is gone. */
type OnChange = (key: string, state: State | undefined) => void;

export class Table {
  /** Counts the lives of this node, from 1. */
  readonly boot: number;
  readonly #states = new Map<string, State>();
  readonly #hints = new Map<HostId, Map<string, State>>();
  readonly #journal: CompactedJournal;
  readonly #resolution: Resolution;
  /** Changes on their way to the disk, in order. */
  readonly #underWay = new Set<Change>();
  #onChange: OnChange = () => {};
  #floor = 0;

  private constructor(journal: CompactedJournal, resolution: Resolution, boot: number) {
    this.#journal = journal;
    this.#resolution = resolution;
    this.boot = boot;
  }

  /**
   * @param compactionRecords by how many records at least the journal grows before it is written anew
   * @throws DiskError; of those `CorruptFile` if something durable is damaged
   */
  static async open(disk: Disk, resolution: Resolution, compactionRecords: number): Promise<Table> {
    const cell = new Cell(disk, 'boot');
    const bytes = await cell.read();
    const boot = (bytes === null ? 0 : decode<number>(bytes)) + 1;
    const { journal, records } = await CompactedJournal.open(disk, 'table.log', compactionRecords);
    // Before it gives out a stamp: no other life may give out the same.
    await cell.write(encode(boot));
    const table = new Table(journal, resolution, boot);
    for (const record of records) table.#apply(decode<Change>(record));
    return table;
  }

  onChange(task: OnChange): void {
    this.#onChange = task;
    for (const [key, state] of this.#states) task(key, state);
  }

  get log(): LogView {
    return this.#journal.view;
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
    this.#underWay.add(change);
    this.#journal.append(encode(change));
    if (this.#journal.hasGrown) this.#journal.rewrite([...this.#snapshot(), ...this.#underWay].map(encode));
    await this.#journal.sync();
    this.#underWay.delete(change);
    this.#apply(change);
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

  #snapshot(): Change[] {
    const changes: Change[] = [...this.#states].map(([key, state]) => ({ kind: 'state', key, state }));
    for (const [target, hints] of this.#hints) {
      for (const [key, state] of hints) changes.push({ kind: 'hint', target, key, state });
    }
    if (this.#floor > 0) changes.push({ kind: 'floor', time: this.#floor });
    return changes;
  }
}

const encode = (value: Change | number): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const decode = <T extends Change | number>(bytes: Uint8Array): T =>
  JSON.parse(new TextDecoder().decode(bytes)) as T;
