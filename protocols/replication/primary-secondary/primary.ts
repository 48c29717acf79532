/** A server's work while it is primary: copying the log, acknowledging, answering clients. */
import type { Host, HostId } from '../../host.ts';
import { isRefused, isTimedOut } from '../../host.ts';
import type { Value } from '../../protocol.ts';
import { committedIndex } from '../../raft/commit.ts';
import type { Outcome } from '../../raft/machine.ts';
import type { Command } from '../../raft/messages.ts';
import { ReadQueue, readIndex } from '../../raft/reads.ts';
import type { InstallAnswer, PrimarySecondaryWire, ReplicateAnswer, ReplicateAsk } from './messages.ts';
import type { PrimarySecondaryOptions } from './options.ts';
import { acknowledgedTo, type Quorums } from './quorums.ts';
import type { Replica } from './replica.ts';
import type { Rules } from './rules.ts';
import { Standing } from './standing.ts';
import type { Statistics } from './statistics.ts';

/** What a primary needs from the server that it is a role of. */
export interface Office {
  readonly host: Host<PrimarySecondaryWire>;
  readonly options: PrimarySecondaryOptions;
  readonly rules: Rules;
  readonly quorums: Quorums;
  readonly replica: Replica;
  readonly statistics: Statistics;
  /** The one in office, if this server is primary. */
  readonly primary: Primary | null;
  /** Somebody has promised this epoch. */
  onEpoch(epoch: number): void;
  stepDown(reason: string): void;
  /** Makes the log durable; false if the disk failed, which ends this server. */
  save(): Promise<boolean>;
}

/** What became of a command: null if nobody here will know. */
export type Fate = { readonly index: number; readonly outcome: Outcome } | null;

export interface ReadResult {
  readonly value: Value;
  readonly index: number;
}

type WaitingRead = (confirmed: boolean) => void;

/** One epoch in office. Everything in it is forgotten when it ends. */
export class Primary {
  readonly epoch: number;
  readonly #office: Office;
  readonly #standings = new Map<HostId, Standing>();
  readonly #reads = new ReadQueue<WaitingRead>();
  /** Who waits for the entry at an index to be applied. */
  readonly #waiting = new Map<number, (fate: Fate) => void>();
  /** What becomes of the writes that wait, by session and number. */
  readonly #writes = new Map<string, Promise<Fate>>();
  readonly #sinceMs: number;

  constructor(office: Office, epoch: number) {
    const { host, replica } = office;
    this.#office = office;
    this.epoch = epoch;
    this.#sinceMs = host.clock.elapsed();
    for (const id of host.peers) {
      if (id !== host.id) this.#standings.set(id, new Standing(id, replica.log.lastIndex + 1));
    }
  }

  /**
   * Takes office. The first entry of an epoch changes nothing, but what is acknowledged with it is everything before it:
   * an entry of an earlier epoch is not, however many store it, for another one may still take its place.
   */
  begin(): void {
    this.#office.replica.append({ term: this.epoch, command: { kind: 'noop' } });
    void this.#saveOwn();
    this.#beat();
  }

