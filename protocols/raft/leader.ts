/** A server's work while it leads: copying the log, committing, answering clients (§5.3, §8; thesis §6). */
import type { Host, HostId, Message } from '../host.ts';
import { isRefused, isTimedOut } from '../host.ts';
import { CatchUp, type Standing } from './catch-up.ts';
import { ClusterClock, lastStamp } from './cluster-time.ts';
import { type Configuration, changed, reachedByQuorum } from './configuration.ts';
import type { Outcome } from './machine.ts';
import type {
  AppendAnswer,
  AppendAsk,
  ChangeAnswer,
  ChangeAsk,
  Command,
  Entry,
  Query,
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

/** Called with whether this server still led; what it reads then is up to date. */
type WaitingRead = (confirmed: boolean) => void;

/** A server that gets the log, and no vote yet. */
interface Joining {
  readonly server: HostId;
  readonly progress: CatchUp;
  readonly settle: (standing: Standing) => void;
}

const noEntries: readonly Entry[] = Object.freeze([]);
const unknown = { status: 'unknown' } as const;
const nothingToDo = { status: 'done', result: null } as const;

/** One term in office. Everything in it is forgotten when the term ends. */
export class Leader {
  readonly term: number;
  readonly #office: Office;
  readonly #progress = new Map<HostId, Progress>();
  readonly #reads = new ReadQueue<WaitingRead>();
  /** Who waits for the entry at an index to be applied. */
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  readonly #callOptions: { readonly timeoutMs: number };
  #joining: Joining | null = null;
  /** Null if the state machine does without time. */
  readonly #time: ClusterClock | null;
  /** The entry by which this leader last told nothing but the time. */
  #toldAt = 0;
  /** The last empty message; most heartbeats say what the one before said. */
  #heartbeat: AppendAsk | null = null;

  constructor(office: Office, term: number) {
    const { options } = office;
    this.#office = office;
    this.term = term;
    // Long, so that a slow link is not taken for a lost message; heartbeats find out about losses earlier.
    this.#callOptions = { timeoutMs: 4 * options.electionTimeout };
    const { host, replica, rules } = office;
    this.#time =
      replica.machine.machine.time === undefined
        ? null
        : new ClusterClock(host.clock, lastStamp(replica.log), rules.clusterTime);
    this.#followConfiguration();
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
    for (const answer of this.#reads.takeAll()) answer(false);
    this.#joining?.settle('too slow');
  }

  /** Puts a command into the log; resolves when it is applied, or when nobody here will know. */
  propose(command: Command): Promise<Outcome> {
    const index = this.#office.replica.append({ term: this.term, command });
    if (command.kind === 'configuration') this.#followConfiguration();
    const applied = new Promise<Outcome>((resolve) => this.#waiting.set(index, resolve));
    void this.#saveOwn();
    for (const progress of this.#progress.values()) this.#replicate(progress);
    return applied;
  }

  register(): Promise<RegisterAnswer> {
    return this.propose({ kind: 'register' }) as Promise<RegisterAnswer>;
  }

  write(command: Command & { kind: 'write' }): Promise<WriteAnswer> {
    const stamped = this.#time === null ? command : { ...command, at: this.#time.now() };
    return this.propose(stamped) as Promise<WriteAnswer>;
  }

  /** What the state machine answers at some moment during this call; undefined if the leadership ended first. */
  async read(query: Query): Promise<Message | undefined> {
    if (!(await this.#confirmed())) return undefined;
    return this.#office.replica.machine.machine.read(query, this.#time?.now() ?? 0);
  }

  /**
   * Adds or removes one server (thesis §4.1), a new one when it has caught up. The answer comes when the change is
   * committed; undefined if the leadership ended before anything was done.
   */
  async change(ask: ChangeAsk): Promise<ChangeAnswer | undefined> {
    const { host, configuration } = this.#office;
    if (this.#joining !== null || !this.#mayChange(ask)) return this.#busy();
    const { voters } = changed(configuration, ask);
    if (voters === configuration.voters) return (await this.#confirmed()) ? nothingToDo : undefined;
    if (voters.length === 0) return { status: 'impossible', why: `${ask.server} is the last server` };
    if (ask.change === 'add') {
      const standing = await this.#catchUp(ask.server);
      if (this.#office.leader !== this) return undefined;
      if (standing !== 'caught up') return { status: 'impossible', why: `${ask.server} does not keep up` };
      if (!this.#mayChange(ask)) return this.#busy();
    }
    host.log('configuration changed', { voters });
    return (await this.propose({ kind: 'configuration', voters })) as ChangeAnswer;
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
      if (this.#office.leader !== this) return;
    } else {
      progress.rejected(ask.prevIndex, backUpTo(replica.log, answer));
    }
    this.#judgeJoining();
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
    this.#judgeJoining();
    this.#tellTime();
    this.#announce();
    // As a leader with too much to do would: late, but not so late that followers give it up for that alone.
    const beats = host.buggify('late heartbeat') ? 2 : 1;
    host.clock.after(beats * options.heartbeatInterval, () => this.#beat());
  }

  /** Puts the time into the log if something in the state machine is over by now. */
  #tellTime(): void {
    const { machine, lastApplied } = this.#office.replica;
    const dueMs = machine.machine.time?.dueMs ?? null;
    if (this.#time === null || dueMs === null || this.#toldAt > lastApplied) return;
    const at = this.#time.now();
    if (at < dueMs) return;
    void this.propose({ kind: 'time', at });
    this.#toldAt = this.#office.replica.log.lastIndex;
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
    const { host, replica, options } = this.#office;
    const prevIndex = progress.nextIndex - 1;
    const entriesMax = host.buggify('batch of one') ? 1 : options.batchEntriesMax;
    const entries = progress.mayCarry(options.inflightMax)
      ? replica.log.slice(progress.nextIndex, entriesMax, options.batchCharactersMax)
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
    // It led on until its own removal was committed, and no longer (thesis §4.2.2).
    const isRemoved = replica.configurations.haveRemoved(host.id, replica.commitIndex);
    if (isRemoved && this.#office.leader === this) this.#office.stepDown('removed');
  }

  // Membership

  /** Knows about every server that votes or is to vote, and nobody else. */
  #followConfiguration(): void {
    const { host, replica, configuration } = this.#office;
    const members = new Set(configuration.voters);
    if (this.#joining !== null) members.add(this.#joining.server);
    members.delete(host.id);
    const now = host.clock.elapsed();
    for (const id of this.#progress.keys()) if (!members.has(id)) this.#progress.delete(id);
    for (const id of members) {
      if (!this.#progress.has(id)) this.#progress.set(id, new Progress(id, replica.log.lastIndex + 1, now));
    }
  }

  #busy(): ChangeAnswer {
    return { status: 'busy', ...this.#edition() };
  }

  #edition(): { readonly index: number; readonly term: number } {
    const { configurations, log } = this.#office.replica;
    return { index: configurations.latestIndex, term: log.termAt(configurations.latestIndex) };
  }

  #mayChange(ask: ChangeAsk): boolean {
    const { replica, rules } = this.#office;
    const { commitIndex, log } = replica;
    const { index, term } = this.#edition();
    if (ask.index !== index || ask.term !== term) return false;
    const commitTerm = log.termAt(commitIndex);
    return rules.mayChange({ configurationIndex: index, commitIndex, commitTerm, term: this.term });
  }

  async #catchUp(server: HostId): Promise<Standing> {
    const { host, options, replica } = this.#office;
    const { electionTimeout, requestTimeout } = options;
    const now = host.clock.elapsed();
    const progress = new CatchUp(replica.log.lastIndex, now, electionTimeout, requestTimeout);
    const standing = await new Promise<Standing>((settle) => {
      this.#joining = { server, progress, settle };
      this.#followConfiguration();
      this.#send(this.#progress.get(server)!);
    });
    this.#joining = null;
    if (standing !== 'caught up') this.#followConfiguration();
    return standing;
  }

  #judgeJoining(): void {
    if (this.#joining === null) return;
    const { server, progress, settle } = this.#joining;
    const { host, replica } = this.#office;
    const { matchIndex } = this.#progress.get(server)!;
    const standing = progress.standing(matchIndex, replica.log.lastIndex, host.clock.elapsed());
    if (standing !== 'behind') settle(standing);
  }

  // Reads

  /** Whether this server led at some moment during this call, with everything applied that was committed before it. */
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
        const confirmed = rules.leadershipConfirmed(this.#confirmedRound(), reads.round);
        for (const answer of reads.takeConfirmed(confirmed, replica.lastApplied)) answer(true);
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
