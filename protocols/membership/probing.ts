/** Whom a member probes, and in which order (§4.3). */
import type { HostId } from '../host.ts';

/** A draw from 0 up to a limit, without it. */
export type Below = (limit: number) => number;

/** So many of them at most, drawn without putting back. */
export function drawn(from: readonly HostId[], count: number, below: Below): HostId[] {
  const left = [...from];
  const chosen: HostId[] = [];
  while (left.length > 0 && chosen.length < count) {
    const [one] = left.splice(below(left.length), 1);
    chosen.push(one as HostId);
  }
  return chosen;
}

/**
 * The next round of probes, one a period: everybody once, in an order drawn anew. So no member waits for longer than
 * 2n - 1 periods of a group of n, the last one of a round that is the first one to be probed in the next included.
 */
export const probingRound = (members: readonly HostId[], below: Below): readonly HostId[] =>
  drawn(members, members.length, below);
