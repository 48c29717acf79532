/**
 * Vector clocks: how many events of each host an event knows of. a happened before b exactly if the stamp of a is less.
 * Mattern, *Virtual Time and Global States of Distributed Systems*, 1989, §4-5; Fidge, *Timestamps in Message-Passing
 * Systems That Preserve the Partial Ordering*, 1988.
 */
import type { HostId } from '../host.ts';
import type { LogicalClock } from './logical-clock.ts';

/** A host that is missing has the component 0. */
export type VectorStamp = Readonly<Record<HostId, number>>;

/**
 * Every stamp is made durable before it is used: what a host has heard of others cannot be reserved in advance, and a
 * clock that forgot it would call its own later events concurrent with what they know.
 */
export const vectorClock: LogicalClock<VectorStamp> = {
  name: 'vector',
  initial: {},
  next: (last, { host }) => ({ ...last, [host]: (last[host] ?? 0) + 1 }),
  received: (last, sent, { host }) => ({ ...supremum(last, sent), [host]: (last[host] ?? 0) + 1 }),
  isLess: (left, right) => isAtMost(left, right) && !isAtMost(right, left),
  accepts: () => true,
  bound: (stamp) => stamp,
  isCovered: isAtMost,
  resumed: (bound) => bound ?? {},
};

/** Neither is less than the other, and they differ: neither event can have influenced the other. */
export function areConcurrent(left: VectorStamp, right: VectorStamp): boolean {
  return !isAtMost(left, right) && !isAtMost(right, left);
}

/** The least vector that is not below either in any component. */
export function supremum(left: VectorStamp, right: VectorStamp): VectorStamp {
  const whole: Record<HostId, number> = { ...left };
  for (const host of Object.keys(right)) whole[host] = Math.max(whole[host] ?? 0, right[host]!);
  return whole;
}

function isAtMost(left: VectorStamp, right: VectorStamp): boolean {
  return Object.keys(left).every((host) => (left[host] as number) <= (right[host] ?? 0));
}
