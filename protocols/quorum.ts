/** Majorities: any two of them share a member, which is what most of replication rests on. */

/** The smallest number of members that is more than half of `size`. */
export function majority(size: number): number {
  return (size >>> 1) + 1;
}

/**
 * The largest value that a majority has reached, when a member that stands at 5 has reached 4 as well.
 * 0 if there is nobody.
 */
export function reachedByMajority(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const descending = [...values].sort((left, right) => right - left);
  return descending[majority(values.length) - 1]!;
}
