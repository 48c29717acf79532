/**
 * Where keys are placed: judgements of assignments from keys to owners (Karger et al., *Consistent Hashing and Random
 * Trees*, STOC 1997, §4: balance and monotonicity).
 */
import { show } from '../plain.ts';

export type Assignment = ReadonlyMap<string, string>;

/**
 * What is wrong with the balance, in words: an owner with more than `percentMax` percent of an equal share, rounded up
 * to whole keys. Keys of unknown owners are wrong, too. Nothing if all is well.
 */
export function imbalance(
  assignment: Assignment,
  owners: readonly string[],
  percentMax: number,
): string | undefined {
  const counts = new Map(owners.map((owner) => [owner, 0]));
  for (const [key, owner] of assignment) {
    const count = counts.get(owner);
    if (count === undefined)
      return `${show(key)} belongs to ${show(owner)}, which is none of ${owners.join(', ')}`;
    counts.set(owner, count + 1);
  }
  const most = Math.ceil((assignment.size * percentMax) / (100 * owners.length));
  for (const [owner, count] of counts) {
    if (count <= most) continue;
    return `${owner} has ${count} of ${assignment.size} keys, more than ${most}: ${percentMax}% of an equal share`;
  }
  return undefined;
}

/**
 * What is wrong with the change from one assignment to the next, in words: a key that moved although its owner stayed,
 * to an owner that was there before. Nothing if keys moved only to who joined, or away from who left.
 */
export function needlessMove(
  before: Assignment,
  after: Assignment,
  owners: { readonly before: readonly string[]; readonly after: readonly string[] },
): string | undefined {
  for (const [key, from] of before) {
    const to = after.get(key);
    if (to === undefined) return `${show(key)}, which ${from} had, has no owner any more`;
    if (to === from || !owners.after.includes(from) || !owners.before.includes(to)) continue;
    return `${show(key)} moved from ${from} to ${to}, although ${from} stayed and ${to} did not join`;
  }
  return undefined;
}
