/**
 * Hybrid logical clocks: a stamp near physical time that keeps Lamport's condition. Kulkarni, Demirbas, Madappa, Avva &
 * Leone, *Logical Physical Clocks and Consistent Snapshots in Globally Distributed Databases*, OPODIS 2014, figure 5.
 *
 * Beyond the paper's figure, as its §6 asks of an implementation: a message from too far ahead is not believed, and a
 * restart goes on above everything that may have been used before, even if the wall clock went back meanwhile.
 */
import type { LogicalClock, Reading } from './logical-clock.ts';

export type HybridStamp = {
  /** l: the largest physical time heard of, in whole microseconds since 1970. */
  readonly physicalUs: number;
  /** c: counts the events for which l stays the same. */
  readonly logical: number;
};

export interface HybridOptions {
  /** Milliseconds that a message may be ahead of the wall clock of its receiver. */
  readonly aheadMax: number;
  /** Milliseconds of stamps for which one write to the disk serves. */
  readonly reserve: number;
}

/** While l stays ahead of the wall clock, a write reserves so many values of c rather than any time. */
const reservedLogical = 1000;

export function hybridClock({ aheadMax, reserve }: HybridOptions): LogicalClock<HybridStamp> {
  return {
    name: 'hybrid',
    initial: { physicalUs: 0, logical: 0 },
    next: nextHybrid,
    received: receivedHybrid,
    isLess: isLessHybrid,
    accepts: (sent, now) => sent.physicalUs - now.physicalUs <= aheadMax * 1000,
    // Time is reserved only from the wall clock on: otherwise each of many restarts would take the clock further ahead.
    bound: ({ physicalUs, logical }, now) =>
      physicalUs > now.physicalUs
        ? { physicalUs, logical: logical + reservedLogical }
        : { physicalUs: physicalUs + Math.round(reserve * 1000), logical: 0 },
    isCovered: (stamp, bound) => !isLessHybrid(bound, stamp),
    resumed: (bound) => bound ?? { physicalUs: 0, logical: 0 },
  };
}

/** Figure 5, send or local event. */
export function nextHybrid(last: HybridStamp, now: Reading): HybridStamp {
  const physicalUs = Math.max(last.physicalUs, now.physicalUs);
  return { physicalUs, logical: physicalUs === last.physicalUs ? last.logical + 1 : 0 };
}

/** Figure 5, receive event of a message. */
export function receivedHybrid(last: HybridStamp, sent: HybridStamp, now: Reading): HybridStamp {
  const physicalUs = Math.max(last.physicalUs, sent.physicalUs, now.physicalUs);
  const isOwn = physicalUs === last.physicalUs;
  const isTheirs = physicalUs === sent.physicalUs;
  if (isOwn && isTheirs) return { physicalUs, logical: Math.max(last.logical, sent.logical) + 1 };
  if (isOwn) return { physicalUs, logical: last.logical + 1 };
  if (isTheirs) return { physicalUs, logical: sent.logical + 1 };
  return { physicalUs, logical: 0 };
}

export function isLessHybrid(left: HybridStamp, right: HybridStamp): boolean {
  return (
    left.physicalUs < right.physicalUs ||
    (left.physicalUs === right.physicalUs && left.logical < right.logical)
  );
}
