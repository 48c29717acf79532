/** What was seen: sets of writes, each named by its writer and a count from 1. */
import type { Context } from './resolution.ts';

export const nothingSeen: Context = {};

export function hasSeen(context: Context, writer: string, count: number): boolean {
  const runs = Object.hasOwn(context, writer) ? context[writer]! : [];
  for (let at = 0; at < runs.length; at += 2) if (runs[at]! <= count && count <= runs[at + 1]!) return true;
  return false;
}

/** Everything that either has seen; writers in the order of their names, so that equal sets have equal texts. */
export function joined(left: Context, right: Context): Context {
  const writers = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  return Object.fromEntries(
    writers.map((writer) => [writer, union(left[writer] ?? [], right[writer] ?? [])]),
  );
}

export function withSeen(context: Context, writer: string, count: number): Context {
  return joined(context, { [writer]: [count, count] });
}

/** Runs that touch become one: there are as many as there are gaps, however much was seen. */
function union(left: readonly number[], right: readonly number[]): readonly number[] {
  const runs: [first: number, last: number][] = [];
  for (const all of [left, right]) {
    for (let at = 0; at < all.length; at += 2) runs.push([all[at]!, all[at + 1]!]);
  }
  runs.sort(([one], [other]) => one - other);
  const merged: number[] = [];
  for (const [first, last] of runs) {
    if (merged.length > 0 && first <= merged.at(-1)! + 1)
      merged[merged.length - 1] = Math.max(merged.at(-1)!, last);
    else merged.push(first, last);
  }
  return merged;
}
