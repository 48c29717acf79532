/** The pure decisions, by the sentences of the extended paper (§) and of the thesis. */
import { describe, expect, test } from 'vitest';
import { committedIndex, followerCommit } from '../../../protocols/raft/commit.ts';
import { isQuorum, reachedByQuorum } from '../../../protocols/raft/configuration.ts';
import { decideVote, isUpToDate, type Voter } from '../../../protocols/raft/election.ts';
import { RaftLog, textOf } from '../../../protocols/raft/log.ts';
import type { VoteAsk } from '../../../protocols/raft/messages.ts';
import { leadershipConfirmed, ReadQueue, readIndex } from '../../../protocols/raft/reads.ts';
import { backUpTo, conflictAt, keptTo, Progress } from '../../../protocols/raft/replication.ts';

const noop = { kind: 'noop' } as const;
const entriesOf = (terms: readonly number[]) => terms.map((term) => ({ term, command: noop }));

function logOf(terms: readonly number[]): RaftLog {
  const log = new RaftLog();
  for (const entry of entriesOf(terms)) log.append(entry, textOf(entry));
  return log;
}

describe('elections', () => {
  const voter: Voter = { term: 3, votedFor: null, log: logOf([1, 1, 2]), hasLeader: false };
  const ask: VoteAsk = { term: 4, lastIndex: 3, lastTerm: 2, preVote: false };

  test.each([
    ['§5.4.1 the log with the later term is more up-to-date', { lastTerm: 3, lastIndex: 1 }, true],
    ['§5.4.1 however long the other one is', { lastTerm: 1, lastIndex: 9 }, false],
    ['§5.4.1 if the logs end with the same term, the longer one is', { lastTerm: 2, lastIndex: 4 }, true],
    ['§5.4.1 and not the shorter one', { lastTerm: 2, lastIndex: 2 }, false],
    ['§5.4.1 equal logs are up-to-date', { lastTerm: 2, lastIndex: 3 }, true],
  ])('%s', (_, candidate, expected) => {
    expect(isUpToDate(candidate, voter.log)).toBe(expected);
    expect(decideVote(voter, 'n2', { ...ask, ...candidate }).granted).toBe(expected);
  });

  test('§5.1 a request with a stale term number is rejected', () => {
    expect(decideVote(voter, 'n2', { ...ask, term: 2 })).toEqual({ term: 3, votedFor: null, granted: false });
  });

  test('§5.2 each server votes for at most one candidate in a term, first come first served', () => {
    const voted = { ...voter, ...decideVote(voter, 'n2', ask) };
    expect(voted).toMatchObject({ term: 4, votedFor: 'n2', granted: true });
    expect(decideVote(voted, 'n3', ask)).toEqual({ term: 4, votedFor: 'n2', granted: false });
  });

  test('§5.2 the same candidate may ask again', () => {
    expect(decideVote({ ...voter, term: 4, votedFor: 'n2' }, 'n2', ask).granted).toBe(true);
  });

  test('§5.1 a larger term is adopted even if the vote is refused', () => {
    const behind = { ...ask, lastIndex: 0, lastTerm: 0 };
    const decision = decideVote({ ...voter, votedFor: 'n3' }, 'n2', behind);
    expect(decision).toEqual({ term: 4, votedFor: null, granted: false });
  });

  test('thesis §4.2.3 a server that hears from a leader neither updates its term nor grants its vote', () => {
    const decision = decideVote({ ...voter, hasLeader: true }, 'n2', { ...ask, term: 9 });
    expect(decision).toEqual({ term: 3, votedFor: null, granted: false });
  });

  test('thesis §9.6 a pre-vote is granted as a vote would be, and changes nothing', () => {
    const preVote = { ...ask, preVote: true };
    expect(decideVote(voter, 'n2', preVote)).toEqual({ term: 3, votedFor: null, granted: true });
    expect(decideVote({ ...voter, hasLeader: true }, 'n2', preVote).granted).toBe(false);
    expect(decideVote({ ...voter, term: 4, votedFor: 'n3' }, 'n2', preVote).granted).toBe(false);
  });
});

