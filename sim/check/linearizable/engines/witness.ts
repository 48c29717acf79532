/**
 * Refused cas, put into a linearization of everything else. They change nothing, so that without them a history that
 * cannot be ordered still cannot; and they only need a moment at which another value was stored.
 */

import type { Blocks } from './blocks.ts';
import { type Cells, Deed } from './cells.ts';
import type { Chains } from './chains.ts';
import { ascending, firstAtLeast } from './order.ts';

/** A refused cas without a place in an order. */
export interface Misfit {
  readonly operation: number;
  /** What wrote the value that was stored wherever it could have come, -1 for the initial value. */
  readonly writer: number;
  /** Where the block of that stands in the order. */
  readonly place: number;
}

/**
 * The refused cas that find no place in the given order of blocks. In another order they may.
 *
 * With k operations before it, a refused cas must not return before one of them was called, nor be called after one
 * of the others returned. The greatest call so far and the smallest return from there on both grow with k, so the
 * places form a range. Each cas, by call, takes the first place in its range that suits its value and is not before the
 * place of a refused cas that precedes it. No place taken is later than it must be, so none is missed in this order.
 */
export function misfitsOf(cells: Cells, chains: Chains, blocks: Blocks, order: Int32Array): Misfit[] {
  const { count, deed, from, to, call, returned, initial } = cells;
  const refused: number[] = [];
  for (let operation = 0; operation < count; operation++) {
    if (deed[operation] === Deed.refused) refused.push(operation);
  }
  if (refused.length === 0) return [];
  const { sequence, placeOf } = sequenceOf(cells, chains, blocks, order);
  const length = sequence.length;
  const greatestCall = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
  const smallestReturn = new Float64Array(length + 1).fill(Number.POSITIVE_INFINITY);
  const stored = new Int32Array(length + 1).fill(initial);
  // How many operations there were up to the last write.
  const writtenAt = new Int32Array(length + 1);
  const changes = new Int32Array(length + 1).fill(length + 1);
  for (let k = 0; k < length; k++) {
    const operation = sequence[k];
    greatestCall[k + 1] = Math.max(greatestCall[k], call[operation]);
    stored[k + 1] = to[operation] === -1 ? stored[k] : to[operation];
    writtenAt[k + 1] = to[operation] === -1 ? writtenAt[k] : k + 1;
  }
  for (let k = length - 1; k >= 0; k--) {
    smallestReturn[k] = Math.min(smallestReturn[k + 1], returned[sequence[k]]);
    changes[k] = stored[k] === stored[k + 1] ? changes[k + 1] : k + 1;
  }
  const byCall = ascending(Float64Array.from(refused, (operation) => call[operation]));
  const byReturn = ascending(Float64Array.from(refused, (operation) => returned[operation]));
  const place = new Int32Array(refused.length);
  const misfits: Misfit[] = [];
  let returnedBefore = 0;
  let floor = 0;
  for (const at of byCall) {
    const operation = refused[at];
    while (returned[refused[byReturn[returnedBefore]]] < call[operation]) {
      floor = Math.max(floor, place[byReturn[returnedBefore++]]);
    }
    const lowest = Math.max(floor, firstAtLeast(smallestReturn, call[operation]));
    const next = stored[lowest] === from[operation] ? changes[lowest] : lowest;
    if (next <= length && greatestCall[next] <= returned[operation]) {
      place[at] = next;
      continue;
    }
    const written = writtenAt[lowest] - 1;
    misfits.push({
      operation,
      writer: written === -1 ? -1 : sequence[written],
      place: written === -1 ? -1 : placeOf[written],
    });
  }
  return misfits;
}

/** All operations but the refused ones, block by block. */
function sequenceOf(
  cells: Cells,
  chains: Chains,
  blocks: Blocks,
  order: Int32Array,
): { readonly sequence: Int32Array; readonly placeOf: Int32Array } {
  const { count, deed, from, to, call } = cells;
  const { isObserved, replacement, happened } = chains;
  // The reads of each value in order of call, as a list from the first to the next.
  const head = new Int32Array(cells.values.count).fill(-1);
  const next = new Int32Array(count).fill(-1);
  const byCall = ascending(call.subarray(0, count));
  for (let at = count - 1; at >= 0; at--) {
    const operation = byCall[at];
    if (deed[operation] !== Deed.read) continue;
    next[operation] = head[from[operation]];
    head[from[operation]] = operation;
  }
  const sequence = new Int32Array(count);
  const placeOf = new Int32Array(count);
  let length = 0;
  for (let place = 0; place < order.length; place++) {
    const root = blocks.root[order[place]];
    const begin = length;
    if (root !== -1 && happened[root] === 1) sequence[length++] = root;
    let value = root === -1 ? cells.initial : to[root];
    while (isObserved[value] === 1) {
      for (let read = head[value]; read !== -1; read = next[read]) sequence[length++] = read;
      const cas = replacement[value];
      if (cas < 0) break;
      sequence[length++] = cas;
      value = to[cas];
    }
    placeOf.fill(place, begin, length);
  }
  return { sequence: sequence.subarray(0, length), placeOf: placeOf.subarray(0, length) };
}
