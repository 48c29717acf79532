/** Who takes part in decisions. A value: decisions are given one, so that a later one may replace it. */
import type { HostId } from '../host.ts';
import { majority, reachedByMajority } from '../quorum.ts';

export interface Configuration {
  readonly voters: readonly HostId[];
}

/** Whether the voters of whom `holds` is true form a quorum. */
export function isQuorum(configuration: Configuration, holds: (voter: HostId) => boolean): boolean {
  let count = 0;
  for (const voter of configuration.voters) if (holds(voter)) count++;
  return count >= majority(configuration.voters.length);
}

/** The largest value that a quorum has reached. */
export function reachedByQuorum(configuration: Configuration, reached: (voter: HostId) => number): number {
  return reachedByMajority(configuration.voters.map(reached));
}
