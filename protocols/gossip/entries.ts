/**
 * Entries and what supersedes them, after Demers et al., *Epidemic Algorithms for Replicated Database Maintenance*, PODC
 * 1987, §1.1: a pair of value and timestamp, of which the larger timestamp wins. The timestamps are Lamport's here, so
 * that no wall clock decides anything.
 */
import type { Value } from '../protocol.ts';

/** Stamps are totally ordered, and no two writes have the same. */
export type Stamp = {
  /** Larger than every version that its writer had seen. */
  readonly version: number;
  readonly writer: string;
};

/** A value, or a tombstone (null): the *death certificate* of §2. */
export type Entry = Stamp & { readonly key: string; readonly value: Value };

/** For each writer a version: all that it wrote up to there was seen, or something newer of the same key. */
export type Seen = Readonly<Record<string, number>>;

/** Whether a stamp supersedes another one. */
export function supersedes(left: Stamp, right: Stamp | undefined): boolean {
  if (right === undefined || left.version !== right.version) return left.version > (right?.version ?? -1);
  return left.writer > right.writer;
}

export const hasSeen = (seen: Seen, { version, writer }: Stamp): boolean => (seen[writer] ?? 0) >= version;

/** As people read it: `3 of n2`. */
export const stampText = ({ version, writer }: Stamp): string => `${version} of ${writer}`;

/** Whether everything that was seen there was seen here too. */
export function covers(here: Seen, there: Seen): boolean {
  return Object.keys(there).every((writer) => (here[writer] ?? 0) >= there[writer]!);
}

/** What was seen here or there; the very object of which that is all. */
export function union(here: Seen, there: Seen): Seen {
  if (covers(here, there)) return here;
  if (covers(there, here)) return there;
  const both: Record<string, number> = { ...here };
  for (const writer of Object.keys(there)) both[writer] = Math.max(there[writer]!, both[writer] ?? 0);
  return both;
}
