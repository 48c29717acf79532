/**
 * The decisions of Raft on which its safety and its progress hang, as a value. `paperRules` is what the paper says and
 * the only choice that ships; a test may put one of them in question by passing another (`raftWith({ … })`).
 */
import type { Cell } from '../cell.ts';
import type { Journal } from '../journal.ts';
import { clusterTime } from './cluster-time.ts';
import { committedIndex, followerCommit } from './commit.ts';
import { type Configuration, isQuorum, mayChange } from './configuration.ts';
import { decideVote, type Vote } from './election.ts';
import type { RaftOptions } from './options.ts';
import { leadershipConfirmed, readIndex } from './reads.ts';
import { keptTo } from './replication.ts';
import { freshness } from './sessions.ts';

export interface Rules {
  /** Whether a candidate asks if it could win before it starts a term (thesis §9.6). */
  readonly asksFirst: (options: RaftOptions) => boolean;
  /** How a voter answers, and what it promises by that (§5.2, §5.4.1). */
  readonly decideVote: typeof decideVote;
  /** Resolves when term and vote are durable; no answer that depends on them leaves before (figure 2). */
  readonly persistVote: (cell: Cell, vote: Vote) => Promise<void>;
  /** Resolves when the log is durable; entries count as stored here from then on (figure 2). */
  readonly persistEntries: (journal: Journal) => Promise<void>;
  /** What a leader may commit (§5.4.2). */
  readonly committedIndex: typeof committedIndex;
  /** What a follower may believe committed (figure 2). */
  readonly followerCommit: typeof followerCommit;
  /** How much of a follower's log survives new entries (figure 2). */
  readonly keptTo: typeof keptTo;
  /** Whether the answer to a request of `askTerm` tells the leader of `term` anything. */
  readonly countsAnswer: (askTerm: number, term: number) => boolean;
  /** Whether a leader that hears only from these stays one (thesis §6.2). */
  readonly staysLeader: typeof isQuorum;
  /** Whether a leader may change the configuration now (thesis §4.1, and the correction of 2015). */
  readonly mayChange: typeof mayChange;
  /** What a read must see (thesis §6.4). */
  readonly readIndex: typeof readIndex;
  /** Whether a read may rely on this server's leadership (thesis §6.4). */
  readonly leadershipConfirmed: typeof leadershipConfirmed;
  /** What a command is to its session (thesis §6.3). */
  readonly freshness: typeof freshness;
  /** The time that a leader puts into the log (thesis §6.3). */
  readonly clusterTime: typeof clusterTime;
}

export const paperRules: Rules = {
  asksFirst: ({ preVote }) => preVote,
  decideVote,
  persistVote: (cell, vote) => cell.write(encodeVote(vote)),
  persistEntries: (journal) => journal.sync(),
  committedIndex,
  followerCommit,
  keptTo,
  countsAnswer: (askTerm, term) => askTerm === term,
  staysLeader: (configuration: Configuration, heardFrom) => isQuorum(configuration, heardFrom),
  mayChange,
  readIndex,
  leadershipConfirmed,
  freshness,
  clusterTime,
};

/** Term and vote as the bytes that a cell holds. */
export function encodeVote(vote: Vote): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([vote.term, vote.votedFor]));
}

export function decodeVote(bytes: Uint8Array | null): Vote {
  if (bytes === null) return { term: 0, votedFor: null };
  const [term, votedFor] = JSON.parse(new TextDecoder().decode(bytes)) as [number, string | null];
  return { term, votedFor };
}
