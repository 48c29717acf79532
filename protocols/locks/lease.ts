/** For how long locks are given, how long a client may believe in one, and how long it waits before it asks again. */
import { Refused } from '../host.ts';

/** @throws Refused no lock is given for so long */
export function mustBeTtl(ttlMs: number, ttlMax: number): void {
  if (ttlMs > 0 && ttlMs <= ttlMax) return;
  throw new Refused(`a ttl is more than 0 and at most ${ttlMax} ms, not ${ttlMs}`);
}

/**
 * Milliseconds of its own clock for which a client may believe in a lock of `ttlMs`, counted from *before* it asked: less
 * the drift between its clock and a node's, and 2 ms for the grain of expiry (*Distributed Locks with Redis*, "The
 * Redlock algorithm": MIN_VALIDITY = TTL - (T2 - T1) - CLOCK_DRIFT).
 */
export const believedMs = (ttlMs: number, driftPpm: number): number =>
  ttlMs - Math.ceil((ttlMs * driftPpm) / 1_000_000) - 2;

const doublingsMax = 4;

/** Whole microseconds, from half to one and a half of the wait: `draw` of 0 gives the shortest. */
export function retryDelayUs(attempt: number, retryDelayMs: number, draw: (limit: number) => number): number {
  const meanUs = Math.round(retryDelayMs * 1000) * (1 << Math.min(attempt, doublingsMax));
  return (meanUs >>> 1) + draw(meanUs + 1);
}
