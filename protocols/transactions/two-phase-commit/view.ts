/** What claims and reports may see of a process that takes part in a transaction. */
import type { LogView } from '../../compacted-journal.ts';
import type { HostId } from '../../host.ts';
import type { Decision, Vote } from './messages.ts';

export interface BallotView {
  readonly transaction: string;
  readonly participants?: readonly HostId[];
  readonly vote?: Vote;
  readonly decision?: Decision;
}

/** Of a coordinator, a participant, or a client that was told an outcome. */
export interface CommitmentView {
  readonly role: 'coordinator' | 'participant' | 'client';
  /** The latest votes and decisions of this host; a vote is shown before it leaves, a decision once it stands. */
  readonly ballots: readonly BallotView[];
  /** Transactions that this participant voted yes on, and whose outcome it does not know. */
  readonly inDoubt?: readonly string[];
  /** How much more there is in the accounts of this participant than at first. */
  readonly gained?: number;
  /** Of a coordinator or a participant. */
  readonly log?: LogView;
}

/** So many are shown, which is more than one turn can add. */
const ballotsMax = 32;

export class Ballots {
  readonly latest: BallotView[] = [];

  show(ballot: BallotView): void {
    const { latest } = this;
    const at = latest.findIndex(({ transaction }) => transaction === ballot.transaction);
    const [known] = at === -1 ? [] : latest.splice(at, 1);
    latest.push({ ...known, ...ballot });
    if (latest.length > ballotsMax) latest.shift();
  }
}
