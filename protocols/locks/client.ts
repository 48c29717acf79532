/** The client's half of every lock: it counts how long it may believe in what it was given, retries, and renews. */
import { grainMs } from '../grain.ts';
import { type Host, isRefused, isTimedOut, Refused, TimedOut, type Timer } from '../host.ts';
import type { Backend } from './backend.ts';
import { believedMs, mustBeTtl, retryDelayUs } from './lease.ts';
import type { Lock, LockClient, LockInfo, LockOptions } from './lock.ts';
import type { ClientOptions } from './options.ts';
import type { LockRules } from './rules.ts';

/** What a client of locks needs of its host. */
export type TaskHost = Pick<Host, 'id' | 'clock' | 'random' | 'log'>;

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
  /** When the renewal was asked for that was asked for last. */
  renewalMs = Number.NEGATIVE_INFINITY;
  readonly #host: TaskHost;
  readonly #controller = new AbortController();
  readonly #timers = new Map<'watch' | 'renew', Timer>();

  constructor(
    host: TaskHost,
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

  /** It is over: given up, or lost, and then the work is told. */
  end(tellLoss?: ClientRules['tellsLoss']): void {
    this.untilMs = Number.NEGATIVE_INFINITY;
    for (const timer of this.#timers.values()) timer.cancel();
    tellLoss?.(() =>
      this.#controller.abort(new TimedOut(`the lock on ${JSON.stringify(this.key)} was lost`)),
    );
  }
}

/** @param name told from that of any other client at one time; that of the host, if there is one client on it */
export function lockClient(
  host: TaskHost,
  backend: Backend,
  options: ClientOptions,
  rules: ClientRules,
  name: string = host.id,
): LockClient {
  return new LeaseClient(host, backend, options, rules, name);
}

type ClientRules = Pick<LockRules, 'countsFrom' | 'depthAfter' | 'inOrder' | 'mustBeInOrder' | 'tellsLoss'>;

class LeaseClient implements LockClient {
  readonly #host: TaskHost;
  readonly #backend: Backend;
  readonly #options: ClientOptions;
  readonly #rules: ClientRules;
  /** By owner. */
  readonly #held = new Map<string, OwnLock>();
  /** The keys of those who are acquiring one, as often as there are such. */
  readonly #wanted: string[] = [];
  /** By key, when the last of the fair callers has his lock or has given up. */
  readonly #queues = new Map<string, Promise<unknown>>();
  /** Names this life of the client. */
  readonly #life: string;
  #claims = 0;

  constructor(host: TaskHost, backend: Backend, options: ClientOptions, rules: ClientRules, name: string) {
    this.#host = host;
    this.#backend = backend;
    this.#options = options;
    this.#rules = rules;
    const nonce = host.random.below(2 ** 32, 'lock owner').toString(36);
    this.#life = `${name}-${Math.floor(host.clock.now() * 1000).toString(36)}-${nonce}`;
  }

  held(): readonly OwnLock[] {
    return [...this.#held.values()].filter((lock) => lock.remaining() > 0);
  }

  async acquire(key: string, options: LockOptions = {}): Promise<Lock> {
    const again = this.#again(key, options);
    if (again !== undefined) return again;
    this.#checkOrder(key);
    const deadlineMs = this.#deadline(options);
    this.#wanted.push(key);
    try {
      return await this.#inTurn(key, options, deadlineMs);
    } finally {
      this.#wanted.splice(this.#wanted.indexOf(key), 1);
    }
  }

  async acquireAll(keys: readonly string[], options: LockOptions = {}): Promise<readonly Lock[]> {
    const deadlineMs = this.#deadline(options);
    const locks: Lock[] = [];
    try {
      for (const key of this.#rules.inOrder(keys)) {
        const acquireTimeout = Math.max(0, deadlineMs - this.#host.clock.elapsed());
        locks.push(await this.acquire(key, { ...options, acquireTimeout }));
      }
      const lost = locks.find((lock) => lock.remaining() === 0);
      if (lost === undefined) return locks;
      throw new Refused(
        `the lock on ${JSON.stringify(lost.key)} was over before all were to be had: renew them, or take a longer ttl`,
      );
    } catch (error) {
      for (const lock of locks) void this.release(lock).catch(() => {});
      throw error;
    }
  }

  async tryAcquire(key: string, options: LockOptions = {}): Promise<Lock | null> {
    const again = this.#again(key, options);
    if (again !== undefined) return again;
    this.#checkOrder(key);
    return this.#attempt(key, options, this.#newOwner(), false);
  }

  release({ key, owner }: Lock): Promise<boolean> {
    const lock = this.#held.get(owner);
    if (lock !== undefined) {
      lock.depth = this.#rules.depthAfter(lock.depth);
      if (lock.depth > 0) return Promise.resolve(true);
    }
    // It stops believing before it asks: the node may be quicker than the answer.
    this.#held.delete(owner);
    lock?.end();
    // Also if it is lost: a node may have kept it longer than this client dared to believe.
    return this.#backend.release({ key, owner });
  }

  async renew({ owner }: Lock, ttl?: number): Promise<boolean> {
    const lock = this.#held.get(owner);
    if (lock === undefined || this.#isOver(lock)) return false;
    const ttlMs = this.#checkedTtl(ttl ?? lock.ttl);
    const askedMs = this.#host.clock.elapsed();
    lock.renewalMs = askedMs;
    const isExtended = await this.#backend.extend({ key: lock.key, owner, ttlMs });
    if (isExtended && lock.remaining() > 0) {
      // An answer to an earlier question, that comes late, says nothing of what is asked for from now on.
      if (lock.renewalMs === askedMs) lock.ttl = ttlMs;
      // Nodes never make an expiry earlier.
      lock.untilMs = Math.max(lock.untilMs, this.#believedUntil(askedMs, ttlMs));
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
      const result = await work(lock.signal, lock);
      // Who stood still may come here before the timer that would have told.
      const own = this.#held.get(lock.owner);
      if (own !== undefined) this.#isOver(own);
      lock.signal.throwIfAborted();
      return result;
    } finally {
      // If the release is lost the lock ends by itself.
      await this.release(lock).catch(() => {});
    }
  }

  /** A lock that this client has already, one level deeper. */
  #again(key: string, options: LockOptions): OwnLock | undefined {
    if (options.reentrant !== true) return undefined;
    const lock = this.held().find((one) => one.key === key);
    if (lock !== undefined) lock.depth += 1;
    return lock;
  }

  #checkOrder(key: string): void {
    if (!this.#options.ordered) return;
    this.#rules.mustBeInOrder([...this.held().map((lock) => lock.key), ...this.#wanted], key);
  }

  #deadline({ acquireTimeout = this.#options.acquireTimeout }: LockOptions): number {
    return this.#host.clock.elapsed() + acquireTimeout;
  }

  #newOwner(): string {
    this.#claims += 1;
    return `${this.#life}-${this.#claims}`;
  }

  /** Fair callers line up: those of this client here, the first of them where the locks are kept. */
  #inTurn(key: string, options: LockOptions, deadlineMs: number): Promise<Lock> {
    if (options.fair !== true) return this.#persist(key, options, deadlineMs);
    const before = this.#queues.get(key);
    const lock =
      before === undefined
        ? this.#persist(key, options, deadlineMs)
        : this.#within(deadlineMs, before).then(() => this.#persist(key, options, deadlineMs));
    // Who has given up does not let those behind it pass those before it.
    const ended = Promise.all([before, lock.catch(() => {})]);
    this.#queues.set(key, ended);
    void ended.then(() => {
      if (this.#queues.get(key) === ended) this.#queues.delete(key);
    });
    return lock;
  }

  /** Resolves with what is waited for, or when the time is over. */
  async #within(deadlineMs: number, waited: Promise<unknown>): Promise<void> {
    const { clock } = this.#host;
    let timer: Timer | undefined;
    const over = new Promise<void>((resolve) => {
      timer = clock.after(Math.max(0, deadlineMs - clock.elapsed()), resolve);
    });
    await Promise.race([waited, over]);
    timer?.cancel();
  }

  /** Attempts until there is a lock, or one of the limits is reached. */
  async #persist(key: string, options: LockOptions, deadlineMs: number): Promise<Lock> {
    const { clock, random } = this.#host;
    const isInLine = options.fair === true && this.#backend.keepsLines;
    const retryCount = options.retryCount ?? this.#options.retryCount;
    const retryDelayMs = options.retryDelay ?? this.#options.retryDelay;
    // A place in line lasts as long as the lock would: who asks in time for that loses two questions at the least.
    const waitMsMax = isInLine ? (options.ttl ?? this.#options.ttl) / 4 : Number.POSITIVE_INFINITY;
    /** The same at every attempt in line, for it is the owner that has a place there. */
    const owner = this.#newOwner();
    for (let attempt = 0; attempt <= retryCount && clock.elapsed() < deadlineMs; attempt += 1) {
      const name = isInLine || attempt === 0 ? owner : this.#newOwner();
      const lock = await this.#attempt(key, options, name, isInLine);
      if (lock !== null) return lock;
      // In line nobody is overtaken for asking less often.
      const doublings = isInLine ? 0 : attempt;
      const delayUs = retryDelayUs(doublings, retryDelayMs, (limit) => random.below(limit, 'lock retry'));
      const waitMs = Math.min(delayUs / 1000, waitMsMax, Math.max(0, deadlineMs - clock.elapsed()));
      await (this.#backend.freed?.(key, waitMs) ?? clock.sleep(waitMs));
    }
    if (isInLine) this.#backend.abandon({ key, owner });
    throw new Refused(`the lock on ${JSON.stringify(key)} was not to be had in time`);
  }

  /** Asks once; null if it was not to be had, or came too late to be of use. */
  async #attempt(key: string, options: LockOptions, owner: string, fair: boolean): Promise<OwnLock | null> {
    const ttlMs = this.#checkedTtl(options.ttl ?? this.#options.ttl);
    const held = { key, owner };
    const askedMs = this.#host.clock.elapsed();
    const grant = await this.#backend.claim({ ...held, ttlMs, fair });
    if (grant === null) return null;
    const untilMs = this.#believedUntil(askedMs, ttlMs);
    if (untilMs <= this.#host.clock.elapsed()) {
      // Who stands in line asks again under the same name, and is not to be overtaken by its own release.
      if (!fair) this.#backend.abandon(held);
      return null;
    }
    const lock = new OwnLock(this.#host, { ...held, token: grant.token, ttl: ttlMs, untilMs });
    this.#held.set(lock.owner, lock);
    this.#watch(lock);
    this.#backend.onLost?.(held, () => this.#lose(lock));
    if (options.autoRenew === true) this.#keep(lock, options.renewInterval ?? ttlMs / 3);
    return lock;
  }

  #believedUntil(askedMs: number, ttlMs: number): number {
    const fromMs = this.#rules.countsFrom(askedMs, this.#host.clock.elapsed());
    return fromMs + believedMs(ttlMs, this.#options.driftPpm);
  }

  /** Says that it is lost when its time is over, later if it was renewed. */
  #watch(lock: OwnLock): void {
    lock.after('watch', lock.remaining() + grainMs, () => {
      if (!this.#isOver(lock)) this.#watch(lock);
    });
  }

  #keep(lock: OwnLock, intervalMs: number): void {
    // Sooner, if little of it is left: because it came late, or because it could not be renewed in time.
    lock.after('renew', Math.max(1, Math.min(intervalMs, lock.remaining() / 2)), () => {
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

  /** Whether it is; then the work is told, if it has not been. */
  #isOver(lock: OwnLock): boolean {
    if (lock.remaining() > 0) return false;
    this.#lose(lock);
    return true;
  }

  #lose(lock: OwnLock): void {
    if (!this.#held.delete(lock.owner)) return;
    this.#host.log('lock lost', { key: lock.key, owner: lock.owner });
    lock.end(this.#rules.tellsLoss);
  }

  #checkedTtl(ttlMs: number): number {
    const { ttlMax } = this.#options;
    mustBeTtl(ttlMs, ttlMax);
    return ttlMs;
  }
}
