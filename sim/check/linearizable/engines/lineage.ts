/** What belongs to a few contradicting operations, so that they can be judged without the rest. */
import type { Cells } from './cells.ts';

const suspectsMax = 6;

/**
 * Positions in the part, ascending, of the given operations; of what shows that an unknown one among them happened;
 * and, while there is room, of the writers of the values that they found. Where there is no room a value seems to come
 * from nowhere, which is illegal too.
 */
export function withLineage(cells: Cells, happened: Uint8Array, operations: readonly number[]): number[] {
  const { count, from, to, returned } = cells;
  const chosen = new Set(operations);
  // By value: a certain operation that found it, or else an unknown one that did.
  const finder = new Map<number, number>();
  const writer = new Map<number, number>();
  for (let operation = 0; operation < count; operation++) {
    if (to[operation] !== -1) writer.set(to[operation], operation);
    if (from[operation] === -1 || happened[operation] === 0) continue;
    const known = finder.get(from[operation]);
    if (known === undefined || returned[operation] < returned[known]) finder.set(from[operation], operation);
  }
  for (const operation of chosen) {
    if (Number.isFinite(returned[operation])) continue;
    const witness = finder.get(to[operation]);
    if (witness !== undefined) chosen.add(witness);
  }
  // A set is walked in the order in which it grows.
  for (const operation of chosen) {
    const source = from[operation] === -1 ? undefined : writer.get(from[operation]);
    if (source !== undefined && (chosen.size < suspectsMax || chosen.has(source))) chosen.add(source);
  }
  return [...chosen].map((operation) => cells.at[operation]).sort((a, b) => a - b);
}
