/**
 * The state after an entry, in place of all entries up to it (Liskov & Cowling, *Viewstamped Replication Revisited*, 2012,
 * §5.1 and §5.2: checkpoints; Ongaro, *Consensus: Bridging Theory and Practice*, 2014, §5). A log reaches back to the snapshot
 * before the last one: whoever is a little behind is sent entries, and whoever is further behind the last snapshot.
 */
import type { KvState } from '../../raft/kv-machine.ts';
import type { RaftLog } from '../../raft/log.ts';
import type { Entry } from '../../raft/messages.ts';

/** A place in a log, and what identifies everything up to it. */
export interface Base {
  readonly index: number;
  /** The epoch of the entry there. */
  readonly epoch: number;
  /** Hash of the entries up to there. */
  readonly hash: number;
}

export interface Snapshot extends Base {
  readonly state: KvState;
}

export const noBase: Base = { index: 0, epoch: 0, hash: 0 };
export const noSnapshot: Snapshot = { ...noBase, state: { values: [], sessions: [] } };

export const baseAt = (log: RaftLog, index: number): Base => ({
  index,
  epoch: log.termAt(index),
  hash: log.prefixHashAt(index),
});

/** Whether a server that has applied so much takes the next snapshot. */
export const isSnapshotDue = (lastApplied: number, lastSnapshot: number, snapshotEntries: number): boolean =>
  lastApplied - lastSnapshot >= snapshotEntries;

/** A secondary's log, and up to where it surely is its primary's. */
export interface Known {
  readonly log: RaftLog;
  /** Up to here the log is that of the primary of this epoch; -1 if nothing was compared yet. */
  readonly agreedTo: number;
}

/** Entries, and the place before them. */
export interface Stretch {
  readonly prevIndex: number;
  readonly prevEpoch: number;
  readonly entries: readonly Entry[];
}

/**
 * The part of what a primary sent that lies behind the beginning of the secondary's log; null if it cannot be compared with
 * what the secondary has only as a state, and was not before.
 */
export function comparable({ log, agreedTo }: Known, sent: Stretch): Stretch | null {
  const before = log.firstIndex - 1;
  if (sent.prevIndex >= before) return sent;
  const skipped = before - sent.prevIndex;
  const prevEpoch = log.termAt(before);
  // An entry of the same place and epoch is the same, and so is all before it.
  const isSame = sent.entries[skipped - 1]?.term === prevEpoch;
  if (!isSame && agreedTo < sent.prevIndex + Math.min(skipped, sent.entries.length)) return null;
  return { prevIndex: before, prevEpoch, entries: sent.entries.slice(skipped) };
}

/** Whether a secondary has everything that a snapshot of its primary stands for, so that it can go on with its log. */
export function hasAll({ log, agreedTo }: Known, { index, epoch }: Base): boolean {
  if (index <= agreedTo) return true;
  return index >= log.firstIndex - 1 && index <= log.lastIndex && log.termAt(index) === epoch;
}
