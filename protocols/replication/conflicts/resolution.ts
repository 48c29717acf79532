/**
 * What becomes of versions of one key that different replicas hold, as a value. The states of a key are ordered such
 * that any two have a least one above both, their merge (Shapiro et al., *Conflict-free Replicated Data Types*, SSS
 * 2011): replicas that have merged the same versions in whatever order, and however often, have the same state.
 */
import type { HostId } from '../../host.ts';
import type { Value } from '../../protocol.ts';

/** Names one write for good. Later stamps of one key are larger: by time, then by writer, then by count. */
export interface Stamp {
  /** Microseconds of a wall clock, or a counter. */
  readonly time: number;
  /** A life of the node that gave it out, such as `n2.3`: no other life of any node has this name. */
  readonly writer: string;
  /** Counts from 1 the stamps that this life gave out for the key. */
  readonly count: number;
}

export const compareStamps = (left: Stamp, right: Stamp): number =>
  left.time - right.time ||
  (left.writer === right.writer ? 0 : left.writer < right.writer ? -1 : 1) ||
  left.count - right.count;

/**
 * The writes that somebody has seen, by writer: the first and the last of each run without a gap, in ascending order
 * (Malkhi & Terry, *Concise Version Vectors in WinFS*, DISC 2005: version vectors with exceptions). Mostly it is one run;
 * a stamp that was given out and never used leaves a gap for ever.
 */
export type Context = { readonly [writer: string]: readonly number[] };

/** What a replica stores of one key: plain data, written in one way only. */
export type State = StampedState | SiblingsState;

/** One version; the value null is a tombstone. */
export interface StampedState {
  readonly stamp: Stamp;
  readonly value: Value;
}

/** The versions that no other one has overwritten, and all that was ever seen; no sibling is a tombstone. */
export interface SiblingsState {
  readonly siblings: readonly Sibling[];
  readonly context: Context;
}

/** A value and the write that it comes from. */
export interface Sibling {
  readonly writer: string;
  readonly count: number;
  readonly value: Value;
}

/** What a reader is told of a key. */
export interface Found {
  /** None if there is no value; several if they are siblings. */
  readonly values: readonly Value[];
  /** What a write that follows from this read has seen, and overwrites. */
  readonly context: Context;
}

export interface Resolution {
  /** Whether stamps order the versions; if not, what each had seen does. */
  readonly needsTime: boolean;
  /** A state that holds one write only; the value null deletes. */
  written(stamp: Stamp, value: Value, context: Context): State;
  merge(left: State, right: State): State;
  found(state: State): Found;
  /** Whether nothing is left but the memory of what was deleted, which may be forgotten once everybody has it. */
  isTombstone(state: State): boolean;
  /** The time of the newest write in it; 0 if there are no times. */
  timeOf(state: State): number;
}

export const isSameState = (left: State, right: State): boolean =>
  left === right || JSON.stringify(left) === JSON.stringify(right);

/** The name of a life of a node. */
export const writerOf = (node: HostId, boot: number): string => `${node}.${boot}`;
