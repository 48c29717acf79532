/** The shell of a coordinator: what arrives, what is logged, who is told. Decisions are in `rules.ts`. */
import { inBackground } from '../../background.ts';
import { CompactedJournal } from '../../compacted-journal.ts';
import { type Host, type HostId, isRefused, isTimedOut } from '../../host.ts';
import { nameOf, parsed } from '../names.ts';
import { Memory } from './memory.ts';
import type { Change, CommitWire, Decision, Vote } from './messages.ts';
import type { TwoPhaseCommitOptions } from './options.ts';
import { type CoordinatorRecord, decode, encode } from './records.ts';
import type { Rules } from './rules.ts';
import { Ballots, type CommitmentView } from './view.ts';

/** The program of a coordinator. It answers nobody before it has read its log. */
export async function coordinator(
  host: Host<CommitWire>,
  options: TwoPhaseCommitOptions,
  rules: Rules,
): Promise<void> {
  const opening = CompactedJournal.open(host.disk, 'coordinator.log', options.compactionRecords);
  const ready = opening.then(({ journal, records }) => {
    const log = records.map((record) => decode<CoordinatorRecord>(record));
    return new Coordinator(host, options, rules, journal, log);
  });
  // Whoever awaits `ready` below learns of an error; the handlers must not let it go uncaught a second time.
  ready.catch(() => {});
  host.on('begin', async () => ({ transaction: await (await ready).begin() }));
  host.on('submit', async (ask) => ({ decision: await (await ready).submit(ask.transaction, ask.changes) }));
  host.on('inquire', async (ask) => ({ decision: (await ready).answer(ask.transaction) }));
  const self = await ready;
  await self.start();
}

class Coordinator {
  readonly #host: Host<CommitWire>;
  readonly #options: TwoPhaseCommitOptions;
  readonly #rules: Rules;
  readonly #journal: CompactedJournal;
  readonly #ballots = new Ballots();
  readonly #memory: Memory;
  /** What clients are told of the transactions that are under way. */
  readonly #reports = new Map<string, Promise<Decision>>();
  readonly #life: number;
  #begun = 0;
  readonly #started: Promise<void>;

  constructor(
    host: Host<CommitWire>,
    options: TwoPhaseCommitOptions,
    rules: Rules,
    journal: CompactedJournal,
    log: readonly CoordinatorRecord[],
  ) {
    this.#host = host;
    this.#options = options;
    this.#rules = rules;
    this.#journal = journal;
    this.#memory = new Memory(options.outcomesKept);
    for (const record of log) {
      this.#memory.take(record);
      if (record.kind === 'commit') this.#show(record.transaction, 'commit', record.participants);
    }
    this.#life = this.#memory.lives + 1;
    this.#memory.take({ kind: 'boot' });
    this.#write({ kind: 'boot' });
    this.#started = journal.sync();
    const ballots = this.#ballots.latest;
    host.expose((): CommitmentView => ({ role: 'coordinator', ballots, log: journal.view }));
  }

