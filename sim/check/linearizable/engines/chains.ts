/**
 * A register in which every observed value has one writer: who wrote what was read, and what replaced it.
 *
 * The operations fall into *chains*: a write, the reads of its value, the cas that expected it, the reads of what that
 * cas wrote, and so on. Since no value comes back, each linearization holds the operations of a chain together, in this
 * order: between two of them no other write can have happened. The first chain starts with the initial value.
 */
import { type Cells, Deed } from './cells.ts';

/** Stands for the writer of the initial value. */
const initially = -2;
export const nobody = -1;

export interface Chains {
  /** By value: whether a read, or a cas that succeeded, found it. */
  readonly isObserved: Uint8Array;
  /** By value that is observed: the operation that wrote it. */
  readonly writer: Int32Array;
  /** By value: the cas that replaced it, or `nobody`. */
  readonly replacement: Int32Array;
  /** By operation: whether it certainly happened, or must have, because its value was observed. */
  readonly happened: Uint8Array;
}

export type Shape = { readonly happened: Uint8Array } & Finding;

type Finding =
  | { readonly kind: 'chains'; readonly chains: Chains }
  /** An observed value has several writers. */
  | { readonly kind: 'repeated'; readonly value: number }
  /** An operation found a value that nobody ever wrote. */
  | { readonly kind: 'unwritten'; readonly operation: number }
  /** Two cas found the same value, though it was written once. */
  | { readonly kind: 'twice replaced'; readonly operations: readonly [number, number] }
  /** Each of these cas expects what another of them wrote, so none can have been the first. */
  | { readonly kind: 'ring'; readonly operation: number };

export function shapeOf(cells: Cells): Shape {
  const { count, deed, from, to, returned } = cells;
  const valueCount = cells.values.count;
  const isObserved = new Uint8Array(valueCount);
  const writer = new Int32Array(valueCount).fill(nobody);
  const isRepeated = new Uint8Array(valueCount);
  const happened = new Uint8Array(count);
  const open: number[] = [];
  writer[cells.initial] = initially;
  for (let operation = 0; operation < count; operation++) {
    const written = to[operation];
    if (written !== -1) {
      if (writer[written] === nobody) writer[written] = operation;
      else isRepeated[written] = 1;
    }
    if (deed[operation] === Deed.refused || returned[operation] === Number.POSITIVE_INFINITY) continue;
    happened[operation] = 1;
    const found = from[operation];
    if (found === -1 || isObserved[found] === 1) continue;
    isObserved[found] = 1;
    open.push(found);
  }
  // An observed value was written by its only writer, which therefore observed what it expected.
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const source = writer[value];
    if (isRepeated[value] === 1 || source < 0 || happened[source] === 1) continue;
    happened[source] = 1;
    const found = from[source];
    if (found === -1 || isObserved[found] === 1) continue;
    isObserved[found] = 1;
    open.push(found);
  }
  const replacement = new Int32Array(valueCount).fill(nobody);
  let repeated = -1;
  let rival = -1;
  for (let operation = 0; operation < count; operation++) {
    if (happened[operation] === 0) continue;
    const found = from[operation];
    if (found === -1) continue;
    if (writer[found] === nobody) return { happened, kind: 'unwritten', operation };
    if (isRepeated[found] === 1) repeated = found;
    if (deed[operation] !== Deed.cas) continue;
    if (replacement[found] === nobody) replacement[found] = operation;
    else rival = operation;
  }
  if (repeated !== -1) return { happened, kind: 'repeated', value: repeated };
  if (rival !== -1)
    return { happened, kind: 'twice replaced', operations: [replacement[from[rival]], rival] };
  const ring = ringOf(cells, { isObserved, writer, replacement, happened });
  if (ring !== -1) return { happened, kind: 'ring', operation: ring };
  return { happened, kind: 'chains', chains: { isObserved, writer, replacement, happened } };
}

/** A cas that no chain with a beginning leads to; -1 if there is none. */
function ringOf(cells: Cells, { replacement, happened, isObserved }: Chains): number {
  const reached = new Uint8Array(cells.count);
  const follow = (value: number): void => {
    for (let next = value; isObserved[next] === 1 && replacement[next] !== nobody; ) {
      reached[replacement[next]] = 1;
      next = cells.to[replacement[next]];
    }
  };
  follow(cells.initial);
  for (let operation = 0; operation < cells.count; operation++) {
    if (cells.deed[operation] === Deed.write && happened[operation] === 1) follow(cells.to[operation]);
  }
  for (let operation = 0; operation < cells.count; operation++) {
    if (cells.deed[operation] === Deed.cas && happened[operation] === 1 && reached[operation] === 0)
      return operation;
  }
  return -1;
}
