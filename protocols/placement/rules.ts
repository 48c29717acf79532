/**
 * The decisions on which placement hangs, as a value. `soundRules` are the only ones that ship; a test may put one of
 * them in question by passing another.
 */
import { tenureOf } from './record.ts';
import type { Place } from './view.ts';

export interface PlacementRules {
  /** Where keys belong; null for what the protocol has chosen. */
  readonly place: Place | null;
  /** From whom a server must get a key that has become its own. */
  readonly tenure: typeof tenureOf;
}

export const soundRules: PlacementRules = { place: null, tenure: tenureOf };