describe('the log', () => {
  test('§5.3 if two logs contain the same entries up to an index, their hashes agree there', () => {
    const [left, right] = [logOf([1, 1, 2, 3]), logOf([1, 1, 2, 4])];
    expect(left.prefixHashAt(3)).toBe(right.prefixHashAt(3));
    expect(left.prefixHashAt(4)).not.toBe(right.prefixHashAt(4));
    expect(left.prefixHashAt(0)).toBe(0);
    expect(Number.isSafeInteger(left.prefixHashAt(4))).toBe(true);
  });

  test('a log that was cut and refilled is the log that it would have been', () => {
    const log = logOf([1, 1, 5, 5]);
    log.truncateAfter(2);
    for (const entry of entriesOf([2, 3])) log.append(entry, textOf(entry));
    expect(log.prefixHashAt(4)).toBe(logOf([1, 1, 2, 3]).prefixHashAt(4));
    expect([0, 1, 2, 3, 4, 5].map((index) => log.termAt(index))).toEqual([0, 1, 1, 2, 3, 0]);
  });

  test('a slice is bounded by count and by size, but never empty where there is an entry', () => {
    const log = logOf([1, 1, 1, 1, 1]);
    const size = textOf(entriesOf([1])[0]!).length;
    expect(log.slice(2, 2, 1000)).toHaveLength(2);
    expect(log.slice(2, 9, 1000)).toHaveLength(4);
    expect(log.slice(2, 9, 3 * size)).toHaveLength(3);
    expect(log.slice(2, 9, 1)).toHaveLength(1);
    expect(log.slice(6, 9, 1000)).toHaveLength(0);
  });
});

describe('replication', () => {
  // Figure 7: logs that may face the leader of term 8.
  const leader = logOf([1, 1, 1, 4, 4, 5, 5, 6, 6, 6]);
  test.each([
    ['a', [1, 1, 1, 4, 4, 5, 5, 6, 6], 1],
    ['b', [1, 1, 1, 4], 1],
    ['c', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6], 0],
    ['d', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7], 0],
    ['e', [1, 1, 1, 4, 4, 4, 4], 2],
    ['f', [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3], 2],
  ])(
    '§5.3, figure 7: the leader brings follower %s to its log, with a refusal per term',
    (_, terms, refusalsMax) => {
      const follower = logOf(terms);
      const progress = new Progress('n2', leader.lastIndex + 1, 0);
      let refusals = 0;
      for (;;) {
        const prevIndex = progress.nextIndex - 1;
        const conflict = conflictAt(follower, prevIndex, leader.termAt(prevIndex));
        if (conflict === null) break;
        refusals++;
        progress.rejected(prevIndex, backUpTo(leader, conflict));
        expect(progress.nextIndex).toBeLessThanOrEqual(prevIndex);
      }
      expect(refusals).toBeLessThanOrEqual(refusalsMax);
      const prevIndex = progress.nextIndex - 1;
      const entries = leader.slice(progress.nextIndex, 100, 10_000);
      follower.truncateAfter(keptTo(follower, prevIndex, entries));
      while (follower.lastIndex < prevIndex + entries.length) {
        const entry = entries[follower.lastIndex - prevIndex]!;
        follower.append(entry, textOf(entry));
      }
      expect(follower.prefixHashAt(10)).toBe(leader.prefixHashAt(10));
    },
  );

  test.each([
    ['a conflicting entry goes, with all that follow it', [1, 1, 2, 2], 1, [1, 3], 2],
    ['entries that are there already stay', [1, 1, 2, 2], 1, [1], 4],
    ['an empty message removes nothing', [1, 1, 2, 2], 1, [], 4],
    ['new entries conflict with nothing', [1, 1], 2, [2, 2], 2],
  ])('figure 2: %s', (_, terms, prevIndex, entries, expected) => {
    expect(keptTo(logOf(terms), prevIndex, entriesOf(entries))).toBe(expected);
  });

  test('a follower is probed until the logs are known to agree', () => {
    const progress = new Progress('n2', 5, 0);
    progress.sent(7);
    expect(progress).toMatchObject({ nextIndex: 5, inflight: 1 });
    expect(progress.mayCarry(4)).toBe(false);
    progress.landed(0);
    progress.accepted(7);
    progress.sent(9);
    progress.sent(11);
    expect(progress).toMatchObject({ matchIndex: 7, nextIndex: 12, inflight: 2, probing: false });
    expect(progress.mayCarry(2)).toBe(false);
  });

  test('a lost message is sent again, and its late answer frees no place twice', () => {
    const progress = new Progress('n2', 5, 0);
    progress.accepted(4);
    const { flight } = progress;
    progress.sent(6);
    progress.sent(8);
    progress.lost(flight, 4);
    expect(progress).toMatchObject({ nextIndex: 5, inflight: 0, probing: true });
    progress.sent(6);
    progress.landed(flight);
    expect(progress.inflight).toBe(1);
  });

  test('a probe that was lost is made up for as soon as a heartbeat shows that the logs agree', () => {
    const progress = new Progress('n2', 5, 0);
    progress.sent(6);
    expect(progress.mayCarry(1)).toBe(false);
    progress.accepted(4);
    expect(progress).toMatchObject({ nextIndex: 5, matchIndex: 4 });
    expect(progress.mayCarry(1)).toBe(true);
  });

  test('a refusal that was overtaken by an acceptance is ignored', () => {
    const progress = new Progress('n2', 5, 0);
    progress.accepted(9);
    progress.rejected(6, 2);
    expect(progress).toMatchObject({ nextIndex: 10, probing: false });
  });
});

