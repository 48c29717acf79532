/**
 * A history of reads and writes, laid out for the judges of consistency: who read whose write, in which session.
 *
 * A cas that succeeded is a read and then a write. One that was told `false` says nothing here. What a client never
 * learnt the fate of counts if somebody read what it wrote: then it happened.
 */
import { asker, assertWellFormed, deed, type History, HistoryError, type Operation } from '../history.ts';
import { assertUnderstood, kv } from '../models/index.ts';
import { canonical, same, show } from '../plain.ts';
import type { Violation } from '../verdict.ts';

/**
 * Whose operations make a session. A client that is started again has forgotten its session, and is another one to a
 * `session`, but not to a `client`. A `process` ends with its first operation of unknown fate as well.
 */
export type SessionOf = 'session' | 'process' | 'client';

/** One read or one write of a session. */
export interface Access {
  /** Its number in `Registers.accesses`. */
  readonly at: number;
  readonly operation: Operation;
  readonly isWrite: boolean;
  readonly key: number;
  readonly session: number;
  /** Counts the accesses of its session from 0. */
  readonly place: number;
  /** Of a read: the number of the write it read; -1 for the initial value. */
  readonly writer: number;
}

export interface Registers {
  /** Session by session, each in its order. */
  readonly accesses: readonly Access[];
  readonly sessions: readonly (readonly Access[])[];
  readonly keys: readonly (string | undefined)[];
  /** Reads that returned what nobody wrote, or what is known not to have been written. */
  readonly thinAir: readonly { readonly read: Operation; readonly why: string }[];
  /** How many reads were left out since their value has several possible writes. */
  readonly ambiguous: number;
  /** The first of them. */
  readonly ambiguousRead: Operation | undefined;
  /** The initial value of every key. */
  readonly initial: unknown;
}

export const initialWrite = -1;

interface Draft {
  readonly operation: Operation;
  readonly isWrite: boolean;
  readonly value: unknown;
}

/**
 * Knows `read` and `get`, `write` and `put`, `delete` (writes null) and `cas`.
 * @throws HistoryError if the history is malformed, has other functions, or a session does two things at once
 */
export function registersOf(history: History, sessionOf: SessionOf, initial: unknown): Registers {
  assertWellFormed(history);
  assertUnderstood(kv, history);
  const writers = writersIn(history);
  const happened = happenedIn(history, writers);
  const keyNumbers = new Map<string | undefined, number>();
  const numberOfWrite = new Map<Operation, number>();
  const accesses: Access[] = [];
  const reads: { at: number; operation: Operation }[] = [];
  const sessions: Access[][] = [];
  const thinAir: { read: Operation; why: string }[] = [];
  let ambiguous = 0;
  let ambiguousRead: Operation | undefined;
  for (const operations of sessionsIn(history, sessionOf)) {
    const own: Access[] = [];
    for (const operation of operations) {
      if (!happened(operation)) continue;
      for (const { isWrite, value } of draftsOf(operation)) {
        const candidates = isWrite ? [] : writers.of(operation.key, value);
        if (!isWrite) {
          const isInitial = same(value, initial);
          if (candidates.length + (isInitial ? 1 : 0) > 1) {
            ambiguous++;
            ambiguousRead ??= operation;
            continue;
          }
          if (candidates.length === 0 && !isInitial) {
            thinAir.push({ read: operation, why: writers.whyNot(operation.key, value) });
            continue;
          }
        }
        const key = keyNumbers.get(operation.key) ?? keyNumbers.size;
        keyNumbers.set(operation.key, key);
        const at = accesses.length;
        const access: Access = {
          at,
          operation,
          isWrite,
          key,
          session: sessions.length,
          place: own.length,
          writer: initialWrite,
        };
        if (isWrite) numberOfWrite.set(operation, at);
        else if (candidates.length === 1) reads.push({ at, operation: candidates[0] });
        accesses.push(access);
        own.push(access);
      }
    }
    if (own.length > 0) sessions.push(own);
  }
  for (const { at, operation } of reads) {
    const access = { ...accesses[at], writer: numberOfWrite.get(operation) as number };
    accesses[at] = access;
    sessions[access.session][access.place] = access;
  }
  const keys = [...keyNumbers.keys()];
  return { accesses, sessions, keys, thinAir, ambiguous, ambiguousRead, initial };
}

/** What an operation reads and then writes. */
function draftsOf(operation: Operation): Draft[] {
  switch (operation.f) {
    case 'read':
    case 'get':
      return operation.type === 'ok' ? [{ operation, isWrite: false, value: operation.output }] : [];
    case 'write':
    case 'put':
      return [{ operation, isWrite: true, value: operation.value }];
    case 'delete':
      return [{ operation, isWrite: true, value: null }];
    default: {
      if (operation.output === false) return [];
      const [from, to] = operation.value as [unknown, unknown];
      return [
        { operation, isWrite: false, value: from },
        { operation, isWrite: true, value: to },
      ];
    }
  }
}

/** What an operation writes, if it writes anything. */
export function writtenBy(operation: Operation): { readonly value: unknown } | undefined {
  return draftsOf(operation).find(({ isWrite }) => isWrite);
}

