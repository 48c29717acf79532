/** What is committed (§5.3, §5.4.2). */
import type { RaftLog } from './log.ts';

/** The part of a log that the decision looks at. */
export type Terms = Pick<RaftLog, 'termAt'>;

/**
 * The leader's new commit index, given the largest index that a quorum stores. Only entries of the leader's own term
 * are committed by counting replicas; those before them are committed with them (§5.4.2, figure 8).
 */
export function committedIndex(commitIndex: number, replicated: number, log: Terms, term: number): number {
  return replicated > commitIndex && log.termAt(replicated) === term ? replicated : commitIndex;
}

/**
 * A follower's new commit index: what the leader says, but nothing beyond `lastNew`, the last entry which this very
 * message has shown to be the leader's (§5.3, figure 2). `lastIndex` is the end of the follower's log.
 */
export function followerCommit(leaderCommit: number, lastNew: number, _lastIndex: number): number {
  return Math.min(leaderCommit, lastNew);
}
