/**
 * The chains of a register as blocks of time. A block is all that a linearization holds together: `first` is the
 * smallest return in it, `last` the greatest call. Block i goes before block j if some operation of i precedes one of j,
 * which is to say first(i) < last(j).
 *
 * Two blocks that must each go before the other contradict each other, and no longer ring need be looked for: of a ring
 * take the block with the smallest `first`; it comes before whatever precedes its predecessor, so it and its
 * predecessor contradict each other already (Gibbons & Korach, Testing Shared Memories, SIAM J. Comput. 1997, §4, call
 * blocks with first < last forward zones and the others backward zones).
 */
import { type Cells, Deed } from './cells.ts';
import { type Chains, nobody } from './chains.ts';
import { ascending, firstAtLeast } from './order.ts';

export interface Blocks {
  readonly count: number;
  /** By block: the write it begins with, -1 for the block of the initial value. */
  readonly root: Int32Array;
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** By block: the operations that return first and are called last, -1 for the initial value itself. */
  readonly firstOperation: Int32Array;
  readonly lastOperation: Int32Array;
}

/** An operation that returned before one was called that it must come after. */
export interface Reversal {
  readonly kind: 'reversal';
  readonly later: number;
  readonly earlier: number;
}

/** Walks every chain from its root; the operations of each level come after all of the levels before. */
export function blocksOf(cells: Cells, chains: Chains): Blocks | Reversal {
  const { count, deed, from, to, call, returned } = cells;
  const { isObserved, replacement, happened } = chains;
  const valueCount = cells.values.count;
  // The read of each value that returned first, and the one that was called last.
  const firstRead = new Int32Array(valueCount).fill(nobody);
  const lastRead = new Int32Array(valueCount).fill(nobody);
  let roots = 1;
  for (let operation = 0; operation < count; operation++) {
    if (deed[operation] === Deed.write && happened[operation] === 1) roots++;
    if (deed[operation] !== Deed.read) continue;
    const value = from[operation];
    if (firstRead[value] === nobody || returned[operation] < returned[firstRead[value]])
      firstRead[value] = operation;
    if (lastRead[value] === nobody || call[operation] > call[lastRead[value]]) lastRead[value] = operation;
  }
  const blocks = {
    count: roots,
    root: new Int32Array(roots),
    first: new Float64Array(roots),
    last: new Float64Array(roots),
    firstOperation: new Int32Array(roots),
    lastOperation: new Int32Array(roots),
  };
  let block = 0;
  for (let root = -1; root < count; root++) {
    if (root >= 0 && (deed[root] !== Deed.write || happened[root] === 0)) continue;
    let firstOperation = root;
    let lastOperation = root;
    let first = root === -1 ? Number.NEGATIVE_INFINITY : returned[root];
    let last = root === -1 ? Number.NEGATIVE_INFINITY : call[root];
    let value = root === -1 ? cells.initial : to[root];
    while (isObserved[value] === 1) {
      const reader = firstRead[value];
      const cas = replacement[value];
      if (reader !== nobody) {
        if (returned[reader] < last) return { kind: 'reversal', later: reader, earlier: lastOperation };
        if (returned[reader] < first) {
          first = returned[reader];
          firstOperation = reader;
        }
        if (call[lastRead[value]] > last) {
          last = call[lastRead[value]];
          lastOperation = lastRead[value];
        }
      }
      if (cas === nobody) break;
      if (returned[cas] < last) return { kind: 'reversal', later: cas, earlier: lastOperation };
      if (returned[cas] < first) {
        first = returned[cas];
        firstOperation = cas;
      }
      if (call[cas] > last) {
        last = call[cas];
        lastOperation = cas;
      }
      value = to[cas];
    }
    blocks.root[block] = root;
    blocks.first[block] = first;
    blocks.last[block] = last;
    blocks.firstOperation[block] = firstOperation;
    blocks.lastOperation[block] = lastOperation;
    block++;
  }
  return blocks;
}

/** A forward block, and another one that must go both before and after it. */
export interface Crossing {
  readonly kind: 'crossing';
  readonly forward: number;
  readonly other: number;
}

/** An order of the blocks, or two that contradict each other. */
export function orderOf(blocks: Blocks): Int32Array | Crossing {
  const { count, first, last } = blocks;
  const forward: number[] = [];
  const backward: number[] = [];
  for (let block = 0; block < count; block++) {
    if (first[block] < last[block]) forward.push(block);
    // The initial value that nobody found is no block.
    else if (last[block] !== Number.NEGATIVE_INFINITY) backward.push(block);
  }
  const begins = Float64Array.from(forward, (block) => first[block]);
  const sorted = ascending(begins);
  begins.sort();
  for (let at = 1; at < sorted.length; at++) {
    const before = forward[sorted[at - 1]];
    const after = forward[sorted[at]];
    // Forward blocks that do not cross follow each other, so neighbours are enough.
    if (first[after] < last[before]) return { kind: 'crossing', forward: before, other: after };
  }
  for (const block of backward) {
    const around = firstAtLeast(begins, last[block]) - 1;
    const covering = around < 0 ? -1 : forward[sorted[around]];
    if (covering !== -1 && first[block] < last[covering]) {
      return { kind: 'crossing', forward: covering, other: block };
    }
  }
  // A forward block goes where its first return is, a backward one where its last call is. If first(i) < last(j), i comes
  // first: a backward i has its place at last(i) ≤ first(i), or it is no further than a forward j, as they do not cross;
  // a forward i has it at first(i), and a forward j that does not cross it has its place behind. Where places are equal
  // backward blocks come first, since none of them has to go behind a forward block that begins there.
  const placed = [...backward, ...forward];
  const places = new Float64Array(placed.length);
  for (let at = 0; at < backward.length; at++) places[at] = last[backward[at]];
  for (let at = 0; at < forward.length; at++) places[backward.length + at] = first[forward[at]];
  return ascending(places).map((at) => placed[at]);
}
