/** What a lock client needs of whoever keeps the locks: one node, or a majority of several. */
import type { LockInfo } from './lock.ts';
import type { Claim, Grant, Held } from './messages.ts';

export interface Backend {
  /** Locks the key, or null; never rejects. What it asked for in vain it has given up again as well as it could. */
  claim(ask: Claim & { readonly ttlMs: number }): Promise<Grant>;
  /**
   * True: the lock lasts for `ttlMs` from when this was asked, at least. False: it is lost.
   * @throws TimedOut nobody knows; what was promised before still holds
   */
  extend(ask: Held & { readonly ttlMs: number }): Promise<boolean>;
  /** True if the owner held it. */
  release(ask: Held): Promise<boolean>;
  /** Releases without waiting for an answer. */
  abandon(ask: Held): void;
  info(key: string): Promise<LockInfo | null>;
  forceUnlock(key: string): Promise<boolean>;
}
