/** The client's half of every lock: it counts how long it may believe in what it was given, retries, and renews. */
import { type Host, isRefused, isTimedOut, Refused, TimedOut, type Timer } from '../host.ts';
import type { Backend } from './backend.ts';
import { believedMs, retryDelayUs } from './lease.ts';
import type { Lock, LockClient, LockInfo, LockOptions } from './lock.ts';
import type { LockWire } from './messages.ts';
import type { NodeOptions } from './options.ts';

/** The grain of clocks. */
const grainMs = 0.001;

/** A lock that this client believes to hold, or did. */
class OwnLock implements Lock {
  readonly key: string;
  readonly owner: string;
  readonly token: number | null;
  readonly acquiredAt: number;
  readonly signal: AbortSignal;
  ttl: number;
  /** By the monotonic clock of this host; in the past when it is over. */
  untilMs: number;
  /** How often it must be released. */
  depth = 1;
  readonly #host: Host<LockWire>;
  readonly #controller = new AbortController();
  readonly #timers = new Map<'watch' | 'renew', Timer>();

  constructor(
    host: Host<LockWire>,
    given: Pick<Lock, 'key' | 'owner' | 'token' | 'ttl'> & { readonly untilMs: number },
  ) {
    this.#host = host;
    this.key = given.key;
    this.owner = given.owner;
    this.token = given.token;
    this.ttl = given.ttl;
    this.untilMs = given.untilMs;
    this.acquiredAt = host.clock.now();
    this.signal = this.#controller.signal;
  }

