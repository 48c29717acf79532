/** What a server has whatever its role: its promise, its log in memory and on disk, and the state machine. */
import type { Disk } from '../../host.ts';
import { KvStateMachine } from '../../raft/kv-machine.ts';
import { entryOf, RaftLog, textOf } from '../../raft/log.ts';
import type { Outcome } from '../../raft/machine.ts';
import type { Entry } from '../../raft/messages.ts';
import { freshness } from '../../raft/sessions.ts';
import type { PrimarySecondaryOptions } from './options.ts';
import { Pledges } from './pledges.ts';
import type { Rules } from './rules.ts';
import { baseAt, isSnapshotDue, type Snapshot } from './snapshot.ts';
import { type Edition, LogStore } from './store.ts';

/** More entries than any log has. */
const entriesMax = 0x8000000;

export class Replica {
  readonly pledges: Pledges;
  readonly log = new RaftLog();
  /** Bytes of a torn end that recovery cut off the journal. */
  readonly tornBytes: number;
  readonly #store: LogStore;
  readonly #sessionsMax: number;
  readonly #snapshotEntries: number;
  #snapshot: Snapshot;
  /** The new edition of the log on disk that is being written; whoever writes another one waits. */
  #renewal: Promise<void> | null = null;
  #onSnapshot: (renewal: Promise<void>) => void = () => {};
  #machine: KvStateMachine;
  #commitIndex: number;
  #lastApplied: number;
  #savedTo: number;
  /** Counts truncations: what was on its way to the disk before one says nothing about the log after it. */
  #truncations = 0;

  private constructor(
    pledges: Pledges,
    store: LogStore,
    tornBytes: number,
    { snapshot, base, texts }: Edition,
    options: PrimarySecondaryOptions,
  ) {
    this.pledges = pledges;
    this.#store = store;
    this.tornBytes = tornBytes;
    this.#sessionsMax = options.sessionsMax;
    this.#snapshotEntries = options.snapshotEntries;
    this.log.startAfter(base.index, base.epoch, base.hash);
    for (const text of texts) this.log.append(entryOf(text), text);
    this.#savedTo = this.log.lastIndex;
    this.#snapshot = snapshot;
    this.#machine = this.#machineOf(snapshot);
    this.#commitIndex = snapshot.index;
    this.#lastApplied = snapshot.index;
  }

  /**
   * Reads back what this server has promised and stored.
   * @throws CorruptFile it cannot know what that was
   * @throws DiskError
   */
  static async recover(disk: Disk, options: PrimarySecondaryOptions, rules: Rules): Promise<Replica> {
    const pledges = await Pledges.recover(disk, rules.persistPledge);
    const { store, tornBytes, ...edition } = await LogStore.open(disk, rules.persistEntries);
    return new Replica(pledges, store, tornBytes, edition, options);
  }

  /** Calls a task whenever a snapshot is taken, with what resolves when that is stored, or rejects with a DiskError. */
  onSnapshot(task: (renewal: Promise<void>) => void): void {
    this.#onSnapshot = task;
  }

  /** The latest state in place of entries; the log reaches back to it at least. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get machine(): KvStateMachine {
    return this.#machine;
  }

  get commitIndex(): number {
    return this.#commitIndex;
  }

  get lastApplied(): number {
    return this.#lastApplied;
  }

  /** The last entry up to which the log counts as stored here. */
  get savedTo(): number {
    return this.#savedTo;
  }

  /** Adds an entry, and returns its index. */
  append(entry: Entry): number {
    const text = textOf(entry);
    this.log.append(entry, text);
    this.#store.append(text);
    return this.log.lastIndex;
  }

  /**
   * Forgets all entries after `index`, which is not before the snapshot, also from the state if they are applied; returns
   * how many of them it had taken for acknowledged.
   */
  truncateAfter(index: number): number {
    this.log.truncateAfter(index);
    this.#store.truncateAfter(index);
    this.#savedTo = Math.min(this.#savedTo, index);
    this.#truncations++;
    const lost = Math.max(0, this.#commitIndex - index);
    if (lost > 0) {
      this.#commitIndex = index;
      this.#machine = this.#machineOf(this.#snapshot);
      this.#lastApplied = this.#snapshot.index;
      this.commitTo(index);
    }
    return lost;
  }

  /**
   * Resolves when the log as it is now is stored; `savedTo` tells how far it is, if it was cut meanwhile.
   * @throws DiskError
   */
  async save(): Promise<void> {
    const { lastIndex } = this.log;
    const truncations = this.#truncations;
    await this.#store.save();
    if (truncations === this.#truncations && lastIndex > this.#savedTo) this.#savedTo = lastIndex;
  }

  /** Moves the commit index forward, and applies what it covers. */
  commitTo(index: number, onApplied?: (index: number, outcome: Outcome) => void): void {
    if (index > this.#commitIndex) this.#commitIndex = index;
    while (this.#lastApplied < this.#commitIndex) {
      const entry = this.log.at(this.#lastApplied + 1);
      if (entry === undefined) return;
      this.#lastApplied++;
      // An index alone would name two sessions where an asynchronous failover has cut entries.
      const place = entry.term * entriesMax + this.#lastApplied;
      const outcome = this.#machine.apply(place, entry.command);
      onApplied?.(this.#lastApplied, outcome);
    }
    if (this.#renewal !== null) return;
    if (!isSnapshotDue(this.#lastApplied, this.#snapshot.index, this.#snapshotEntries)) return;
    this.#onSnapshot(this.#renew(() => this.#nextEdition()));
  }

  /**
   * Puts a primary's snapshot in the place of the log and the state. Resolves when that is stored; false if `isWanted`
   * said no when it came to that.
   * @throws DiskError
   */
  async install(snapshot: Snapshot, isWanted: () => boolean): Promise<boolean> {
    while (this.#renewal !== null) await this.#renewal;
    let wanted = false;
    await this.#renew(() => {
      wanted = isWanted();
      return wanted ? this.#editionOf(snapshot) : null;
    });
    if (wanted) this.#savedTo = Math.max(this.#savedTo, Math.min(snapshot.index, this.log.lastIndex));
    return wanted;
  }

  async #renew(content: () => Edition | null): Promise<void> {
    this.#renewal = this.#store.renew(content);
    await this.#renewal;
    this.#renewal = null;
  }

  /** The state as it is now, and the entries since the snapshot before. */
  #nextEdition(): Edition {
    const base = baseAt(this.log, this.#snapshot.index);
    this.log.compactTo(base.index);
    this.#snapshot = { ...baseAt(this.log, this.#lastApplied), state: this.#machine.snapshot() };
    const texts = this.log.slice(base.index + 1, entriesMax, Number.POSITIVE_INFINITY).map(textOf);
    return { snapshot: this.#snapshot, base, texts };
  }

  #editionOf(snapshot: Snapshot): Edition {
    const { index, epoch, hash } = snapshot;
    this.log.startAfter(index, epoch, hash);
    this.#snapshot = snapshot;
    this.#machine = this.#machineOf(snapshot);
    this.#commitIndex = index;
    this.#lastApplied = index;
    // Until it is stored, nothing is.
    this.#savedTo = 0;
    this.#truncations++;
    return { snapshot, base: { index, epoch, hash }, texts: [] };
  }

  #machineOf({ state }: Snapshot): KvStateMachine {
    return new KvStateMachine(this.#sessionsMax, freshness, state);
  }
}
