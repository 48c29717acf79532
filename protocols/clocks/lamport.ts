/**
 * Lamport's logical clock: a counter. If a happened before b, the stamp of a is less; the converse is not true.
 * Lamport, *Time, Clocks, and the Ordering of Events in a Distributed System*, CACM 21(7), 1978, pp. 559-560.
 */
import type { HostId } from '../host.ts';
import type { LogicalClock } from './logical-clock.ts';

/** `reserve`: for how many stamps one write to the disk serves; a restart skips at most as many. */
export function lamportClock({ reserve }: { readonly reserve: number }): LogicalClock<number> {
  return {
    name: 'lamport',
    initial: 0,
    next: (last) => last + 1,
    received: (last, sent) => Math.max(last, sent) + 1,
    isLess: (left, right) => left < right,
    accepts: () => true,
    bound: (stamp) => stamp + reserve,
    isCovered: (stamp, bound) => stamp <= bound,
    resumed: (bound) => bound ?? 0,
  };
}

/** A stamp, and who gave it. */
export interface LamportEvent {
  readonly stamp: number;
  readonly host: HostId;
}

/** The total order ⇒ of p. 561: by stamp, and by any fixed order of the processes where stamps are equal. */
export function precedes(left: LamportEvent, right: LamportEvent): boolean {
  return left.stamp < right.stamp || (left.stamp === right.stamp && left.host < right.host);
}
