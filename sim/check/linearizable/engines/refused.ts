/** Refused cas that no order has a place for, because the value that they were refused was stored all the time. */
import { type Cells, Deed } from './cells.ts';
import type { Misfit } from './witness.ts';

/** A refused cas, and operations that found or wrote its value before it was called and after it returned. */
export interface Refusal {
  readonly operation: number;
  /** -1 if the value was there from the start. */
  readonly before: number;
  /** -1 if no other write can have come between. */
  readonly after: number;
}

/** Misfits that are looked at: each costs as much as all operations. */
const misfitsMax = 32;

/**
 * The first misfit whose value, written once, was certainly stored from its call to its return: something that found
 * or wrote it had returned before, and something that found it was called after; or every other write was called
 * after, or returned before something that found it was called, so that it came earlier than the value.
 */
export function refusalOf(cells: Cells, misfits: readonly Misfit[]): Refusal | undefined {
  for (const { operation } of misfits.slice(0, misfitsMax)) {
    const refusal = judged(cells, operation);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function judged(
  { count, deed, from, to, call, returned, initial }: Cells,
  refused: number,
): Refusal | undefined {
  const value = from[refused];
  let writers = value === initial ? 1 : 0;
  let [firstReturned, lastCalled] = [-1, -1];
  for (let operation = 0; operation < count; operation++) {
    const isWriter = to[operation] === value;
    if (isWriter) writers++;
    else if (from[operation] !== value || deed[operation] === Deed.refused) continue;
    // A cas of unknown fate may never have found its value.
    if (!isWriter && !Number.isFinite(returned[operation])) continue;
    if (firstReturned === -1 || returned[operation] < returned[firstReturned]) firstReturned = operation;
    if (lastCalled === -1 || call[operation] > call[lastCalled]) lastCalled = operation;
  }
  if (writers !== 1) return undefined;
  const wasThere = firstReturned !== -1 && returned[firstReturned] < call[refused];
  if (!wasThere && value !== initial) return undefined;
  const before = wasThere ? firstReturned : -1;
  if (lastCalled !== -1 && call[lastCalled] > returned[refused])
    return { operation: refused, before, after: lastCalled };
  for (let operation = 0; operation < count; operation++) {
    if (to[operation] === -1 || to[operation] === value || call[operation] > returned[refused]) continue;
    if (lastCalled === -1 || returned[operation] >= call[lastCalled]) return undefined;
  }
  return { operation: refused, before, after: -1 };
}