/** What an operation was told of the value stored, if anything. */
export function readBy(operation: Operation): { readonly value: unknown } | undefined {
  return operation.type === 'ok' ? draftsOf(operation).find(({ isWrite }) => !isWrite) : undefined;
}

interface Writers {
  of(key: string | undefined, value: unknown): readonly Operation[];
  /** Why a value cannot have been read. */
  whyNot(key: string | undefined, value: unknown): string;
}

const nobody: readonly Operation[] = [];

function writersIn(history: History): Writers {
  const byKey = new Map<string | undefined, Map<string, Operation[]>>();
  const failed = new Map<string | undefined, Map<string, Operation>>();
  for (const operation of history) {
    const written = writtenBy(operation);
    if (written === undefined) continue;
    const value = canonical(written.value);
    if (operation.type === 'fail') {
      entry(failed, operation.key).set(value, operation);
      continue;
    }
    const ofKey = entry(byKey, operation.key);
    const known = ofKey.get(value);
    if (known === undefined) ofKey.set(value, [operation]);
    else known.push(operation);
  }
  return {
    of: (key, value) => byKey.get(key)?.get(canonical(value)) ?? nobody,
    whyNot(key, value) {
      const refused = failed.get(key)?.get(canonical(value));
      if (refused === undefined) return `nobody wrote ${show(value)}`;
      return `${asker(refused)}'s ${deed(refused)} failed, and nobody else wrote ${show(value)}`;
    },
  };
}

function entry<Value>(
  maps: Map<string | undefined, Map<string, Value>>,
  key: string | undefined,
): Map<string, Value> {
  const known = maps.get(key);
  if (known !== undefined) return known;
  const made = new Map<string, Value>();
  maps.set(key, made);
  return made;
}

/** Tells what certainly happened: what is ok, and what wrote a value that can only have come from it. */
function happenedIn(history: History, writers: Writers): (operation: Operation) => boolean {
  const proven = new Set<Operation>();
  const open: Operation[] = history.filter((operation) => operation.type === 'ok');
  for (let operation = open.pop(); operation !== undefined; operation = open.pop()) {
    for (const { isWrite, value } of draftsOf(operation)) {
      if (isWrite) continue;
      const candidates = writers.of(operation.key, value);
      if (candidates.length !== 1 || candidates[0].type !== 'info' || proven.has(candidates[0])) continue;
      proven.add(candidates[0]);
      open.push(candidates[0]);
    }
  }
  return (operation) => operation.type === 'ok' || proven.has(operation);
}

/** Numbers of processes and sessions are no names of each other. */
function sessionName({ process, client, session }: Operation, sessionOf: SessionOf): string | number {
  if (sessionOf === 'client' && client !== undefined) return client;
  return sessionOf === 'session' && session !== undefined ? `session ${session}` : process;
}

function sessionsIn(history: History, sessionOf: SessionOf): Operation[][] {
  const sessions = new Map<string | number, Operation[]>();
  for (const operation of history) {
    const name = sessionName(operation, sessionOf);
    const known = sessions.get(name);
    if (known === undefined) sessions.set(name, [operation]);
    else known.push(operation);
  }
  for (const operations of sessions.values()) {
    operations.sort((left, right) => left.call - right.call);
    let last: Operation | undefined;
    for (const operation of operations) {
      if (operation.type !== 'ok') continue;
      if (last !== undefined && (last.return as number) > operation.call) {
        throw new HistoryError(
          `${asker(operation)} calls ${deed(operation)} at ${operation.call}, before its ${deed(last)} has returned ` +
            `at ${last.return}: a session does one thing at a time`,
        );
      }
      last = operation;
    }
  }
  return [...sessions.values()];
}

/** The violations that every judge of reads and writes shares: a read of what was never written. */
export function thinAirViolations(check: string, { thinAir }: Registers): Violation[] {
  return thinAir.map(({ read, why }) => ({
    check,
    message: `${asker(read)}'s ${ofKey(read)} read a value out of thin air: ${why}`,
    ...atUsOf(read),
    evidence: { rule: 'thin-air read', operations: [read] },
  }));
}

/** Why a judge that found nothing wrong still cannot say that all is well; nothing if it can. */
export function ambiguity({ ambiguous, ambiguousRead, accesses }: Registers): string | undefined {
  if (ambiguousRead !== undefined) {
    return (
      `nothing wrong was found, but ${ambiguous === 1 ? '1 read was' : `${ambiguous} reads were`} left out, such as ` +
      `${asker(ambiguousRead)}'s ${ofKey(ambiguousRead)} at ${ambiguousRead.call}: several writes wrote that value; ` +
      'write every value at most once a key, and never the initial one'
    );
  }
  const read = accesses.some(({ isWrite }) => !isWrite);
  return read ? undefined : 'no read succeeded, so there was nothing to judge';
}

/** `get → 7 of key "x"`. */
export function ofKey(operation: Operation): string {
  return operation.key === undefined
    ? deed(operation)
    : `${deed(operation)} of key ${JSON.stringify(operation.key)}`;
}

/** Where a violation became visible, if virtual times are known. */
export function atUsOf({ returnUs }: Operation): { atUs?: number } {
  return returnUs === undefined || returnUs === null ? {} : { atUs: returnUs };
}
