/**
 * Locks. An acquisition that is answered `false` was refused, which is right only where it was not to be had; a
 * release by somebody who cannot have held it is wrong.
 */
import type { Operation } from '../history.ts';
import { show } from '../plain.ts';
import { illegal, isNothing, type Model, refused, specified } from './model.ts';

const acquireUsage = 'no value; answers false if it was taken, anything else if it is yours';
const releaseUsage = 'no value; the answer does not count';

const isRefusal = (operation: Operation): boolean => operation.f.startsWith('acquire') && refused(operation);

/** Takes where it is free, refuses where it is not. */
const taken = (operation: Operation, isFree: boolean, state: unknown, after: unknown): unknown => {
  if (refused(operation)) return isFree ? illegal : state;
  return isFree ? after : illegal;
};

const was = (operation: Operation): string => (refused(operation) ? 'was refused' : 'was done');

export const mutex: Model = specified({
  name: 'mutex',
  about: 'A lock that one at a time can hold; anybody may release it.',
  initial: 'free',
  vocabulary: { acquire: acquireUsage, release: releaseUsage },
  step(state, operation) {
    if (operation.f === 'acquire') return taken(operation, state === 'free', state, 'held');
    return state === 'held' ? 'free' : illegal;
  },
  isReadOnly: isRefusal,
  why: (state, operation) => `${was(operation)} where the lock was ${state}`,
});

/** The state: who holds it, and how often. */
type Holding = readonly [owner: number, times: number] | null;

export const reentrantMutex: Model = specified({
  name: 'reentrant-mutex',
  about: 'A lock that one process at a time can hold, several times over; it must release it as often.',
  initial: null,
  vocabulary: { acquire: acquireUsage, release: releaseUsage },
  isPersonal: true,
  step(state, operation) {
    const [owner, times] = (state as Holding) ?? [operation.process, 0];
    const isOwn = owner === operation.process;
    if (operation.f === 'acquire') return taken(operation, isOwn, state, [owner, times + 1]);
    if (!isOwn || times === 0) return illegal;
    return times === 1 ? null : [owner, times - 1];
  },
  isReadOnly: isRefusal,
  why(state, operation) {
    if (state === null) return `${was(operation)} where nobody held the lock`;
    const [owner, times] = state as [number, number];
    return `${was(operation)} where process ${owner} held the lock ${times === 1 ? 'once' : `${times} times`}`;
  },
});

/** The state: how many read; -1 if somebody writes. */
export const readWriteLock: Model = specified({
  name: 'read-write-lock',
  about: 'A lock that one writer or any number of readers can hold; anybody may release it.',
  initial: 0,
  vocabulary: {
    'acquire-read': acquireUsage,
    'release-read': releaseUsage,
    'acquire-write': acquireUsage,
    'release-write': releaseUsage,
  },
  step(state, operation) {
    const readers = state as number;
    switch (operation.f) {
      case 'acquire-read':
        return taken(operation, readers >= 0, state, readers + 1);
      case 'release-read':
        return readers > 0 ? readers - 1 : illegal;
      case 'acquire-write':
        return taken(operation, readers === 0, state, -1);
      default:
        return readers === -1 ? 0 : illegal;
    }
  },
  isReadOnly: isRefusal,
  why(state, operation) {
    const readers = state as number;
    const held = readers === 0 ? 'free' : readers < 0 ? 'held by a writer' : `held by readers: ${readers}`;
    return `${was(operation)} where the lock was ${held}`;
  },
});

/** The state: whether it is held, and the greatest token so far. */
type Fenced = readonly [isHeld: boolean, token: number | null];

/**
 * An acquisition of unknown fate may have been given any token above the last one: it leaves the last one known where
 * it was. (Kleppmann, *How to do distributed locking*, 2016.)
 */
export const fencingLock: Model = specified({
  name: 'fencing-lock',
  about: 'A mutex whose acquisitions answer tokens, each greater than all before it.',
  initial: [false, null],
  vocabulary: {
    acquire: 'no value; answers a token, a number, or false if the lock was taken',
    release: releaseUsage,
  },
  problem({ f, output, type }) {
    if (f === 'release' || type !== 'ok' || output === false || Number.isFinite(output)) return undefined;
    return `it answers a token, which is a number, or false; not ${show(output)}`;
  },
  step(state, operation) {
    const [isHeld, token] = state as Fenced;
    if (operation.f === 'release') return isHeld ? [false, token] : illegal;
    if (isStale(token, operation)) return illegal;
    const isGranted = operation.type === 'ok' && !refused(operation);
    return taken(operation, !isHeld, state, [true, isGranted ? operation.output : token]);
  },
  isReadOnly: isRefusal,
  isLost: (state, operation) => isStale((state as Fenced)[1], operation),
  why(state, operation) {
    const [isHeld, token] = state as Fenced;
    if (isStale(token, operation))
      return `got token ${show(operation.output)} where token ${token} was given`;
    return `${was(operation)} where the lock was ${isHeld ? 'held' : 'free'}`;
  },
});

const isStale = (token: number | null, { f, output, type }: Operation): boolean =>
  f === 'acquire' && type === 'ok' && token !== null && typeof output === 'number' && output <= token;

/** The state: permits that are left, and permits that are out. */
type Permits = readonly [left: number, out: number];

export const semaphore: Model = specified({
  name: 'semaphore',
  about: 'Permits that are taken and given back; there is one unless the initial state says more: [3, 0].',
  initial: [1, 0],
  vocabulary: {
    acquire: 'how many permits, or nothing for 1; answers false if there were fewer, anything else if given',
    release: 'how many permits, or nothing for 1; the answer does not count',
  },
  problem({ value }) {
    const isCount = isNothing(value) || (Number.isSafeInteger(value) && (value as number) > 0);
    return isCount ? undefined : `it needs a number of permits, not ${show(value)}`;
  },
  step(state, operation) {
    const [left, out] = state as Permits;
    const count = (operation.value ?? 1) as number;
    if (operation.f === 'acquire') return taken(operation, count <= left, state, [left - count, out + count]);
    return count <= out ? [left + count, out - count] : illegal;
  },
  isReadOnly: isRefusal,
  why(state, operation) {
    const [left, out] = state as Permits;
    return `${was(operation)} where ${left} of ${left + out} permits were left`;
  },
});
