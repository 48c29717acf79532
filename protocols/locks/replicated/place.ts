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

/** Who is promoted: of a majority, all of which have stopped, one that has most; null if too few have answered. */
export function promoted<S extends Place>(stopped: readonly (S & { readonly id: string })[], size: number) {
  if (stopped.length < majority(size)) return null;
  return stopped.reduce((best, one) => (isAhead(one, best) ? one : best)).id;
}
