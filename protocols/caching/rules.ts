/**
 * The decisions on which caching hangs, as a value. `soundRules` are the only ones that ship; a test may put one of them
 * in question by passing another.
 */
import type { Clock } from '../host.ts';
import { type Lease, mayFill, mayLoad } from './leases.ts';
import type { Written } from './messages.ts';

export interface CachingRules {
  /** What entries expire by: a clock that never jumps. */
  readonly now: (clock: Clock) => number;
  readonly mayLoad: typeof mayLoad;
  readonly mayFill: typeof mayFill;
  /** From when on the age of an entry counts, which was read after its lease was granted and is filled now. */
  readonly bornMs: (lease: Lease, nowMs: number) => number;
  /**
   * Whether a cache that has written tells the others. Also if the write was done when it was asked for before: whoever
   * asked then may never have heard of it, and have told nobody.
   */
  readonly mustTell: (written: Written) => boolean;
  /** The oldest version that a client takes from a cache, when it has seen this one before. */
  readonly atLeast: (seen: number) => number;
}

export const soundRules: CachingRules = {
  now: (clock) => clock.elapsed(),
  mayLoad,
  mayFill,
  bornMs: ({ grantedMs }) => grantedMs,
  mustTell: ({ isDone }) => isDone,
  atLeast: (seen) => seen,
};