  /** Leaves office. What was asked for may still come to pass under the next primary. */
  end(): void {
    for (const answer of this.#waiting.values()) answer(null);
    this.#waiting.clear();
    for (const answer of this.#reads.takeAll()) answer(false);
  }

  /** The most entries that a secondary lacks. */
  get lag(): number {
    const { log } = this.#office.replica;
    let lag = 0;
    for (const { storedTo } of this.#standings.values()) lag = Math.max(lag, log.lastIndex - storedTo);
    return lag;
  }

  /**
   * Puts a command into the log; resolves when it is acknowledged and applied, or with null. One that waits there already,
   * and that its client repeats, is not put there again: else the log would grow for as long as too few can store it.
   */
  propose(command: Command): Promise<Fate> {
    if (command.kind !== 'write') return this.#put(command);
    const name = `${command.session} ${command.seq}`;
    const known = this.#writes.get(name);
    if (known !== undefined) return known;
    const fate = this.#put(command);
    this.#writes.set(name, fate);
    void fate.then(() => this.#writes.delete(name));
    return fate;
  }

  #put(command: Command): Promise<Fate> {
    const index = this.#office.replica.append({ term: this.epoch, command });
    const applied = new Promise<Fate>((resolve) => this.#waiting.set(index, resolve));
    void this.#saveOwn();
    for (const standing of this.#standings.values()) if (standing.inFlight === 0) this.#send(standing);
    return applied;
  }

  /** The value of a key as of some moment during this call; null if the office ended first. */
  async read(key: string): Promise<ReadResult | null> {
    if (!this.#isLeased() && !(await this.#confirmed())) return null;
    const { machine, lastApplied } = this.#office.replica;
    return { value: machine.get(key), index: lastApplied };
  }

  /** Every heartbeat interval: shows that it is there, and asks itself whether it is still heard. */
  #beat(): void {
    const { host, options, quorums } = this.#office;
    if (this.#office.primary !== this) return;
    const now = host.clock.elapsed();
    const patience = 2 * options.failoverTimeout;
    if (now - this.#sinceMs > patience && !this.#heardSince(now - patience, quorums.confirmations)) {
      this.#office.stepDown('not heard');
      return;
    }
    for (const standing of this.#standings.values()) this.#send(standing);
    // As a primary with too much to do would: late, but not so late that the others give it up for that alone.
    const beats = host.buggify('late heartbeat') ? 2 : 1;
    host.clock.after(beats * options.heartbeatInterval, () => this.#beat());
  }

  /** Whether so many servers, this one included, have answered what left here no earlier than then. */
  #heardSince(sentAt: number, confirmations: number): boolean {
    let count = 1;
    for (const { heardFrom } of this.#standings.values()) if (heardFrom >= sentAt) count++;
    return count >= confirmations;
  }

  /** Sends what the secondary may lack, if the log has it; if not a snapshot, beside a message that this primary is there. */
  #send(standing: Standing): void {
    const { host, replica, options } = this.#office;
    const { log, commitIndex } = replica;
    const lacksSnapshot = standing.lacksSnapshot(log);
    if (lacksSnapshot && standing.life !== null && !standing.installing) {
      void this.#install(standing, standing.life);
    }
    const nextIndex = lacksSnapshot ? log.firstIndex : standing.nextIndex;
    const prevIndex = nextIndex - 1;
    const entriesMax = host.buggify('batch of one') ? 1 : options.batchEntriesMax;
    const entries = lacksSnapshot ? [] : log.slice(nextIndex, entriesMax, options.batchCharactersMax);
    const prevEpoch = log.termAt(prevIndex);
    void this.#exchange(standing, { epoch: this.epoch, prevIndex, prevEpoch, entries, commitIndex });
  }

  /** Sends the state in place of the entries that the secondary lacks. */
  async #install(standing: Standing, life: number): Promise<void> {
    const { host, options, replica, rules, statistics } = this.#office;
    const { snapshot } = replica;
    const { round } = this.#reads;
    const sentAt = host.clock.elapsed();
    standing.installing = true;
    let answer: InstallAnswer;
    try {
      const ask = { epoch: this.epoch, life, snapshot };
      answer = await host.call(standing.id, 'install', ask, { timeoutMs: 4 * options.failoverTimeout });
    } catch (error) {
      if (!isTimedOut(error) && !isRefused(error)) throw error;
      statistics.replicationsFailed++;
      return;
    } finally {
      standing.installing = false;
    }
    statistics.replicationsSucceeded++;
    if (this.#office.primary !== this) return;
    if (rules.isStale(this.epoch, answer.epoch)) this.#office.onEpoch(answer.epoch);
    if (this.#office.primary !== this || !answer.accepted) return;
    standing.installed(snapshot.index, host.clock.elapsed(), sentAt, round);
    this.#stored(standing);
    this.#serveReads();
  }

  async #exchange(standing: Standing, ask: ReplicateAsk): Promise<void> {
    const { host, options, statistics } = this.#office;
    const carries = ask.entries.length > 0;
    const { round } = this.#reads;
    const sentAt = host.clock.elapsed();
    if (carries) standing.inFlight++;
    let answer: ReplicateAnswer;
    try {
      // Long, so that a slow link is not taken for a lost message; the next heartbeat repeats what was lost.
      answer = await host.call(standing.id, 'replicate', ask, { timeoutMs: 4 * options.failoverTimeout });
    } catch (error) {
      if (!isTimedOut(error) && !isRefused(error)) throw error;
      statistics.replicationsFailed++;
      return;
    } finally {
      if (carries) standing.inFlight--;
    }
    statistics.replicationsSucceeded++;
    if (this.#office.primary === this) this.#take(standing, ask, answer, sentAt, round);
  }

  #take(standing: Standing, ask: ReplicateAsk, answer: ReplicateAnswer, sentAt: number, round: number): void {
    const { host, replica, rules, statistics } = this.#office;
    if (rules.isStale(this.epoch, answer.epoch)) {
      this.#office.onEpoch(answer.epoch);
      return;
    }
    const before = standing.storedTo;
    if (standing.answered(ask, answer, replica.log, host.clock.elapsed(), sentAt, round)) {
      // It is known to differ while a snapshot is under way.
      if (!standing.installing) {
        statistics.conflicts++;
        this.#send(standing);
      }
    } else if (standing.storedTo > before) {
      this.#stored(standing);
    }
    this.#serveReads();
  }

  /** A secondary has stored more. */
  #stored(standing: Standing): void {
    this.#acknowledge();
    const { lastIndex } = this.#office.replica.log;
    if (standing.inFlight === 0 && standing.nextIndex <= lastIndex) this.#send(standing);
  }

  /** The primary stores its entries while they travel, and counts itself once they are durable. */
  async #saveOwn(): Promise<void> {
    if ((await this.#office.save()) && this.#office.primary === this) {
      this.#acknowledge();
      this.#serveReads();
    }
  }

  #acknowledge(): void {
    const { replica, quorums } = this.#office;
    const stored = [...this.#standings.values()].map(({ storedTo }) => storedTo);
    const reached = acknowledgedTo(replica.savedTo, stored, quorums.acknowledgements);
    const index = committedIndex(replica.commitIndex, reached, replica.log, this.epoch);
    replica.commitTo(index, (applied, outcome) => {
      this.#waiting.get(applied)?.({ index: applied, outcome });
      this.#waiting.delete(applied);
    });
  }

  // Reads

  /** Whether nobody else can have become primary yet, and this one knows what was acknowledged before its time. */
  #isLeased(): boolean {
    const { host, options, rules, quorums } = this.#office;
    if (options.reads !== 'leased' || this.#readIndex() === null) return false;
    const lease = rules.leaseMs(options.failoverTimeout, options.driftPpm);
    return this.#heardSince(host.clock.elapsed() - lease, quorums.confirmations);
  }

  #readIndex(): number | null {
    const { commitIndex, log } = this.#office.replica;
    return readIndex(commitIndex, log.termAt(commitIndex), this.epoch);
  }

  /** Whether this server was primary at some moment during this call, with everything applied that was acknowledged. */
  #confirmed(): Promise<boolean> {
    const confirmed = new Promise<boolean>((answer) => this.#reads.add(answer));
    this.#serveReads();
    return confirmed;
  }

  /** Answers the reads whose round is over, and starts the next round if there are more. */
  #serveReads(): void {
    const { rules, replica } = this.#office;
    const reads = this.#reads;
    for (;;) {
      if (reads.roundUnderWay) {
        const isConfirmed = rules.primaryConfirmed(this.#confirmedRound(), reads.round);
        for (const answer of reads.takeConfirmed(isConfirmed, replica.lastApplied)) answer(true);
      }
      if (!reads.startRound(this.#readIndex())) return;
      for (const standing of this.#standings.values()) this.#send(standing);
    }
  }

  /** The latest round that enough servers, this one included, have answered. */
  #confirmedRound(): number {
    const rounds = [...this.#standings.values()].map(({ confirmedRound }) => confirmedRound);
    return acknowledgedTo(this.#reads.round, rounds, this.#office.quorums.confirmations - 1);
  }
}