describe('commitment', () => {
  const log = logOf([1, 2, 2, 4]);
  test.each([
    ['§5.4.2 an entry of the current term is committed once a majority stores it', 1, 4, 4, 4],
    ['§5.4.2 an entry of an older term is not, however many store it (figure 8)', 1, 3, 4, 1],
    ['§5.4.2 entries before a committed one are committed with it', 0, 4, 4, 4],
    ['figure 2: the commit index never goes back', 4, 2, 4, 4],
  ])('%s', (_, commitIndex, replicated, term, expected) => {
    expect(committedIndex(commitIndex, replicated, log, term)).toBe(expected);
  });

  test('figure 2: a follower commits no further than its last new entry', () => {
    expect(followerCommit(9, 5, 7)).toBe(5);
    expect(followerCommit(3, 5, 7)).toBe(3);
  });

  test('a configuration decides by majority', () => {
    const configuration = { voters: ['n1', 'n2', 'n3', 'n4', 'n5'] };
    const stored: Record<string, number> = { n1: 9, n2: 7, n3: 4, n4: 4, n5: 0 };
    expect(reachedByQuorum(configuration, (voter) => stored[voter]!)).toBe(4);
    expect(isQuorum(configuration, (voter) => stored[voter]! >= 4)).toBe(true);
    expect(isQuorum(configuration, (voter) => stored[voter]! >= 7)).toBe(false);
  });
});

describe('reads', () => {
  test('thesis §6.4 a leader that has not committed an entry of its term does not know what a read must see', () => {
    expect(readIndex(7, 2, 3)).toBe(null);
    expect(readIndex(7, 3, 3)).toBe(7);
  });

  test('thesis §6.4 a read waits for a round of heartbeats that began after it', () => {
    const reads = new ReadQueue<string>();
    reads.add('first');
    expect(reads.startRound(null)).toBe(false);
    expect(reads.startRound(5)).toBe(true);
    reads.add('second');
    expect(reads.startRound(6)).toBe(false);
    expect(reads.takeConfirmed(leadershipConfirmed(0, reads.round), 9)).toEqual([]);
    expect(reads.takeConfirmed(leadershipConfirmed(1, reads.round), 9)).toEqual(['first']);
    expect(reads.startRound(6)).toBe(true);
    expect(reads.takeConfirmed(leadershipConfirmed(1, reads.round), 9)).toEqual([]);
    expect(reads.takeConfirmed(leadershipConfirmed(2, reads.round), 9)).toEqual(['second']);
  });

  test('thesis §6.4 a read waits until the state machine has got as far as the read index', () => {
    const reads = new ReadQueue<string>();
    reads.add('read');
    reads.startRound(5);
    expect(reads.takeConfirmed(true, 4)).toEqual([]);
    expect(reads.takeConfirmed(true, 5)).toEqual(['read']);
    expect(reads.takeAll()).toEqual([]);
  });
});
