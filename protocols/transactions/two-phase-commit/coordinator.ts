/** The shell of a coordinator: what arrives, what is logged, who is told. Decisions are in `rules.ts`. */
import { type Host, type HostId, isRefused, isTimedOut } from '../../host.ts';
import { Journal } from '../../journal.ts';
import type { Change, CommitWire, Decision, Vote } from './messages.ts';
import type { TwoPhaseCommitOptions } from './options.ts';
import { type CoordinatorRecord, decode, encode } from './records.ts';
import type { Rules, Standing } from './rules.ts';
import { Ballots, type CommitmentView } from './view.ts';

/** The program of a coordinator. It answers nobody before it has read its log. */
export async function coordinator(
  host: Host<CommitWire>,
  options: TwoPhaseCommitOptions,
  rules: Rules,
): Promise<void> {
  const opening = Journal.open(host.disk, 'coordinator.log');
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
  readonly #journal: Journal;
  readonly #ballots = new Ballots();
  /** Transactions whose record *commit* is durable, in whatever life of this coordinator. */
  readonly #committed = new Set<string>();
  /** Those that some participant may not have heard of yet. */
  readonly #unfinished = new Map<string, readonly HostId[]>();
  /** Transactions submitted in this life that are not decided yet. */
  readonly #voting = new Set<string>();
  /** What clients are told of the transactions submitted in this life. */
  readonly #reports = new Map<string, Promise<Decision>>();
  readonly #life: string;
  #begun = 0;
  readonly #started: Promise<void>;

  constructor(
    host: Host<CommitWire>,
    options: TwoPhaseCommitOptions,
    rules: Rules,
    journal: Journal,
    log: readonly CoordinatorRecord[],
  ) {
    this.#host = host;
    this.#options = options;
    this.#rules = rules;
    this.#journal = journal;
    for (const record of log) {
      if (record.kind === 'commit') {
        this.#committed.add(record.transaction);
        this.#unfinished.set(record.transaction, record.participants);
        this.#show(record.transaction, 'commit', record.participants);
      } else if (record.kind === 'end') this.#unfinished.delete(record.transaction);
    }
    const lives = log.filter(({ kind }) => kind === 'boot').length;
    this.#life = `${host.id}-${lives + 1}`;
    this.#write({ kind: 'boot' });
    this.#started = journal.sync();
    const view: CommitmentView = { role: 'coordinator', ballots: this.#ballots.latest };
    host.expose(() => view);
  }

  /** Tells those who may not have heard what an earlier life decided. */
  async start(): Promise<void> {
    await this.#started;
    for (const [transaction, participants] of this.#unfinished) {
      this.#host.log('commit resumed', { transaction });
      void this.#deliver(transaction, participants);
    }
  }

  /** A name that was never given before, nor ever will be. */
  async begin(): Promise<string> {
    await this.#started;
    this.#begun += 1;
    return `${this.#life}-${this.#begun}`;
  }

  async submit(transaction: string, changes: readonly Change[]): Promise<Decision> {
    await this.#started;
    const known = this.#reports.get(transaction);
    if (known !== undefined) return known;
    // A transaction of an earlier life is not carried out again: it was committed, or it is presumed to have aborted.
    if (!transaction.startsWith(`${this.#life}-`)) return this.#presume(transaction)!;
    const reporting = this.#carryOut(transaction, changes);
    this.#reports.set(transaction, reporting);
    return reporting;
  }

  /** What a participant in doubt is told. */
  answer(transaction: string): Decision | null {
    return this.#presume(transaction);
  }

  #presume(transaction: string): Decision | null {
    const decision = this.#rules.whatIsKnown(this.#standing(transaction));
    if (decision === 'abort') this.#show(transaction, 'abort');
    return decision;
  }

  #standing(transaction: string): Standing {
    if (this.#committed.has(transaction)) return 'committed';
    return this.#voting.has(transaction) ? 'voting' : 'unknown';
  }

  async #carryOut(transaction: string, changes: readonly Change[]): Promise<Decision> {
    const participants = [...new Set(changes.map(({ participant }) => participant))];
    this.#voting.add(transaction);
    const votes = await this.#collect(transaction, participants, changes);
    const decision = this.#rules.decisionOf(participants, votes);
    if (decision === 'abort') {
      this.#voting.delete(transaction);
      this.#show(transaction, 'abort', participants);
      this.#host.log('aborted', { transaction });
      // Nobody acknowledges it: who does not hear of it will ask, and be told what is presumed.
      for (const participant of participants)
        this.#host.send(participant, 'decide', { transaction, decision });
      return this.#rules.report('abort', Promise.resolve(true));
    }
    this.#write({ kind: 'commit', transaction, participants });
    await this.#rules.forceCommit(this.#journal);
    this.#voting.delete(transaction);
    this.#committed.add(transaction);
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
        const ask = { transaction, participants, changes: own };
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
      this.#write({ kind: 'end', transaction });
      this.#unfinished.delete(transaction);
    });
    return first;
  }

  #tell(participant: HostId, transaction: string): { first: Promise<boolean>; done: Promise<void> } {
    const timeoutMs = this.#options.retryInterval;
    const attempt = async (): Promise<boolean> => {
      const sentAt = this.#host.clock.elapsed();
      try {
        await this.#host.call(participant, 'decide', { transaction, decision: 'commit' }, { timeoutMs });
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
  }

  #show(transaction: string, decision: Decision, participants?: readonly HostId[]): void {
    this.#ballots.show({ transaction, decision, ...(participants && { participants }) });
  }
}
