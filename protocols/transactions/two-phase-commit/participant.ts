/** The shell of a participant: votes, decisions, and what it does when it is in doubt. Decisions are in `rules.ts`. */
import { inBackground } from '../../background.ts';
import { CompactedJournal } from '../../compacted-journal.ts';
import { type Host, type HostId, isRefused, isTimedOut } from '../../host.ts';
import type { Horizon } from '../names.ts';
import { Ledger } from './ledger.ts';
import type { CommitWire, Decision, Vote } from './messages.ts';
import type { TwoPhaseCommitOptions } from './options.ts';
import { decode, encode, type ParticipantRecord } from './records.ts';
import type { Rules } from './rules.ts';
import { Ballots, type CommitmentView } from './view.ts';

/** The program of a participant. It answers nobody before it has read its log. */
export async function participant(
  host: Host<CommitWire>,
  options: TwoPhaseCommitOptions,
  rules: Rules,
): Promise<void> {
  const opening = CompactedJournal.open(host.disk, 'participant.log', options.compactionRecords);
  const ready = opening.then(({ journal, records }) => {
    const log = records.map((record) => decode<ParticipantRecord>(record));
    return new Participant(host, options, rules, journal, log);
  });
  // Whoever awaits `ready` below learns of an error; the handlers must not let it go uncaught a second time.
  ready.catch(() => {});
  host.on('prepare', async (ask, from) => ({ vote: await (await ready).vote(ask, from) }));
  host.on('decide', async (ask) => {
    await (await ready).hear(ask.transaction, ask.decision, ask.horizon);
    return null;
  });
  host.on('inquire', async (ask) => ({ decision: await (await ready).answer(ask.transaction) }));
  (await ready).start();
}

