/** What a server has whatever its role: its ballot, its log in memory and on disk, and the state machine. */
import type { Disk, HostId } from '../host.ts';
import { Journal } from '../journal.ts';
import { Ballot } from './ballot.ts';
import { type Configuration, Configurations } from './configuration.ts';
import { entryOf, RaftLog, textOf } from './log.ts';
import { type Outcome, StateMachine } from './machine.ts';
import type { Entry } from './messages.ts';
import type { RaftOptions } from './options.ts';
import type { Rules } from './rules.ts';
import type { Service } from './service.ts';

export class Replica {
  readonly ballot: Ballot;
  readonly log = new RaftLog();
  readonly configurations: Configurations;
  readonly machine: StateMachine;
  /** Bytes of a torn end that recovery cut off the journal. */
  readonly tornBytes: number;
  readonly #journal: Journal;
  readonly #rules: Rules;
  readonly #encoder = new TextEncoder();
  #commitIndex = 0;
  #lastApplied = 0;
  #savedTo = 0;
  /** Counts truncations: what was on its way to the disk before one says nothing about the log after it. */
  #truncations = 0;

  private constructor(
    ballot: Ballot,
    journal: Journal,
    tornBytes: number,
    initial: Configuration,
    service: Service,
    options: RaftOptions,
    rules: Rules,
  ) {
    this.ballot = ballot;
    this.#journal = journal;
    this.tornBytes = tornBytes;
    this.#rules = rules;
    this.configurations = new Configurations(initial);
    this.machine = new StateMachine(service.machine(), options.sessionsMax, rules.freshness);
  }

  /**
   * Reads back what this server has promised; `servers` are those of the run.
   * @throws CorruptFile it cannot know what it has promised
   * @throws DiskError
   */
  static async recover(
    disk: Disk,
    servers: readonly HostId[],
    service: Service,
    options: RaftOptions,
    rules: Rules,
  ): Promise<Replica> {
    const initial = { voters: service.voters(servers) };
    const ballot = await Ballot.recover(disk, rules.persistVote);
    const { journal, records, tornBytes } = await Journal.open(disk, 'log');
    const replica = new Replica(ballot, journal, tornBytes, initial, service, options, rules);
    const decoder = new TextDecoder();
    for (const record of records) {
      const text = decoder.decode(record);
      replica.#add(entryOf(text), text);
    }
    replica.#savedTo = replica.log.lastIndex;
    return replica;
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
    this.#add(entry, text);
    this.#journal.append(this.#encoder.encode(text));
    return this.log.lastIndex;
  }

  truncateAfter(index: number): void {
    this.log.truncateAfter(index);
    this.configurations.truncateAfter(index);
    this.#journal.truncate(index - this.log.firstIndex + 1);
    this.#savedTo = Math.min(this.#savedTo, index);
    this.#truncations++;
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
      const outcome = this.machine.apply(++this.#lastApplied, entry.command);
      onApplied?.(this.#lastApplied, outcome);
    }
  }

  #add(entry: Entry, text: string): void {
    this.log.append(entry, text);
    const { command } = entry;
    if (command.kind === 'configuration') this.configurations.append(this.log.lastIndex, command);
  }
}
