/** A server's work while it leads: copying the log, committing, answering clients (§5.3, §8; thesis §6). */
import type { Host, HostId } from '../host.ts';
import { isRefused, isTimedOut } from '../host.ts';
import type { Value } from '../protocol.ts';
import { type Configuration, reachedByQuorum } from './configuration.ts';
import type { Outcome } from './machine.ts';
import type {
  AppendAnswer,
  AppendAsk,
  Command,
  Entry,
  RaftWire,
  RegisterAnswer,
  WriteAnswer,
} from './messages.ts';
import type { RaftOptions } from './options.ts';
import { ReadQueue } from './reads.ts';
import type { Replica } from './replica.ts';
import { backUpTo, Progress } from './replication.ts';
import type { Rules } from './rules.ts';

/** What a leader needs from the server that it is a role of. */
export interface Office {
  readonly host: Host<RaftWire>;
  readonly options: RaftOptions;
  readonly rules: Rules;
  readonly replica: Replica;
  readonly configuration: Configuration;
  /** The one in office, if this server leads. */
  readonly leader: Leader | null;
  /** An answer came to a request of this server's, perhaps of an earlier term. */
  onAppendAnswer(peer: HostId, ask: AppendAsk, answer: AppendAnswer, round: number): void;
  stepDown(reason: string): void;
  /** Makes the log durable; false if the disk failed, which ends this server. */
  save(): Promise<boolean>;
}

interface WaitingRead {
  readonly key: string;
  /** Undefined when the leadership ended first. */
  readonly answer: (value: Value | undefined) => void;
}

const noEntries: readonly Entry[] = Object.freeze([]);
const unknown = { status: 'unknown' } as const;

/** One term in office. Everything in it is forgotten when the term ends. */
export class Leader {
  readonly term: number;
  readonly #office: Office;
  readonly #progress = new Map<HostId, Progress>();
  readonly #reads = new ReadQueue<WaitingRead>();
  /** Who waits for the entry at an index to be applied. */
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  readonly #callOptions: { readonly timeoutMs: number };
  /** The last empty message; most heartbeats say what the one before said. */
  #heartbeat: AppendAsk | null = null;

  constructor(office: Office, term: number) {
    const { host, options, replica, configuration } = office;
    this.#office = office;
    this.term = term;
    // Long, so that a slow link is not taken for a lost message; heartbeats find out about losses earlier.
    this.#callOptions = { timeoutMs: 4 * options.electionTimeout };
    const now = host.clock.elapsed();
    for (const voter of configuration.voters) {
      if (voter !== host.id) this.#progress.set(voter, new Progress(voter, replica.log.lastIndex + 1, now));
    }
  }

  /** Takes office: the no-op makes everything before it committable (§8), and announces the leader. */
  begin(): void {
    this.#office.replica.append({ term: this.term, command: { kind: 'noop' } });
    void this.#saveOwn();
    this.#beat();
  }

