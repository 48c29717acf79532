/**
 * What clients asked and what they were told, as plain data: the judges see nothing else of a run.
 *
 * One operation precedes another if it returned at a smaller position than the other was called at; equal positions
 * are concurrent. Positions are event numbers of a run, or times of any unit.
 */
import { show, showUs } from './plain.ts';

export interface Operation {
  /** A sequential client. After an `info` a client continues under a new number. */
  readonly process: number;
  /** What it calls itself in messages (`c1`); otherwise it is `process 3`. */
  readonly client?: string;
  /**
   * One execution of a client program, from its start to its end (Terry et al. 1994). It goes on after an `info`; a
   * client that is started again remembers nothing, and begins another one. Without it a process is a session.
   */
  readonly session?: number | string;
  /** The function, as the model names it: `read`, `put`, `cas` … */
  readonly f: string;
  /** Histories are judged key by key. */
  readonly key?: string;
  /** What was asked: the value to write, `[from, to]` of a cas; nothing for a read. */
  readonly value?: unknown;
  /** What was answered: the value read; `false` if the precondition of a cas was false. Nothing unless `ok`. */
  readonly output?: unknown;
  /** `ok` happened, `fail` did not and never will, `info` may have happened, may yet happen, or never will. */
  readonly type: 'ok' | 'fail' | 'info';
  readonly call: number;
  /** Where the answer came; for `info`, where the client gave up or was killed; `null` if it was open at the end. */
  readonly return: number | null;
  /** Virtual microseconds of call and return, for messages and for claims about progress. */
  readonly callUs?: number;
  readonly returnUs?: number | null;
}

export type History = readonly Operation[];

/** An event in Jepsen's shape. */
export interface HistoryEvent {
  readonly process: number;
  readonly client?: string;
  readonly session?: number | string;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: string;
  readonly key?: string;
  /** With `invoke` what is asked; with `ok` of a read what was read. */
  readonly value?: unknown;
  /** With `ok`: `false` says that the precondition of a cas was false. */
  readonly ok?: boolean;
  /** The position in any unit. Either every event has one, or the order of the list counts. */
  readonly time?: number;
  readonly atUs?: number;
}

/** A history that cannot be read, or that a model does not understand: a mistake of whoever wrote it down. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
}

/**
 * Pairs invocations with their completions, ordered by invocation. An operation without a completion is an `info`
 * that was open at the end.
 * @throws HistoryError naming the event (from 1) that has no invocation, invokes while the process is busy, completes
 *   another function than was invoked, or has no time although others do
 */
export function historyOf(events: Iterable<HistoryEvent>): Operation[] {
  const list = [...events];
  const timed = list.some((event) => event.time !== undefined);
  const operations: Draft[] = [];
  const open = new Map<number, number>();
  for (const [line, event] of list.entries()) {
    const wrong = (what: string): HistoryError =>
      new HistoryError(`event ${line + 1}: process ${event.process} ${what}`);
    if (timed && event.time === undefined) throw wrong('has no time, although other events have one');
    const position = event.time ?? line;
    const started = open.get(event.process);
    if (event.type === 'invoke') {
      if (started !== undefined) {
        throw wrong(`invokes ${event.f} while its ${operations[started].f} is open`);
      }
      open.set(event.process, operations.length);
      operations.push(invoked(event, position));
      continue;
    }
    if (started === undefined) throw wrong(`completes ${event.f}, which it has not invoked`);
    const asked = operations[started];
    if (asked.f !== event.f) throw wrong(`completes ${event.f}, but it has invoked ${asked.f}`);
    if (position < asked.call) {
      throw wrong(`completes ${event.f} at ${position}, before its call at ${asked.call}`);
    }
    open.delete(event.process);
    complete(asked, event, event.type, position);
  }
  return operations;
}

/** An operation in the making. */
type Draft = { -readonly [Field in keyof Operation]: Operation[Field] };

function invoked({ process, client, session, f, key, value, atUs }: HistoryEvent, position: number): Draft {
  const draft: Draft = { process, f, type: 'info', call: position, return: null };
  if (client !== undefined) draft.client = client;
  if (session !== undefined) draft.session = session;
  if (key !== undefined) draft.key = key;
  if (value !== undefined) draft.value = value;
  if (atUs !== undefined) {
    draft.callUs = atUs;
    draft.returnUs = null;
  }
  return draft;
}

