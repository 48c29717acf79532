/** What was seen, as version vectors with exceptions: sets of writes, each named by its writer and a count from 1. */
import type { Context } from './resolution.ts';

/** The writes of one writer: all up to the first number, and single ones beyond. */
type Seen = Context[string];

export const nothingSeen: Context = {};

export function hasSeen(context: Context, writer: string, count: number): boolean {
  const seen = Object.hasOwn(context, writer) ? context[writer] : undefined;
  if (seen === undefined) return false;
  const [upTo, ...beyond] = seen;
  return count <= upTo || beyond.includes(count);
}

/** Everything that either has seen; writers in the order of their names, so that equal sets have equal texts. */
export function joined(left: Context, right: Context): Context {
  const writers = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  return Object.fromEntries(writers.map((writer) => [writer, union(left[writer], right[writer])]));
}

export function withSeen(context: Context, writer: string, count: number): Context {
  return joined(context, { [writer]: count === 1 ? [1] : [0, count] });
}

function union(left: Seen = [0], right: Seen = [0]): Seen {
  const [leftUpTo, ...leftBeyond] = left;
  const [rightUpTo, ...rightBeyond] = right;
  let upTo = Math.max(leftUpTo, rightUpTo);
  const beyond = [...new Set([...leftBeyond, ...rightBeyond])]
    .filter((count) => count > upTo)
    .sort((one, other) => one - other);
  // What has no gap in front of it any more needs no mention.
  while (beyond[0] === upTo + 1) {
    upTo++;
    beyond.shift();
  }
  return [upTo, ...beyond];
}
