/** What a server has whatever its role: its promise, its log in memory and on disk, and the state machine. */
import type { Disk } from '../../host.ts';
import { Journal } from '../../journal.ts';
import { KvStateMachine } from '../../raft/kv-machine.ts';
import { entryOf, RaftLog, textOf } from '../../raft/log.ts';
import type { Outcome } from '../../raft/machine.ts';
import type { Entry } from '../../raft/messages.ts';
import { freshness } from '../../raft/sessions.ts';
import type { PrimarySecondaryOptions } from './options.ts';
import { Pledges } from './pledges.ts';
import type { Rules } from './rules.ts';

/** More entries than any log has. */
const entriesMax = 0x8000000;

export class Replica {
  readonly pledges: Pledges;
  readonly log = new RaftLog();
  /** Bytes of a torn end that recovery cut off the journal. */
  readonly tornBytes: number;
  readonly #journal: Journal;
  readonly #rules: Rules;
  readonly #sessionsMax: number;
  readonly #encoder = new TextEncoder();
  #machine: KvStateMachine;
  #commitIndex = 0;
  #lastApplied = 0;
  #savedTo = 0;
  /** Counts truncations: what was on its way to the disk before one says nothing about the log after it. */
  #truncations = 0;

  private constructor(
    pledges: Pledges,
    journal: Journal,
    tornBytes: number,
    options: PrimarySecondaryOptions,
    rules: Rules,
  ) {
    this.pledges = pledges;
    this.#journal = journal;
    this.tornBytes = tornBytes;
    this.#rules = rules;
    this.#sessionsMax = options.sessionsMax;
    this.#machine = new KvStateMachine(this.#sessionsMax, freshness);
  }

  /**
   * Reads back what this server has promised and stored.
   * @throws CorruptFile it cannot know what that was
   * @throws DiskError
   */
  static async recover(disk: Disk, options: PrimarySecondaryOptions, rules: Rules): Promise<Replica> {
    const pledges = await Pledges.recover(disk, rules.persistPledge);
    const { journal, records, tornBytes } = await Journal.open(disk, 'log');
    const replica = new Replica(pledges, journal, tornBytes, options, rules);
    const decoder = new TextDecoder();
    for (const record of records) {
      const text = decoder.decode(record);
      replica.log.append(entryOf(text), text);
    }
    replica.#savedTo = replica.log.lastIndex;
    return replica;
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
    this.#journal.append(this.#encoder.encode(text));
    return this.log.lastIndex;
  }

  /**
   * Forgets all entries after `index`, also from the state if they are applied; returns how many of them it had taken
   * for acknowledged.
   */
  truncateAfter(index: number): number {
    this.log.truncateAfter(index);
    this.#journal.truncate(index - this.log.firstIndex + 1);
    this.#savedTo = Math.min(this.#savedTo, index);
    this.#truncations++;
    const lost = Math.max(0, this.#commitIndex - index);
    if (lost > 0) {
      this.#commitIndex = index;
      this.#machine = new KvStateMachine(this.#sessionsMax, freshness);
      this.#lastApplied = 0;
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
    await this.#rules.persistEntries(this.#journal);
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
  }
}
