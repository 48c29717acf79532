/** The shell of a Raft server: what arrives, when time is up, and which role it plays. Decisions are elsewhere. */
import { CorruptFile } from '../checksum.ts';
import type { Answer, Ask, Host, HostId, Program } from '../host.ts';
import { isDiskError, isRefused, isTimedOut, TimedOut } from '../host.ts';
import { passedOn } from '../leader-route.ts';
import { type Configuration, isQuorum } from './configuration.ts';
import type { Voter } from './election.ts';
import { Leader, type Office } from './leader.ts';
import type {
  AppendAnswer,
  AppendAsk,
  NotLeader,
  RaftWire,
  Request,
  VoteAnswer,
  VoteAsk,
} from './messages.ts';
import type { RaftOptions } from './options.ts';
import { Replica } from './replica.ts';
import { type Conflict, conflictAt } from './replication.ts';
import type { Rules } from './rules.ts';
import { keyValues, type Service } from './service.ts';
import { exposeView, type RaftRole } from './view.ts';

/** The program of one Raft server, of a replicated map unless another service is given. */
export function raftServer(
  options: RaftOptions,
  rules: Rules,
  service: Service = keyValues,
): Program<RaftWire> {
  return (host) => new Server(host, options, rules, service).start();
}

const noConflict: Conflict = { conflictTerm: 0, conflictIndex: 0 };

class Server implements Office {
  readonly host: Host<RaftWire>;
  readonly options: RaftOptions;
  readonly rules: Rules;
  readonly #service: Service;
  role: RaftRole = 'follower';
  /** Who leads this term, as far as this server knows. */
  leaderId: HostId | null = null;
  leader: Leader | null = null;
  #replica: Replica | null = null;
  /** What to do on messages that came before recovery was complete. */
  readonly #recovered: Promise<void>;
  #onRecovered: () => void = () => {};
  /** The disk failed: this server cannot know any more what it promised, and never acts again. */
  #halted = false;
  readonly #bootedAt: number;
  /** `elapsed` time of the last sign of a leader, or of anything else that puts an election off. */
  #quietSince: number;
  /** How long it may stay quiet this time. */
  #patience = 0;
  /** `elapsed` time when this server last ceased to lead. */
  #ledUntil = Number.NEGATIVE_INFINITY;
  /** The answer to most messages of a term. */
  #accepted: AppendAnswer = { term: 0, success: true, ...noConflict };

