/** How far a copy has come, and who decides by that. */
import { majority } from '../../quorum.ts';

/** The changes of one epoch have one order, for it has one primary. */
export type Place = {
  readonly epoch: number;
  /** Counts changes. */
  readonly offset: number;
};

/** Whether the one has everything that the other has, and more. */
export const isAhead = (one: Place, other: Place): boolean =>
  one.epoch > other.epoch || (one.epoch === other.epoch && one.offset > other.offset);

/**
 * Whether a primary may answer for a change that is durable on so many of all nodes, itself included: on a majority, so
 * that whoever chooses among a majority finds it (Oki and Liskov, *Viewstamped Replication*, PODC 1988).
 */
export const isAcknowledged = (copies: number, size: number): boolean => copies >= majority(size);

/** A node that has stopped, and the last epoch that it was to lead; 0 if none is known. */
export interface Candidate extends Place {
  readonly id: string;
  readonly tried: number;
}

/**
 * Who is promoted: of a majority, all of which have stopped, one that has everything which any majority of them has; null
 * if too few have answered. Of several such, the one that was not tried for longest, for who was tried last may be cut off
 * from the others, or unable to write, and so be tried for ever; then one that has most.
 */
export function promoted(stopped: readonly Candidate[], size: number): string | null {
  const needed = majority(size);
  const isSafe = (one: Place) => stopped.filter((other) => !isAhead(other, one)).length >= needed;
  const isBetter = (one: Candidate, other: Candidate) =>
    one.tried < other.tried || (one.tried === other.tried && isAhead(one, other));
  const [first, ...others] = stopped.filter(isSafe);
  return first === undefined
    ? null
    : others.reduce((best, one) => (isBetter(one, best) ? one : best), first).id;
}

/**
 * Whether a primary leaves its office: for too long no majority has followed it, or has had what it changed. Who stays in
 * an office in which it can do nothing keeps others from it (Redis stops writing then, `min-replicas-to-write` and
 * `min-replicas-max-lag`; a leader of Raft steps down, Ongaro's thesis §6.2).
 */
export const mustResign = (nowMs: number, sureMs: number, downAfterMs: number): boolean =>
  nowMs - sureMs >= downAfterMs;