/** The names of the accounts of a participant. */
export const accountsOf = (participant: HostId, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${participant}/${index + 1}`);

type Prepare = Parameters<CommitWire['prepare']>[0];

class Participant {
  readonly #host: Host<CommitWire>;
  readonly #options: TwoPhaseCommitOptions;
  readonly #rules: Rules;
  readonly #journal: CompactedJournal;
  readonly #ledger: Ledger;
  readonly #ballots = new Ballots();

  constructor(
    host: Host<CommitWire>,
    options: TwoPhaseCommitOptions,
    rules: Rules,
    journal: CompactedJournal,
    log: readonly ParticipantRecord[],
  ) {
    this.#host = host;
    this.#options = options;
    this.#rules = rules;
    this.#journal = journal;
    this.#ledger = new Ledger(accountsOf(host.id, options.accounts), options.openingBalance);
    const opening = this.#ledger.sum;
    for (const record of log) {
      this.#ledger.apply(record);
      if (record.kind === 'decided') {
        const { transaction, decision } = record;
        this.#ballots.show({ transaction, decision });
      } else if (record.kind === 'prepared') {
        const { transaction, participants } = record;
        this.#ballots.show({ transaction, participants, vote: 'yes' });
      }
    }
    const ballots = this.#ballots.latest;
    const ledger = this.#ledger;
    host.expose(
      (): CommitmentView => ({
        role: 'participant',
        ballots,
        inDoubt: ledger.inDoubt,
        gained: ledger.sum - opening,
        log: journal.view,
      }),
    );
  }

  /** What was in doubt before a crash still is: it asks at once. */
  start(): void {
    for (const transaction of this.#ledger.inDoubt) {
      this.#host.log('in doubt after a restart', { transaction });
      inBackground(this.#host.clock, this.#resolve(transaction));
    }
  }

  async vote({ transaction, participants, changes, horizon }: Prepare, from: HostId): Promise<Vote> {
    this.#ledger.learn(transaction, horizon);
    // A copy of a request that is long answered, or it came so late that the coordinator gave up.
    if (this.#ledger.isForgotten(transaction)) return 'no';
    const decision = this.#ledger.decision(transaction);
    if (decision !== undefined) return decision === 'commit' ? 'yes' : 'no';
    const isRepeated = this.#ledger.prepared(transaction) !== undefined;
    const obstacle = isRepeated ? undefined : this.#ledger.obstacle(changes);
    if (obstacle !== undefined) {
      this.#host.log('voted no', { transaction, obstacle });
      await this.#abortAlone(transaction);
      this.#ballots.show({ transaction, participants, vote: 'no' });
      return 'no';
    }
    if (!isRepeated) {
      this.#write({ kind: 'prepared', transaction, coordinator: from, participants, changes });
      const { clock } = this.#host;
      clock.after(this.#options.inquiryTimeout, () => inBackground(clock, this.#resolve(transaction)));
    }
    await this.#rules.forcePrepared(this.#journal);
    this.#ballots.show({ transaction, participants, vote: 'yes' });
    this.#host.log('prepared', { transaction });
    return 'yes';
  }

  /** Of the coordinator. */
  async hear(transaction: string, decision: Decision, horizon: Horizon): Promise<void> {
    this.#ledger.learn(transaction, horizon);
    // It did that when it heard of it first, or never had anything to do.
    if (!this.#ledger.isForgotten(transaction)) await this.decide(transaction, decision);
  }

  /** Resolves when the decision is durable, if it is to commit; an abort needs no more than to be remembered. */
  async decide(transaction: string, decision: Decision): Promise<void> {
    const known = this.#ledger.decision(transaction);
    if (known === undefined) {
      if (decision === 'commit' && this.#ledger.prepared(transaction) === undefined) {
        // Nobody may decide so without this participant's vote: it has nothing to commit, and says what it did.
        this.#host.log('told to commit what was never prepared', { transaction });
        return this.#abortAlone(transaction);
      }
      this.#write({ kind: 'decided', transaction, decision });
    }
    if (decision === 'commit') await this.#journal.sync();
    this.#ballots.show({ transaction, decision: known ?? decision });
  }

  /**
   * What another participant in doubt is told: what this one knows; null if it is in doubt itself. If it has not voted
   * it decides to abort, and keeps to that (Bernstein, Hadzilacos & Goodman §7.4).
   */
  async answer(transaction: string): Promise<Decision | null> {
    if (this.#ledger.isForgotten(transaction)) return 'abort';
    if (this.#ledger.prepared(transaction) !== undefined) return null;
    const decision = this.#ledger.decision(transaction);
    if (decision === undefined) {
      await this.#abortAlone(transaction);
      return 'abort';
    }
    await this.#journal.sync();
    return decision;
  }

  /** Others rely on it: a crash must not make this participant vote yes after all. */
  async #abortAlone(transaction: string): Promise<void> {
    this.#write({ kind: 'decided', transaction, decision: 'abort' });
    await this.#journal.sync();
    this.#ballots.show({ transaction, decision: 'abort' });
  }

  /** Asks all who may know, at once and again, until the transaction is decided. */
  async #resolve(transaction: string): Promise<void> {
    for (let isFirst = true; ; isFirst = false) {
      const prepared = this.#ledger.prepared(transaction);
      if (prepared === undefined) return;
      const whom = this.#rules.whomToAsk(prepared, this.#host.id);
      if (isFirst) this.#host.log('in doubt', { transaction, asks: whom });
      for (const one of whom) inBackground(this.#host.clock, this.#inquire(one, transaction));
      await this.#host.clock.sleep(this.#options.inquiryTimeout);
    }
  }

  async #inquire(whom: HostId, transaction: string): Promise<void> {
    const timeoutMs = this.#options.inquiryTimeout;
    try {
      const { decision } = await this.#host.call(whom, 'inquire', { transaction }, { timeoutMs });
      // It may have been decided meanwhile, and forgotten; then this answer says nothing.
      const isInDoubt = this.#ledger.prepared(transaction) !== undefined;
      if (decision !== null && isInDoubt) await this.decide(transaction, decision);
    } catch (error) {
      if (!isTimedOut(error) && !isRefused(error)) throw error;
    }
  }

  /** Takes effect at once, and is durable with the next record that is forced. */
  #write(record: ParticipantRecord): void {
    this.#journal.append(encode(record));
    this.#ledger.apply(record);
    if (this.#journal.hasGrown) this.#journal.rewrite(this.#ledger.forget().map(encode));
  }
}