  remaining(): number {
    return Math.max(0, this.untilMs - this.#host.clock.elapsed());
  }

  /** Runs `task` once, unless the lock is over before. */
  after(what: 'watch' | 'renew', ms: number, task: () => void): void {
    this.#timers.set(what, this.#host.clock.after(ms, task));
  }

  /** It is over: given up, or lost. */
  end(isLost: boolean): void {
    this.untilMs = Number.NEGATIVE_INFINITY;
    for (const timer of this.#timers.values()) timer.cancel();
    if (isLost) this.#controller.abort(new TimedOut(`the lock on ${JSON.stringify(this.key)} was lost`));
  }
}

export function lockClient(host: Host<LockWire>, backend: Backend, options: NodeOptions): LockClient {
  return new LeaseClient(host, backend, options);
}

class LeaseClient implements LockClient {
  readonly #host: Host<LockWire>;
  readonly #backend: Backend;
  readonly #options: NodeOptions;
  /** By owner. */
  readonly #held = new Map<string, OwnLock>();
  /** By key, when the last of the fair callers has his lock or has given up. */
  readonly #queues = new Map<string, Promise<unknown>>();
  /** Names this life of the client. */
  readonly #life: string;
  #claims = 0;

  constructor(host: Host<LockWire>, backend: Backend, options: NodeOptions) {
    this.#host = host;
    this.#backend = backend;
    this.#options = options;
    const nonce = host.random.below(2 ** 32, 'lock owner').toString(36);
    this.#life = `${host.id}-${Math.floor(host.clock.now() * 1000).toString(36)}-${nonce}`;
  }

  held(): readonly OwnLock[] {
    return [...this.#held.values()].filter((lock) => lock.remaining() > 0);
  }

  async acquire(key: string, options: LockOptions = {}): Promise<Lock> {
    const deadlineMs = this.#host.clock.elapsed() + (options.acquireTimeout ?? this.#options.acquireTimeout);
    if (options.fair !== true) return this.#persist(key, options, deadlineMs);
    const before = this.#queues.get(key) ?? Promise.resolve();
    const lock = before.then(() => this.#persist(key, options, deadlineMs));
    const ended = lock.catch(() => {});
    this.#queues.set(key, ended);
    void ended.then(() => {
      if (this.#queues.get(key) === ended) this.#queues.delete(key);
    });
    return lock;
  }

  async tryAcquire(key: string, options: LockOptions = {}): Promise<Lock | null> {
    const again = options.reentrant === true ? this.held().find((lock) => lock.key === key) : undefined;
    if (again !== undefined) {
      again.depth += 1;
      return again;
    }
    const ttlMs = this.#checkedTtl(options.ttl ?? this.#options.ttl);
    this.#claims += 1;
    const held = { key, owner: `${this.#life}-${this.#claims}` };
    const askedMs = this.#host.clock.elapsed();
    const grant = await this.#backend.claim({ ...held, ttlMs });
    if (grant === null) return null;
    const untilMs = askedMs + believedMs(ttlMs, this.#options.driftPpm);
    if (untilMs <= this.#host.clock.elapsed()) {
      this.#backend.abandon(held);
      return null;
    }
    const lock = new OwnLock(this.#host, { ...held, token: grant.token, ttl: ttlMs, untilMs });
    this.#held.set(lock.owner, lock);
    this.#watch(lock);
    if (options.autoRenew === true) this.#keep(lock, options.renewInterval ?? ttlMs / 3);
    return lock;
  }

  release({ key, owner }: Lock): Promise<boolean> {
    const lock = this.#held.get(owner);
    if (lock !== undefined && lock.depth > 1) {
      lock.depth -= 1;
      return Promise.resolve(true);
    }
    // It stops believing before it asks: the node may be quicker than the answer.
    this.#held.delete(owner);
    lock?.end(false);
    // Also if it is lost: a node may have kept it longer than this client dared to believe.
    return this.#backend.release({ key, owner });
  }

  async renew({ owner }: Lock, ttl?: number): Promise<boolean> {
    const lock = this.#held.get(owner);
    if (lock === undefined || lock.remaining() === 0) return false;
    const ttlMs = this.#checkedTtl(ttl ?? lock.ttl);
    const askedMs = this.#host.clock.elapsed();
    const isExtended = await this.#backend.extend({ key: lock.key, owner, ttlMs });
    if (isExtended && lock.remaining() > 0) {
      lock.ttl = ttlMs;
      // Nodes never make an expiry earlier.
      lock.untilMs = Math.max(lock.untilMs, askedMs + believedMs(ttlMs, this.#options.driftPpm));
      return true;
    }
    this.#lose(lock);
    return false;
  }

  info(key: string): Promise<LockInfo | null> {
    return this.#backend.info(key);
  }

  forceUnlock(key: string): Promise<boolean> {
    return this.#backend.forceUnlock(key);
  }

  async using<T>(
    key: string,
    work: (signal: AbortSignal, lock: Lock) => Promise<T>,
    options: LockOptions = {},
  ): Promise<T> {
    const lock = await this.acquire(key, options);
    try {
      return await work(lock.signal, lock);
    } finally {
      // If the release is lost the lock ends by itself.
      await this.release(lock).catch(() => {});
    }
  }

  /** Attempts until there is a lock, or one of the limits is reached. */
  async #persist(key: string, options: LockOptions, deadlineMs: number): Promise<Lock> {
    const { clock, random } = this.#host;
    const retryCount = options.retryCount ?? this.#options.retryCount;
    const retryDelayMs = options.retryDelay ?? this.#options.retryDelay;
    for (let attempt = 0; attempt <= retryCount && clock.elapsed() < deadlineMs; attempt += 1) {
      const lock = await this.tryAcquire(key, options);
      if (lock !== null) return lock;
      const delayUs = retryDelayUs(attempt, retryDelayMs, (limit) => random.below(limit, 'lock retry'));
      await clock.sleep(Math.min(delayUs / 1000, Math.max(0, deadlineMs - clock.elapsed())));
    }
    throw new Refused(`the lock on ${JSON.stringify(key)} was not to be had in time`);
  }

  /** Says that it is lost when its time is over, later if it was renewed. */
  #watch(lock: OwnLock): void {
    lock.after('watch', lock.remaining() + grainMs, () => {
      if (lock.remaining() > 0) this.#watch(lock);
      else this.#lose(lock);
    });
  }

  #keep(lock: OwnLock, intervalMs: number): void {
    lock.after('renew', intervalMs, () => {
      this.renew(lock).then(
        (isRenewed) => {
          if (isRenewed) this.#keep(lock, intervalMs);
        },
        (error) => {
          if (!isTimedOut(error) && !isRefused(error)) throw error;
          // It holds still, and may be renewed yet.
          if (lock.remaining() > 0) this.#keep(lock, intervalMs);
        },
      );
    });
  }

  #lose(lock: OwnLock): void {
    if (!this.#held.delete(lock.owner)) return;
    this.#host.log('lock lost', { key: lock.key, owner: lock.owner });
    lock.end(true);
  }

  #checkedTtl(ttlMs: number): number {
    const { ttlMax } = this.#options;
    if (ttlMs > 0 && ttlMs <= ttlMax) return ttlMs;
    throw new Refused(`a ttl is more than 0 and at most ${ttlMax} ms, not ${ttlMs}`);
  }
}
