/** The operations of one key, laid out for the search: numbers in typed arrays instead of objects. */
import type { Operation } from '../history.ts';
import type { Model } from '../models/index.ts';
import { canonical } from '../plain.ts';

/**
 * Operations are numbered: first the determinate ones (`ok`), then the optional ones (`info`), each by call. What
 * failed, what may or may not have been read, and what would explain nothing, is left out.
 */
export interface Part {
  readonly operations: readonly Operation[];
  /** How many are determinate. */
  readonly determinate: number;
  readonly call: Float64Array;
  /** Infinity for optional operations. */
  readonly returned: Float64Array;
  /** The determinate operations by return. */
  readonly byReturn: Int32Array;
  /** The inverse: where in `byReturn` an operation stands. */
  readonly rank: Int32Array;
  readonly isReadOnly: Uint8Array;
  readonly isOverwrite: Uint8Array;
  /** Operations of one number lead from any state to the same one. */
  readonly face: Int32Array;
  /** The identical operation just before it, by return (determinate) or by call (optional); otherwise -1. */
  readonly twin: Int32Array;
  /** A bit of the window: two operations share one only if the first returned before the second was called. */
  readonly slot: Int32Array;
  /** Words of the window for determinate operations, and after them those for optional ones. */
  readonly certainWords: number;
  readonly optionalWords: number;
}

export function laidOut(history: readonly Operation[], model: Model): Part {
  const byCall = (left: Operation, right: Operation): number => left.call - right.call;
  const certain = history.filter((operation) => operation.type === 'ok').sort(byCall);
  const matters = model.mattering?.(history) ?? (() => true);
  const optional = history
    .filter((operation) => operation.type === 'info' && !model.isReadOnly(operation) && matters(operation))
    .sort(byCall);
  const operations = certain.concat(optional);
  const determinate = certain.length;
  const call = Float64Array.from(operations, (operation) => operation.call);
  const returned = Float64Array.from(operations, (operation) =>
    operation.type === 'ok' ? (operation.return as number) : Number.POSITIVE_INFINITY,
  );
  const byReturn = Int32Array.from(certain.keys()).sort((a, b) => returned[a] - returned[b] || a - b);
  const rank = new Int32Array(determinate);
  byReturn.forEach((operation, at) => {
    rank[operation] = at;
  });
  return {
    operations,
    determinate,
    call,
    returned,
    byReturn,
    rank,
    isReadOnly: Uint8Array.from(operations, (operation) => Number(model.isReadOnly(operation))),
    isOverwrite: Uint8Array.from(operations, (operation) => Number(model.isOverwrite(operation))),
    ...twins(operations, byReturn, model),
    ...slots(call, returned, byReturn),
  };
}

function twins(operations: readonly Operation[], byReturn: Int32Array, model: Model) {
  const faces = new Map<string, number>();
  const face = new Int32Array(operations.length);
  const twin = new Int32Array(operations.length);
  const last: number[] = [];
  const link = (operation: number): void => {
    const text = faceOf(operations[operation], model.isPersonal === true);
    const number = faces.get(text) ?? faces.size;
    if (number === faces.size) faces.set(text, number);
    face[operation] = number;
    twin[operation] = last[number] ?? -1;
    last[number] = operation;
  };
  byReturn.forEach(link);
  for (let operation = byReturn.length; operation < operations.length; operation++) link(operation);
  return { face, twin };
}

function faceOf({ type, f, value, output, process }: Operation, isPersonal: boolean): string {
  const asked = `${f} ${canonical(value)}${isPersonal ? ` ${process}` : ''}`;
  return type === 'ok' ? `${asked} -> ${canonical(output)}` : `${asked} ?`;
}

function slots(call: Float64Array, returned: Float64Array, byReturn: Int32Array) {
  const determinate = byReturn.length;
  const slot = new Int32Array(call.length);
  const free: number[] = [];
  let used = 0;
  let returns = 0;
  // Determinate operations are numbered by call.
  for (let operation = 0; operation < determinate; operation++) {
    while (returned[byReturn[returns]] < call[operation]) free.push(slot[byReturn[returns++]]);
    slot[operation] = free.pop() ?? used++;
  }
  const certainWords = Math.ceil(used / 32);
  for (let operation = determinate; operation < call.length; operation++) {
    slot[operation] = certainWords * 32 + operation - determinate;
  }
  return { slot, certainWords, optionalWords: Math.ceil((call.length - determinate) / 32) };
}