function complete(asked: Draft, event: HistoryEvent, type: Operation['type'], position: number): void {
  const output = event.ok ?? event.value;
  if (type === 'ok' && output !== undefined) asked.output = output;
  asked.type = type;
  asked.return = position;
  if (event.atUs !== undefined) asked.returnUs = event.atUs;
}

/**
 * Checks what no type can: positions are finite numbers, nothing returns before its call, and what is `ok` returned.
 * @throws HistoryError naming the operation (from 1)
 */
export function assertWellFormed(history: History): void {
  history.forEach((operation, at) => {
    const problem = problemOf(operation);
    if (problem !== undefined) throw new HistoryError(`operation ${at + 1} (${operation.f}): ${problem}`);
  });
}

function problemOf(operation: Operation): string | undefined {
  if (!Number.isFinite(operation.call)) return `its call ${operation.call} is not a number`;
  if (operation.return === null) return operation.type === 'ok' ? 'it is ok but never returned' : undefined;
  if (!Number.isFinite(operation.return)) return `its return ${operation.return} is not a number`;
  if (operation.return < operation.call) {
    return `it returns at ${operation.return}, before its call at ${operation.call}`;
  }
  return undefined;
}

/** How many operations a history has, and how many of them overlap another one on the same key. */
export type Overlap = readonly [overlapping: number, operations: number];

/**
 * Counts the operations that overlap another one on the same key, to tell a history that tested concurrency from one
 * that did not. What failed is not counted; an `info` lasts until its client gave up.
 */
export function overlap(history: History): Overlap {
  let overlapping = 0;
  let operations = 0;
  for (const group of partitioned(history, (operation) => operation.key).values()) {
    const counting = group.filter((operation) => operation.type !== 'fail').sort((a, b) => a.call - b.call);
    operations += counting.length;
    let latestReturn = Number.NEGATIVE_INFINITY;
    counting.forEach((operation, at) => {
      const returned = operation.return ?? Number.POSITIVE_INFINITY;
      const nextCall = counting[at + 1]?.call ?? Number.POSITIVE_INFINITY;
      const meetsNext = at + 1 < counting.length && nextCall <= returned;
      if (latestReturn >= operation.call || meetsNext) overlapping++;
      latestReturn = Math.max(latestReturn, returned);
    });
  }
  return [overlapping, operations];
}

/** The operations by key, keys in order of first appearance; operations without a key share one part. */
export function partitioned(
  history: History,
  keyOf: (operation: Operation) => string | undefined,
): Map<string | undefined, Operation[]> {
  const parts = new Map<string | undefined, Operation[]>();
  for (const operation of history) {
    const key = keyOf(operation);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [operation]);
    else part.push(operation);
  }
  return parts;
}

/** Who asked: `c1`, or `process 3`. */
export function asker(operation: Operation): string {
  return operation.client ?? `process ${operation.process}`;
}

/** What was asked and answered: `put 7`, `get → null`, `cas 1 2 → false`; the key is left out. */
export function deed(operation: Operation): string {
  const asked = operation.f === 'cas' && Array.isArray(operation.value) ? operation.value : [operation.value];
  const words = asked.filter((value) => value !== undefined && value !== null).map(show);
  if (operation.f === 'cas') words.splice(0, words.length, ...asked.map(show));
  const answered = operation.type === 'ok' && answers(operation) ? ` → ${show(operation.output)}` : '';
  return [operation.f, ...words].join(' ') + answered;
}

// A write that is acknowledged with the written value, or with nothing, has told its client nothing new.
function answers(operation: Operation): boolean {
  if (operation.value === undefined || operation.value === null) return operation.output !== undefined;
  return typeof operation.output === 'boolean';
}

/** Where it was called: the virtual time if known, otherwise the position. */
export function calledAt(operation: Operation): string {
  return operation.callUs === undefined ? String(operation.call) : showUs(operation.callUs);
}

/** Where it returned, `never` if it was open at the end. */
export function returnedAt(operation: Operation): string {
  if (operation.returnUs !== undefined && operation.returnUs !== null) return showUs(operation.returnUs);
  return operation.return === null ? 'never' : String(operation.return);
}
