/** From a part that has no order to a few operations that have none. */
import { type Cells, Deed } from './cells.ts';
import { ascending } from './order.ts';

/** The operations with these numbers, in this order. */
export function chosen(cells: Cells, operations: readonly number[]): Cells {
  return {
    ...cells,
    count: operations.length,
    deed: Uint8Array.from(operations, (operation) => cells.deed[operation]),
    from: Int32Array.from(operations, (operation) => cells.from[operation]),
    to: Int32Array.from(operations, (operation) => cells.to[operation]),
    call: Float64Array.from(operations, (operation) => cells.call[operation]),
    returned: Float64Array.from(operations, (operation) => cells.returned[operation]),
    at: Int32Array.from(operations, (operation) => cells.at[operation]),
  };
}

/**
 * Reads and writes without an order, found by leaving out more and more as long as `hasNone` says that there is none.
 * A read is left out with the last write of its value, so that what is left does not contradict itself merely by
 * what is missing. `stuck` is an operation that shows it when it returns: what was called later is not needed.
 */
export function shrunk(
  cells: Cells,
  stuck: number,
  hasNone: (operations: Cells) => boolean,
  budget: { readonly operations: number },
): number[] {
  const end = cells.returned[stuck];
  const order = ascending(cells.call.subarray(0, cells.count));
  const before = Array.from(order).filter((operation) => cells.call[operation] <= end);
  let left = budget.operations;
  const isEnough = (operations: readonly number[]): boolean => {
    left -= operations.length;
    return hasNone(chosen(cells, operations));
  };
  let core: number[] = before;
  for (let size = 8; size < before.length; size *= 2) {
    const recent = before.slice(-size);
    if (!recent.includes(stuck)) recent.unshift(stuck);
    const window = withWriters(cells, recent);
    if (!isEnough(window)) continue;
    core = window;
    break;
  }
  for (let size = core.length >> 1; size >= 1; size = size === 1 ? 0 : (size + 1) >> 1) {
    for (let at = 0; at < core.length && left > 0; ) {
      const candidate = withWriters(cells, [...core.slice(0, at), ...core.slice(at + size)]);
      if (candidate.length > 0 && isEnough(candidate)) core = candidate;
      else at += size;
    }
  }
  return core;
}

/** Without the reads of values that nothing left could have written for them. */
function withWriters(cells: Cells, operations: readonly number[]): number[] {
  const { deed, from, to, call, returned, initial } = cells;
  const firstCall = new Map<number, number>([[initial, Number.NEGATIVE_INFINITY]]);
  for (const operation of operations) {
    const value = to[operation];
    if (value !== -1)
      firstCall.set(value, Math.min(firstCall.get(value) ?? call[operation], call[operation]));
  }
  return operations.filter(
    (operation) =>
      deed[operation] !== Deed.read ||
      (firstCall.get(from[operation]) ?? Number.POSITIVE_INFINITY) <= returned[operation],
  );
}
