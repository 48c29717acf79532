/** One version wins, by its stamp: the last write, or the first. */
import type { Value } from '../../protocol.ts';
import {
  compareStamps,
  type Found,
  type Resolution,
  type Stamp,
  type StampedState,
  type State,
} from './resolution.ts';

const stampedBy = (
  wins: (left: Stamp, right: Stamp) => boolean,
  isTombstone: (state: StampedState) => boolean,
): Resolution => ({
  needsTime: true,
  // Property by property: equal states have equal texts.
  written: ({ time, writer, count }, value) => ({ stamp: { time, writer, count }, value }),
  merge: (left, right) => (wins(stampOf(right), stampOf(left)) ? right : left),
  found(state): Found {
    const { value } = state as StampedState;
    return { values: value === null ? none : [value], context: {} };
  },
  isTombstone: (state) => isTombstone(state as StampedState),
  timeOf: (state) => stampOf(state).time,
});

const stampOf = (state: State): Stamp => (state as StampedState).stamp;
const none: readonly Value[] = [];

/**
 * The write with the largest stamp wins (Thomas, *A Majority Consensus Approach to Concurrency Control*, TODS 1979, §4:
 * Thomas's write rule). With wall-clock time it is what Cassandra does: a write through a clock that is behind is lost
 * although it was acknowledged later.
 */
export const lastWriteWins: Resolution = stampedBy(
  (left, right) => compareStamps(left, right) > 0,
  ({ value }) => value === null,
);

/**
 * The write with the smallest stamp wins: later ones, deletions too, are acknowledged and have no effect. A deletion that
 * came first is remembered for ever: a replica that still had it would win over what was written once others had not.
 */
export const firstWriteWins: Resolution = stampedBy(
  (left, right) => compareStamps(left, right) < 0,
  () => false,
);