  /** Leaves office. What was asked for may still come to pass under the next leader. */
  end(): void {
    for (const answer of this.#waiting.values()) answer(unknown);
    this.#waiting.clear();
    for (const read of this.#reads.takeAll()) read.answer(undefined);
  }

  /** Puts a command into the log; resolves when it is applied, or when nobody here will know. */
  propose(command: Command): Promise<Outcome> {
    const index = this.#office.replica.append({ term: this.term, command });
    const applied = new Promise<Outcome>((resolve) => this.#waiting.set(index, resolve));
    void this.#saveOwn();
    for (const progress of this.#progress.values()) this.#replicate(progress);
    return applied;
  }

  register(): Promise<RegisterAnswer> {
    return this.propose({ kind: 'register' }) as Promise<RegisterAnswer>;
  }

  write(command: Command & { kind: 'write' }): Promise<WriteAnswer> {
    return this.propose(command) as Promise<WriteAnswer>;
  }

  /** The value of a key as of some moment during this call; undefined if the leadership ended first. */
  read(key: string): Promise<Value | undefined> {
    const read = new Promise<Value | undefined>((answer) => this.#reads.add({ key, answer }));
    this.#serveReads();
    return read;
  }

  /** Takes in what a follower answered to `ask`, which was sent in `round`. */
  take(peer: HostId, ask: AppendAsk, answer: AppendAnswer, round: number): void {
    const { host, replica } = this.#office;
    const progress = this.#progress.get(peer);
    if (progress === undefined) return;
    progress.heardAt = host.clock.elapsed();
    if (ask.term === this.term && round > progress.confirmedRound) progress.confirmedRound = round;
    if (answer.success) {
      progress.accepted(ask.prevIndex + ask.entries.length);
      if (progress.matchIndex > replica.commitIndex) this.#commit();
    } else {
      progress.rejected(ask.prevIndex, backUpTo(replica.log, answer));
    }
    this.#serveReads();
    this.#replicate(progress);
  }

  /** Every heartbeat interval: shows that it is there, and asks itself whether it is still heard. */
  #beat(): void {
    const { host, options, rules, configuration } = this.#office;
    if (this.#office.leader !== this) return;
    const since = host.clock.elapsed() - 2 * options.electionTimeout;
    const heardFrom = (voter: HostId) => voter === host.id || this.#progress.get(voter)!.heardAt >= since;
    if (!rules.staysLeader(configuration, heardFrom)) {
      this.#office.stepDown('no quorum');
      return;
    }
    this.#announce();
    host.clock.after(options.heartbeatInterval, () => this.#beat());
  }

  #announce(): void {
    for (const progress of this.#progress.values()) this.#send(progress);
  }

  /** Sends what the follower lacks, as far as it may be sent ahead of answers. */
  #replicate(progress: Progress): void {
    const { replica, options } = this.#office;
    while (progress.nextIndex <= replica.log.lastIndex && progress.mayCarry(options.inflightMax)) {
      this.#send(progress);
    }
  }

  /** Sends one message, with entries if there are any and they may go. */
  #send(progress: Progress): void {
    const { replica, options } = this.#office;
    const prevIndex = progress.nextIndex - 1;
    const entries = progress.mayCarry(options.inflightMax)
      ? replica.log.slice(progress.nextIndex, options.batchEntriesMax, options.batchCharactersMax)
      : noEntries;
    if (entries.length === 0) {
      void this.#exchange(progress, this.#heartbeatAt(prevIndex));
      return;
    }
    progress.sent(prevIndex + entries.length);
    void this.#exchange(progress, this.#askFor(prevIndex, entries));
  }

  async #exchange(progress: Progress, ask: AppendAsk): Promise<void> {
    const { host } = this.#office;
    const { flight } = progress;
    const { round } = this.#reads;
    const carries = ask.entries.length > 0;
    let answer: AppendAnswer;
    try {
      answer = await host.call(progress.id, 'appendEntries', ask, this.#callOptions);
    } catch (error) {
      if (!isTimedOut(error) && !isRefused(error)) throw error;
      // Not sent again at once: the next heartbeat carries it, so that an unreachable follower costs little.
      if (carries) progress.lost(flight, ask.prevIndex);
      return;
    }
    if (carries) progress.landed(flight);
    this.#office.onAppendAnswer(progress.id, ask, answer, round);
  }

  #heartbeatAt(prevIndex: number): AppendAsk {
    const last = this.#heartbeat;
    if (
      last !== null &&
      last.prevIndex === prevIndex &&
      last.commitIndex === this.#office.replica.commitIndex
    ) {
      return last;
    }
    this.#heartbeat = this.#askFor(prevIndex, noEntries);
    return this.#heartbeat;
  }

  #askFor(prevIndex: number, entries: readonly Entry[]): AppendAsk {
    const { log, commitIndex } = this.#office.replica;
    return { term: this.term, prevIndex, prevTerm: log.termAt(prevIndex), entries, commitIndex };
  }

  /** The leader stores its entries while they travel, and counts itself once they are durable (thesis §10.2.1). */
  async #saveOwn(): Promise<void> {
    if ((await this.#office.save()) && this.#office.leader === this) {
      this.#commit();
      this.#serveReads();
    }
  }

  #commit(): void {
    const { host, rules, replica, configuration } = this.#office;
    const replicated = reachedByQuorum(configuration, (voter) =>
      voter === host.id ? replica.savedTo : this.#progress.get(voter)!.matchIndex,
    );
    const index = rules.committedIndex(replica.commitIndex, replicated, replica.log, this.term);
    replica.commitTo(index, (applied, outcome) => {
      this.#waiting.get(applied)?.(outcome);
      this.#waiting.delete(applied);
    });
  }

  /** Answers the reads whose round is over, and starts the next round if there are more. */
  #serveReads(): void {
    const { rules, replica } = this.#office;
    const reads = this.#reads;
    for (;;) {
      if (reads.roundUnderWay) {
        const confirmed = rules.leadershipConfirmed(this.#confirmedRound(), reads.round);
        for (const { key, answer } of reads.takeConfirmed(confirmed, replica.lastApplied)) {
          answer(replica.machine.get(key));
        }
      }
      const { commitIndex, log } = replica;
      if (!reads.startRound(rules.readIndex(commitIndex, log.termAt(commitIndex), this.term))) return;
      this.#announce();
    }
  }

  /** The latest round that a quorum, this server included, has answered. */
  #confirmedRound(): number {
    const { host, configuration } = this.#office;
    return reachedByQuorum(configuration, (voter) =>
      voter === host.id ? this.#reads.round : this.#progress.get(voter)!.confirmedRound,
    );
  }
}