  /** Tells those who may not have heard what an earlier life decided. */
  async start(): Promise<void> {
    await this.#started;
    for (const [transaction, participants] of this.#memory.unfinished) {
      this.#host.log('commit resumed', { transaction });
      inBackground(this.#host.clock, this.#deliver(transaction, participants));
    }
  }

  /** A name that was never given before, nor ever will be. */
  async begin(): Promise<string> {
    await this.#started;
    this.#begun += 1;
    return nameOf({ origin: this.#host.id, life: this.#life, number: this.#begun });
  }

  /** How it ended; null if that is forgotten. */
  async submit(transaction: string, changes: readonly Change[]): Promise<Decision | null> {
    await this.#started;
    const known = this.#reports.get(transaction);
    if (known !== undefined) return known;
    const { outcomes } = this.#memory;
    const decision = this.#memory.standing(transaction) === 'committed' ? 'commit' : outcomes.of(transaction);
    if (decision !== undefined) return decision;
    // Also of one of this life that was begun, and not submitted for so long: to others it is over.
    if (outcomes.isForgotten(transaction)) return null;
    // A transaction of an earlier life is not carried out again: it was committed, or it is presumed to have aborted.
    if (parsed(transaction)?.life !== this.#life) return this.#presume(transaction);
    const reporting = this.#carryOut(transaction, changes);
    this.#reports.set(transaction, reporting);
    // An error of the disk ends the program, and is none of this line's business.
    const forget = () => void this.#reports.delete(transaction);
    void reporting.then(forget, forget);
    return reporting;
  }

  /** What a participant in doubt is told. */
  answer(transaction: string): Decision | null {
    return this.#presume(transaction);
  }

  #presume(transaction: string): Decision | null {
    const decision = this.#rules.whatIsKnown(this.#memory.standing(transaction));
    // Nobody can be in doubt about what was committed so long ago, so it is true for all who heed it; but it may be a late
    // copy of a question that was answered otherwise, so it is not this coordinator's decision.
    const isKnown = !this.#memory.outcomes.isForgotten(transaction);
    if (decision === 'abort' && isKnown) this.#show(transaction, 'abort');
    return decision;
  }

  async #carryOut(transaction: string, changes: readonly Change[]): Promise<Decision> {
    const participants = [...new Set(changes.map(({ participant }) => participant))];
    this.#memory.vote(transaction);
    const votes = await this.#collect(transaction, participants, changes);
    const decision = this.#rules.decisionOf(participants, votes);
    if (decision === 'abort') {
      this.#memory.abort(transaction);
      this.#show(transaction, 'abort', participants);
      this.#host.log('aborted', { transaction });
      // Nobody acknowledges it: who does not hear of it will ask, and be told what is presumed.
      for (const participant of participants)
        this.#host.send(participant, 'decide', { transaction, decision, horizon: this.#memory.horizon });
      return this.#rules.report('abort', Promise.resolve(true));
    }
    const { ending } = this.#memory;
    this.#memory.commit(transaction, participants);
    this.#write({ kind: 'commit', transaction, participants });
    // These were written before it. If the disk fails, whoever waits below says so.
    void this.#journal.sync().then(
      () => this.#memory.ended(ending),
      () => {},
    );
    await this.#rules.forceCommit(this.#journal);
    this.#memory.committed(transaction);
    this.#show(transaction, 'commit', participants);
    this.#host.log('committed', { transaction });
    return this.#rules.report('commit', this.#deliver(transaction, participants));
  }

  /** Resolves when all have voted, or one has voted no or not in time. */
  #collect(
    transaction: string,
    participants: readonly HostId[],
    changes: readonly Change[],
  ): Promise<ReadonlyMap<HostId, Vote>> {
    const votes = new Map<HostId, Vote>();
    return new Promise((resolve) => {
      const request = async (participant: HostId) => {
        const own = changes.filter((change) => change.participant === participant);
        const ask = { transaction, participants, changes: own, horizon: this.#memory.horizon };
        const timeoutMs = this.#options.voteTimeout;
        try {
          const { vote } = await this.#host.call(participant, 'prepare', ask, { timeoutMs });
          votes.set(participant, vote);
        } catch (error) {
          if (!isTimedOut(error) && !isRefused(error)) throw error;
        }
        if (votes.get(participant) !== 'yes' || votes.size === participants.length) resolve(votes);
      };
      for (const participant of participants) void request(participant);
    });
  }

  /** Repeats the decision to each until it is acknowledged. True once all have, if each did at the first attempt. */
  #deliver(transaction: string, participants: readonly HostId[]): Promise<boolean> {
    const attempts = participants.map((participant) => this.#tell(participant, transaction));
    const first = Promise.all(attempts.map(({ first }) => first)).then((all) => all.every(Boolean));
    void Promise.all(attempts.map(({ done }) => done)).then(() => {
      this.#memory.end(transaction);
      this.#write({ kind: 'end', transaction });
    });
    return first;
  }

  #tell(participant: HostId, transaction: string): { first: Promise<boolean>; done: Promise<void> } {
    const timeoutMs = this.#options.retryInterval;
    const attempt = async (): Promise<boolean> => {
      const sentAt = this.#host.clock.elapsed();
      try {
        const ask = { transaction, decision: 'commit', horizon: this.#memory.horizon } as const;
        await this.#host.call(participant, 'decide', ask, { timeoutMs });
        return true;
      } catch (error) {
        if (!isTimedOut(error) && !isRefused(error)) throw error;
        const left = sentAt + timeoutMs - this.#host.clock.elapsed();
        if (left > 0) await this.#host.clock.sleep(left);
        return false;
      }
    };
    const first = attempt();
    const done = first.then(async (told) => {
      for (let isTold = told; !isTold; ) isTold = await attempt();
    });
    return { first, done };
  }

  /** In order with all other records, and durable with the next one that is forced. */
  #write(record: CoordinatorRecord): void {
    this.#journal.append(encode(record));
    if (!this.#journal.hasGrown) return;
    const { mayForget } = this.#rules;
    this.#journal.rewrite(this.#memory.live.filter((one) => !mayForget(one)).map(encode));
  }

  #show(transaction: string, decision: Decision, participants?: readonly HostId[]): void {
    this.#ballots.show({ transaction, decision, ...(participants && { participants }) });
  }
}
