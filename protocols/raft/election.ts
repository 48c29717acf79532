/** Who may lead: decisions about votes (§5.2, §5.4.1; thesis §4.2.3, §9.6). */
import type { HostId } from '../host.ts';
import type { LogEnd } from './log.ts';
import type { VoteAsk } from './messages.ts';

/** What a server has promised: never to act in an earlier term, never to vote twice in this one. */
export interface Vote {
  readonly term: number;
  readonly votedFor: HostId | null;
}

/** What the answer to a vote request depends on. */
export interface Voter extends Vote {
  readonly log: LogEnd;
  /** Whether it leads, or has heard from a leader within the minimum election timeout. */
  readonly hasLeader: boolean;
}

/** A log with a later last term is more up-to-date; of two that end in the same term, the longer one is (§5.4.1). */
export function isUpToDate(candidate: LogEnd, voter: LogEnd): boolean {
  if (candidate.lastTerm !== voter.lastTerm) return candidate.lastTerm > voter.lastTerm;
  return candidate.lastIndex >= voter.lastIndex;
}

/** What the voter promises from now on, and whether that is a vote for the candidate. */
export interface VoteDecision extends Vote {
  readonly granted: boolean;
}

/**
 * Decides on a request for a vote or a pre-vote. A pre-vote promises nothing. A voter that has a leader keeps its
 * term and its vote, so that a server which was cut off or removed cannot depose a working leader.
 */
export function decideVote(voter: Voter, candidate: HostId, ask: VoteAsk): VoteDecision {
  if (ask.term < voter.term || voter.hasLeader) {
    return { term: voter.term, votedFor: voter.votedFor, granted: false };
  }
  const votedFor = ask.term > voter.term ? null : voter.votedFor;
  const granted = (votedFor === null || votedFor === candidate) && isUpToDate(ask, voter.log);
  if (ask.preVote) return { term: voter.term, votedFor: voter.votedFor, granted };
  return { term: ask.term, votedFor: granted ? candidate : votedFor, granted };
}
