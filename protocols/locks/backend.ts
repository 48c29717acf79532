/** What a lock client needs of whoever keeps the locks: one node, or a majority of several. */
import type { LockInfo } from './lock.ts';
import type { Claim, Grant, Held } from './messages.ts';

export interface Backend {
  /** Whether it has lines for fair claims of all clients. */
  readonly keepsLines: boolean;
  /**
   * Locks the key, or null; never rejects. What it asked for in vain it has given up again as well as it could; a fair
   * claim, of which the owner keeps asking, it has not.
   */
  claim(ask: Claim & { readonly ttlMs: number }): Promise<Grant>;
  /**
   * True: the lock lasts for `ttlMs` from when this was asked, at least. False: it is lost.
   * @throws TimedOut nobody knows; what was promised before still holds
   */
  extend(ask: Held & { readonly ttlMs: number }): Promise<boolean>;
  /** True if the owner held it. */
  release(ask: Held): Promise<boolean>;
  /** Releases, and leaves the line, without waiting for an answer. */
  abandon(ask: Held): void;
  /**
   * Tells a holder that it has lost its lock before anybody else is given it. Only who keeps locks for its own host can
   * promise that; all others leave it to the holder to look at its clock.
   */
  onLost?(held: Held, listener: () => void): void;
  /** Resolves when the key may be free, or after so many milliseconds; without it clients ask again and again. */
  freed?(key: string, ms: number): Promise<void>;
  info(key: string): Promise<LockInfo | null>;
  forceUnlock(key: string): Promise<boolean>;
}