  constructor(host: Host<RaftWire>, options: RaftOptions, rules: Rules, service: Service) {
    this.host = host;
    this.options = options;
    this.rules = rules;
    this.#service = service;
    this.#bootedAt = host.clock.elapsed();
    this.#quietSince = this.#bootedAt;
    this.#recovered = new Promise((resolve) => {
      this.#onRecovered = resolve;
    });
  }

  get configuration(): Configuration {
    return this.replica.configurations.latest;
  }

  get replica(): Replica {
    return this.#replica!;
  }

  async start(): Promise<void> {
    this.#on('requestVote', (ask, from) => this.#onRequestVote(ask, from));
    this.#on('appendEntries', (ask, from) => this.#onAppendEntries(ask, from));
    this.#on('register', (ask) => this.leader?.register() ?? this.#elsewhere('register', ask));
    this.#on('write', (ask) => {
      const { session, seq, operation } = ask;
      return this.leader?.write({ kind: 'write', session, seq, operation }) ?? this.#elsewhere('write', ask);
    });
    this.#on('read', (ask) => this.#onRead(ask));
    this.#on('change', (ask) => this.#onChange(ask));
    this.host.onStop(() => this.#stop());
    const { disk, peers } = this.host;
    try {
      this.#replica = await Replica.recover(disk, peers, this.#service, this.options, this.rules);
    } catch (error) {
      this.#halt(error);
      return;
    }
    if (this.replica.tornBytes > 0) this.host.log('torn log end cut', { bytes: this.replica.tornBytes });
    exposeView(this);
    this.#onRecovered();
    this.#quietSince = this.host.clock.elapsed();
    this.#watch();
  }

  async save(): Promise<boolean> {
    return this.#durable(this.replica.save());
  }

  stepDown(reason: string): void {
    this.#follow(null, reason);
  }

  onAppendAnswer(peer: HostId, ask: AppendAsk, answer: AppendAnswer, round: number): void {
    if (this.#halted) return;
    if (answer.term > this.replica.ballot.term) this.#enterTerm(answer.term);
    else if (this.leader !== null && this.rules.countsAnswer(ask.term, this.leader.term)) {
      this.leader.take(peer, ask, answer, round);
    }
  }

  /** Registers a handler that waits for recovery: before it, this server does not know what it promised. */
  #on<K extends keyof RaftWire>(
    kind: K,
    answer: (ask: Ask<RaftWire, K>, from: HostId) => Answer<RaftWire, K> | Promise<Answer<RaftWire, K>>,
  ): void {
    this.host.on(kind, (ask, from) => {
      if (this.#halted) throw new TimedOut('this server has halted');
      if (this.#replica !== null) return answer(ask, from);
      return this.#recovered.then(() => answer(ask, from));
    });
  }

  // Elections

  /** Starts an election whenever it was quiet for too long; one timer that is looked at again, not one a heartbeat. */
  #watch(): void {
    const { clock, random } = this.host;
    const { electionTimeout } = this.options;
    this.#patience =
      electionTimeout + random.below(Math.ceil(electionTimeout * 1000), 'election timeout') / 1000;
    const look = () => {
      if (this.#halted) return;
      if (this.role === 'leader') this.#quietSince = clock.elapsed();
      const left = this.#quietSince + this.#patience - clock.elapsed();
      if (left > 0) {
        // No less than a millisecond: a remainder below the clock's grain would never pass.
        clock.after(Math.max(1, left), look);
        return;
      }
      this.#quietSince = clock.elapsed();
      this.#watch();
      void this.#campaign();
    };
    clock.after(Math.max(0, this.#quietSince + this.#patience - clock.elapsed()), look);
  }

  /** Asks whether it could win, then for votes; gives up silently when somebody else gets ahead. */
  async #campaign(): Promise<void> {
    const { ballot, configurations, commitIndex } = this.replica;
    // Also where it may not stand itself: its vote may be needed, and a leader it no longer hears must not hold it back.
    this.leaderId = null;
    if (!configurations.mayCampaign(this.host.id, commitIndex)) return;
    const term = ballot.term + 1;
    if (this.rules.asksFirst(this.options) && !(await this.#poll(this.#voteAsk(term, true)))) return;
    if (this.#halted || ballot.term !== term - 1 || this.leaderId !== null || this.role === 'leader') return;
    this.role = 'candidate';
    this.host.log('election started', { term });
    ballot.promise(term, this.host.id);
    const isCandidate = () => !this.#halted && this.role === 'candidate' && ballot.term === term;
    if (!(await this.#durable(ballot.settled())) || !isCandidate()) return;
    if (!(await this.#poll(this.#voteAsk(term, false))) || !isCandidate()) return;
    this.role = 'leader';
    this.leaderId = this.host.id;
    this.leader = new Leader(this, term);
    this.host.log('leader elected', { term });
    this.leader.begin();
  }

  #voteAsk(term: number, preVote: boolean): VoteAsk {
    const { lastIndex, lastTerm } = this.replica.log;
    return { term, lastIndex, lastTerm, preVote };
  }

  /** Resolves when a quorum has granted the votes, this server's included, or when all have answered. */
  #poll(ask: VoteAsk): Promise<boolean> {
    const { host, options, configuration } = this;
    const granted = new Set([host.id]);
    // A candidate that its latest configuration has removed does not count its own vote (thesis §4.2.2).
    const won = () => isQuorum(configuration, (voter) => granted.has(voter));
    return new Promise((resolve) => {
      const request = async (voter: HostId) => {
        try {
          const answer = await host.call(voter, 'requestVote', ask, { timeoutMs: options.electionTimeout });
          if (answer.term > this.replica.ballot.term) this.#enterTerm(answer.term);
          if (answer.granted) granted.add(voter);
        } catch (error) {
          if (!isTimedOut(error) && !isRefused(error)) throw error;
        }
        if (won()) resolve(true);
      };
      const others = configuration.voters.filter((voter) => voter !== host.id);
      if (won()) resolve(true);
      else void Promise.all(others.map(request)).then(() => resolve(false));
    });
  }

  async #onRequestVote(ask: VoteAsk, from: HostId): Promise<VoteAnswer> {
    const { ballot, log } = this.replica;
    const voter: Voter = {
      term: ballot.term,
      votedFor: ballot.votedFor,
      log,
      hasLeader:
        this.role === 'leader' || (this.leaderId !== null && this.#quietFor() < this.options.electionTimeout),
    };
    const { granted, term, votedFor } = this.rules.decideVote(voter, from, ask);
    if (ask.preVote) return { term, granted };
    if (term > ballot.term) this.#enterTerm(term, votedFor);
    else ballot.promise(term, votedFor);
    if (granted) {
      this.#quietSince = this.host.clock.elapsed();
      this.host.log('vote granted', { term, to: from });
    }
    await this.#mustBeDurable(ballot.settled());
    return { term: ballot.term, granted: granted && ballot.term === ask.term };
  }

  #quietFor(): number {
    return this.host.clock.elapsed() - this.#quietSince;
  }

  // Following

  /** Moves on to a later term, which ends every role in the old one (§5.1). */
  #enterTerm(term: number, votedFor: HostId | null = null): void {
    this.replica.ballot.promise(term, votedFor);
    this.#follow(null, 'later term');
    void this.#durable(this.replica.ballot.settled());
  }

  #follow(leaderId: HostId | null, reason: string): void {
    this.leaderId = leaderId;
    this.role = 'follower';
    const { leader } = this;
    if (leader === null) return;
    this.leader = null;
    this.#ledUntil = this.host.clock.elapsed();
    this.#quietSince = this.#ledUntil;
    this.host.log('stepped down', { term: leader.term, reason });
    leader.end();
  }

  #onAppendEntries(ask: AppendAsk, from: HostId): AppendAnswer | Promise<AppendAnswer> {
    const { ballot } = this.replica;
    if (ask.term < ballot.term) return this.#refuse(noConflict);
    if (ask.term > ballot.term) this.#enterTerm(ask.term);
    if (this.role !== 'follower' || this.leaderId !== from) this.#follow(from, 'another leader');
    this.#quietSince = this.host.clock.elapsed();
    return ballot.isDurable ? this.#accept(ask) : this.#acceptWhenSettled(ask);
  }

  /** The log never holds an entry of a term that a crash could take back. */
  async #acceptWhenSettled(ask: AppendAsk): Promise<AppendAnswer> {
    const { ballot } = this.replica;
    await this.#mustBeDurable(ballot.settled());
    return ask.term === ballot.term ? this.#accept(ask) : this.#refuse(noConflict);
  }

  #accept(ask: AppendAsk): AppendAnswer | Promise<AppendAnswer> {
    const { replica, rules } = this;
    const { log } = replica;
    const conflict = conflictAt(log, ask.prevIndex, ask.prevTerm);
    if (conflict !== null) return this.#refuse(conflict);
    const kept = rules.keptTo(log, ask.prevIndex, ask.entries);
    const truncates = kept < log.lastIndex;
    if (truncates) {
      this.host.log('log truncated', { after: kept });
      replica.truncateAfter(kept);
    }
    const lastNew = ask.prevIndex + ask.entries.length;
    while (log.lastIndex < lastNew) replica.append(ask.entries[log.lastIndex - ask.prevIndex]!);
    replica.commitTo(rules.followerCommit(ask.commitIndex, lastNew, log.lastIndex));
    if (lastNew <= replica.savedTo && !truncates) return this.#acceptance();
    return this.#acceptWhenSaved(ask.term);
  }

  async #acceptWhenSaved(term: number): Promise<AppendAnswer> {
    await this.#mustBeDurable(this.replica.save());
    // A later leader may have cut off what was saved.
    return term === this.replica.ballot.term ? this.#acceptance() : this.#refuse(noConflict);
  }

  #acceptance(): AppendAnswer {
    const { term } = this.replica.ballot;
    if (this.#accepted.term !== term) this.#accepted = { term, success: true, ...noConflict };
    return this.#accepted;
  }

  #refuse(conflict: Conflict): AppendAnswer {
    return { term: this.replica.ballot.term, success: false, ...conflict };
  }

  // Clients

  async #onRead(ask: Ask<RaftWire, 'read'>): Promise<Answer<RaftWire, 'read'>> {
    const value = await this.leader?.read(ask);
    return value === undefined ? this.#elsewhere('read', ask) : { status: 'value', value };
  }

  async #onChange(ask: Ask<RaftWire, 'change'>): Promise<Answer<RaftWire, 'change'>> {
    return (await this.leader?.change(ask)) ?? this.#elsewhere('change', ask);
  }

  /**
   * What a server that does not lead does with a request: it says who does, or, where the client asks for that, passes
   * the request on (thesis §6.2). So a leader serves clients that cannot reach it, as long as its followers can.
   */
  async #elsewhere<K extends Request>(
    kind: K,
    ask: Ask<RaftWire, K>,
  ): Promise<Answer<RaftWire, K> | NotLeader> {
    const { requestTimeout } = this.options;
    return (await passedOn(this.host, this.leaderId, kind, ask, requestTimeout)) ?? this.#notLeader();
  }

  /**
   * Turns a client away. A copy of its request may have come earlier, to this server when it led, or to its previous
   * life: only one that was neither for as long as any client waits may say that the request had no effect here.
   */
  #notLeader(): NotLeader {
    const lastAble = Math.max(this.#bootedAt, this.#ledUntil);
    const definite = this.host.clock.elapsed() - lastAble > 2 * this.options.requestTimeout;
    return { status: 'not leader', leader: this.leaderId, definite };
  }

  // The disk

  /** Waits for the disk; false if it failed. */
  async #durable(work: Promise<void>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (error) {
      this.#halt(error);
      return false;
    }
  }

  /** Waits for the disk; if it failed there is no answer, and the caller may think what it likes. */
  async #mustBeDurable(work: Promise<void>): Promise<void> {
    if (!(await this.#durable(work))) throw new TimedOut('the disk failed');
  }

  #halt(error: unknown): void {
    if (!isDiskError(error) && !(error instanceof CorruptFile)) throw error;
    if (this.#halted) return;
    this.host.log(error instanceof CorruptFile ? 'disk corrupt' : 'disk failed', { message: error.message });
    if (this.#replica !== null) this.#follow(null, 'disk failed');
    this.#halted = true;
    // Nobody knows any more what the disk holds: the program ends by its error, and whoever runs it boots it again.
    this.host.clock.after(0, () => {
      throw error;
    });
  }

  async #stop(): Promise<void> {
    if (this.#replica === null || this.#halted) return;
    this.#follow(null, 'stopped');
    await this.#durable(this.replica.ballot.settled());
    await this.#durable(this.replica.save());
    this.#halted = true;
  }
}
