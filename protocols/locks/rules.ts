/**
 * The decisions on which locks hang, as a value. `soundRules` are the only ones that ship; a test may put one of them
 * in question by passing another.
 */
import type { Clock } from '../host.ts';
import { nextInLine, type Waiter } from './line.ts';
import type { Claim, Grant, Held } from './messages.ts';
import type { NodeOptions } from './options.ts';
import { inOrder, mustBeInOrder } from './order.ts';
import { isAcknowledged } from './replicated/place.ts';
import { admits } from './resource.ts';
import { mayRelease } from './table.ts';

/** How a client asks one node. */
interface Asking {
  acquire(claim: Claim): Promise<Grant>;
  renew(ask: Held & { readonly ttlMs: number }): Promise<boolean>;
}

export interface LockRules {
  /** What keys expire by: a clock that never jumps. */
  readonly now: (clock: Clock) => number;
  /** Whether an owner may delete a key (compare and delete). */
  readonly mayRelease: typeof mayRelease;
  /** Whether a primary may answer for what so many of all nodes have. */
  readonly isAcknowledged: typeof isAcknowledged;
  /** Who of those in line is to have the key next. */
  readonly nextInLine: (line: readonly Waiter[]) => Waiter | undefined;
  /** From when on a client counts the time for which it believes in a lock: from before it asked. */
  readonly countsFrom: (askedMs: number, answeredMs: number) => number;
  /** How often a lock must still be released after one release. */
  readonly depthAfter: (depth: number) => number;
  /** In which order several keys are acquired. */
  readonly inOrder: typeof inOrder;
  /** Refuses what would break that order. */
  readonly mustBeInOrder: typeof mustBeInOrder;
  /** What is done about work whose lock is lost. */
  readonly tellsLoss: (abort: () => void) => void;
  /** How a key is locked together with its expiry: in one step, so that nobody can die in between. */
  readonly claim: (node: Asking, ask: Claim & { readonly ttlMs: number }) => Promise<Grant>;
  /** What a resource lets in. */
  readonly admits: typeof admits;
  /**
   * How long a node grants nothing after its start: what it has forgotten must be over by then (*Distributed Locks
   * with Redis*, "Performance, crash recovery and fsync": delayed restarts).
   */
  readonly restartDelayMs: (options: NodeOptions) => number;
}

export const soundRules: LockRules = {
  // Redis expires by the wall clock, which may jump; antirez, *Is Redlock safe?* (2016): it should be monotonic.
  now: (clock) => clock.elapsed(),
  mayRelease,
  isAcknowledged,
  nextInLine,
  countsFrom: (askedMs) => askedMs,
  depthAfter: (depth) => depth - 1,
  inOrder,
  mustBeInOrder,
  tellsLoss: (abort) => abort(),
  claim: (node, ask) => node.acquire(ask),
  admits,
  restartDelayMs: ({ persistence, ttlMax, driftPpm }) =>
    persistence === 'always' ? 0 : ttlMax + Math.ceil((ttlMax * driftPpm) / 1_000_000) + 2,
};
