/**
 * One interface for all locks. What they are worth differs: a lock with a ttl is a *lease*, and a holder that is paused
 * or whose packets are slow may act after its end (Kleppmann, *How to do distributed locking*, 2016). Only a resource
 * that refuses old fencing tokens keeps such a holder out.
 */

export interface LockOptions {
  /** Milliseconds until the lock is free again by itself, unless it is renewed. */
  readonly ttl?: number;
  /** `acquire` gives up after this many milliseconds. */
  readonly acquireTimeout?: number;
  /** `acquire` gives up after this many attempts besides the first one. */
  readonly retryCount?: number;
  /** Mean milliseconds before the second attempt; every further wait is twice as long, up to 16 times. */
  readonly retryDelay?: number;
  /** Renews the lock until it is released or lost. */
  readonly autoRenew?: boolean;
  /** Milliseconds between two renewals. */
  readonly renewInterval?: number;
  /** A key that this client holds already is given again; it must be released as often. */
  readonly reentrant?: boolean;
  /** The callers of this client get a key in the order in which they asked. Other clients have no place in this queue. */
  readonly fair?: boolean;
}

/** A lock that is held, or was. */
export interface Lock {
  readonly key: string;
  /** Names this acquisition, and no other one of any client. */
  readonly owner: string;
  /**
   * Grows with every acquisition of the key: the fencing token, to be shown to the resource with everything that is
   * asked of it. Null where the lock cannot promise that.
   */
  readonly token: number | null;
  /** Milliseconds that the lock was last given for. */
  readonly ttl: number;
  /** Wall time of this client in milliseconds. */
  readonly acquiredAt: number;
  /** Milliseconds for which it is safe to believe in the lock, by this client's clock; 0 when it is lost or released. */
  remaining(): number;
  /** Aborts when the lock is lost: not renewed in time, or found to be somebody else's. */
  readonly signal: AbortSignal;
}

/** What the lock service knows of a key that is locked. Times are wall times of the service, in milliseconds. */
export interface LockInfo {
  readonly key: string;
  readonly owner: string;
  readonly acquiredAt: number;
  /** Null if it never expires. */
  readonly expiresAt: number | null;
  /** Milliseconds that are left; null if it never expires. */
  readonly ttl: number | null;
  readonly token: number | null;
}

/** Errors: `Refused` (it did not happen), or anything else (it may have happened). */
export interface LockClient {
  /**
   * The lock, as soon as it is to be had.
   * @throws Refused this caller does not hold it, and never will by this call. An attempt whose answer was lost may
   *   keep the key locked for up to its ttl.
   */
  acquire(key: string, options?: LockOptions): Promise<Lock>;
  /** One attempt: the lock, or null if it was not to be had. Ignores what `options` say about retries. */
  tryAcquire(key: string, options?: LockOptions): Promise<Lock | null>;
  /**
   * Gives the lock up, at once for this client. True if it was still this owner's where it is kept; false if not, or if
   * the network repeated the request and the copy was answered first.
   */
  release(lock: Lock): Promise<boolean>;
  /** From now on it lasts for `ttl` (as before, unless given). False: it is lost, and its signal has aborted. */
  renew(lock: Lock, ttl?: number): Promise<boolean>;
  /** Who holds the key; null if nobody does. */
  info(key: string): Promise<LockInfo | null>;
  /** Takes the key from whoever holds it, who may go on believing in it: for operators. Answers as `release`. */
  forceUnlock(key: string): Promise<boolean>;
  /**
   * Acquires the lock, works, and releases it, however the work ends. The work is told through `signal` when the lock is
   * lost; whether it listens is up to it.
   */
  using<T>(
    key: string,
    work: (signal: AbortSignal, lock: Lock) => Promise<T>,
    options?: LockOptions,
  ): Promise<T>;
  /** What this client believes to hold now. */
  held(): readonly Lock[];
}

/** What locks are for: something that one at a time may change. */
export interface GuardedResource {
  /**
   * Writes a value on behalf of the holder of a lock.
   * @throws Refused it was not written: the token is older than one that the resource has seen
   */
  write(lock: Pick<Lock, 'key' | 'owner' | 'token'>, value: number): Promise<void>;
}

export interface LockClients {
  readonly locks: LockClient;
  readonly resource: GuardedResource;
}
