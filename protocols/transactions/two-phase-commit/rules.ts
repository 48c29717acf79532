/**
 * The decisions on which atomic commitment hangs, as a value. `paperRules` is what the papers say and the only choice
 * that ships; a test may put one of them in question by passing another (`twoPhaseCommitWith({ … })`).
 */
import type { CompactedJournal } from '../../compacted-journal.ts';
import type { HostId } from '../../host.ts';
import type { Decision, Vote } from './messages.ts';
import type { CoordinatorRecord, Prepared } from './records.ts';

/** Of a log, what can be forced. */
type Log = Pick<CompactedJournal, 'sync'>;

export interface Rules {
  /** Resolves when the record *prepared* is durable; a vote of yes leaves after that (Mohan et al. §2.1). */
  readonly forcePrepared: (journal: Log) => Promise<void>;
  /** Resolves when the record *commit* is durable; nobody hears of the decision before (Mohan et al. §2.1). */
  readonly forceCommit: (journal: Log) => Promise<void>;
  readonly decisionOf: typeof decisionOf;
  readonly whatIsKnown: typeof whatIsKnown;
  readonly whomToAsk: typeof whomToAsk;
  readonly report: typeof report;
  readonly mayForget: typeof mayForget;
}

/** Commit if all participants voted yes (AC3); abort if one did not, or did not vote in time. */
export function decisionOf(participants: readonly HostId[], votes: ReadonlyMap<HostId, Vote>): Decision {
  return participants.every((participant) => votes.get(participant) === 'yes') ? 'commit' : 'abort';
}

/** What a coordinator knows of a transaction: `voting` also while its record *commit* is on the way to the disk. */
export type Standing = 'voting' | 'committed' | 'unknown';

/**
 * What a coordinator tells a participant in doubt. *Presumed abort*: of what it has no information it says that it
 * aborted, so that aborts need no record (Mohan et al. §3.2).
 */
export function whatIsKnown(standing: Standing): Decision | null {
  if (standing === 'voting') return null;
  return standing === 'committed' ? 'commit' : 'abort';
}

/**
 * Whom a participant in doubt asks: the coordinator, and the other participants, of whom one may have decided, or not
 * have voted and so decide to abort (*cooperative termination*, Bernstein, Hadzilacos & Goodman §7.4).
 */
export function whomToAsk({ coordinator, participants }: Prepared, self: HostId): readonly HostId[] {
  return [coordinator, ...participants.filter((participant) => participant !== self)];
}

/**
 * What the client is told, and when. A decision stands once it is logged: who has not heard of it will.
 * @param acknowledged whether all participants acknowledged it at the first attempt
 */
function report(decision: Decision, acknowledged: Promise<boolean>): Promise<Decision> {
  void acknowledged;
  return Promise.resolve(decision);
}

/**
 * Whether a coordinator that writes its log anew may leave out a record of what a later life has to know. Never: a commit that
 * somebody has not acknowledged would then be presumed to have aborted (Mohan et al. §3.2).
 */
function mayForget(record: CoordinatorRecord): boolean {
  void record;
  return false;
}

export const paperRules: Rules = {
  forcePrepared: (journal) => journal.sync(),
  forceCommit: (journal) => journal.sync(),
  decisionOf,
  whatIsKnown,
  whomToAsk,
  report,
  mayForget,
};
