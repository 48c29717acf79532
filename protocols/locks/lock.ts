/**
 * One interface for all locks. What they are worth differs: a lock with a ttl is a *lease*, and a holder that is paused
 * or whose packets are slow may act after its end (Kleppmann, *How to do distributed locking*, 2016). Only a resource
 * that refuses old fencing tokens keeps such a holder out.
 */

/** What is left out is as the options of the protocol say (`options.ts`), and the flags are false. */
export interface LockOptions {
  /** Milliseconds until the lock is free again by itself, unless it is renewed. */
  readonly ttl?: number;
  /** `acquire` makes no attempt after this many milliseconds; it still hears what one under way comes to. */
  readonly acquireTimeout?: number;
  /** `acquire` gives up after this many attempts besides the first one. */
  readonly retryCount?: number;
  /**
   * Mean milliseconds before the second attempt; every further wait is twice as long, up to 16 times. Each is drawn from
   * half to one and a half of that.
   */
  readonly retryDelay?: number;
  /** Renews the lock until it is released or lost. */
  readonly autoRenew?: boolean;
  /** Milliseconds between two renewals, less when little of the lock is left; a third of the ttl unless it is said. */
  readonly renewInterval?: number;
  /** A key that this client holds already is given again, as it is; it must be released as often. */
  readonly reentrant?: boolean;
  /**
   * Callers get a key in the order in which they asked: whoever is not served keeps a place in line by asking again, four
   * times in a ttl at least, and does not wait longer and longer. Where the locks are kept on independent nodes, which
   * have no order in common, only the callers of one client stand in line.
   */
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

/**
 * What the lock service knows of a key that is locked. Times are wall times in milliseconds, of the service, or of the
 * client that asks where the service has none.
 */
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
   * The lock, as soon as it is to be had. With the option `ordered` it is refused at once while this client has, or
   * waits for, a key that comes later in the order of `acquireAll`.
   * @throws Refused this caller does not hold it, and never will by this call. An attempt whose answer was lost may
   *   keep the key locked for up to its ttl.
   */
  acquire(key: string, options?: LockOptions): Promise<Lock>;
  /**
   * All of the locks, in the order in which everybody should acquire them (by the code units of their keys, each key
   * once), so that nobody waits in a circle. The time of `options` is for all together, the attempts are for each.
   * @throws Refused as `acquire`, or one of them was over before the last one was to be had; those that it had are
   *   given up
   */
  acquireAll(keys: readonly string[], options?: LockOptions): Promise<readonly Lock[]>;
  /** One attempt: the lock, or null if it was not to be had. Ignores what `options` say about retries and lines. */
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
   * Acquires the lock, works, and releases it, however the work ends. When the lock is lost `signal` aborts the work: it
   * must stop, for somebody else may have the lock.
   * @throws Refused as `acquire`
   * @throws TimedOut the lock was lost before the work was done
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
   * @throws TimedOut it may have been written: no answer came in time, or `signal` aborted before one did
   */
  write(
    lock: Pick<Lock, 'key' | 'owner' | 'token'>,
    value: number,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>;
}

export interface LockClients {
  readonly locks: LockClient;
  readonly resource: GuardedResource;
}

/** A host whose tasks share something. */
export interface SectionClient {
  /**
   * Counts up what belongs to these keys, in a critical section of all of them; the new values. Each takes `ms`.
   * @throws Refused nobody was let in
   */
  enter(keys: readonly string[], ms: number): Promise<readonly number[]>;
}
