/** A key at one server, and what the server may do with it. */
import type { Value } from '../protocol.ts';
import type { Done, Operation, Result } from './messages.ts';
import type { Tenure, Views } from './view.ts';

export interface KeyRecord {
  readonly key: string;
  readonly value: Value;
  /** The version of the view since which the server has had it. */
  readonly since: number;
  /** The version of the view since which another one owns it that has asked for it; null as long as nobody has. */
  readonly given: number | null;
  readonly done: readonly Done[];
}

/** Whether a server whose ownership began at `since` has the key: it must have got it for this tenure, and not given it. */
export const has = (record: KeyRecord | undefined, since: number): boolean =>
  record !== undefined && record.given === null && record.since >= since;

/** What to do when the owner since view `since` asks for a key that was this server's before, in a tenure of its own. */
export type HandOver = 'give' | 'give again' | 'get it first' | 'refuse';

export function onHandOver(record: KeyRecord | undefined, since: number, tenure: number): HandOver {
  if (record?.given === since) return 'give again';
  // The question is a late copy: since then the key has been here, or gone, for another tenure.
  if (record !== undefined && (record.since >= since || (record.given ?? 0) > since)) return 'refuse';
  return has(record, tenure) ? 'give' : 'get it first';
}

/**
 * Since when, and from whom, the owner of a key in a view has it or has to get it. The first owner of all has nobody to
 * ask.
 */
export const tenureOf = (views: Views, key: string, version: number): Tenure => views.tenure(key, version);

/** Operations of as many sessions are remembered for each key; a copy that comes later than that may take effect again. */
const doneMax = 64;

/**
 * The record after an operation, and its result: that of the first copy for all others. Null for a copy of an operation
 * that its session has given up long since.
 */
export function operated(
  record: KeyRecord,
  operation: Operation,
  session: string,
  sequence: number,
): { readonly record: KeyRecord; readonly result: Result } | null {
  if (operation.f === 'get') return { record, result: record.value };
  const last = record.done.find(([one]) => one === session);
  if (last !== undefined && last[1] > sequence) return null;
  if (last !== undefined && last[1] === sequence) return { record, result: last[2] };
  const isMet = operation.f === 'put' || record.value === operation.from;
  const result = operation.f === 'put' ? null : isMet;
  const value = !isMet ? record.value : operation.f === 'put' ? operation.value : operation.to;
  const others = record.done.filter(([one]) => one !== session).slice(1 - doneMax);
  return { record: { ...record, value, done: [...others, [session, sequence, result]] }, result };
}
