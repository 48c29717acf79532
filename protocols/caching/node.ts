/** One cache of a cluster: entries in memory, leases for what is missing, and news of what has changed. */
import { type Host, type HostId, isRefused, isTimedOut, Refused } from '../host.ts';
import { type DirectoryWire, Lookout } from '../placement/directory.ts';
import { ring } from '../placement/ring.ts';
import { type View, Views } from '../placement/view.ts';
import type { Value } from '../protocol.ts';
import type { Statistics } from './cache.ts';
import { Entries } from './entries.ts';
import { type Lease, Leases } from './leases.ts';
import type { CacheWire, Found, Versioned, Write, Written } from './messages.ts';
import { type CachingOptions, isStore } from './options.ts';
import type { CachingRules } from './rules.ts';

/** What a cache shows. */
export interface CacheNodeView {
  readonly role: 'cache';
  /** Of the latest view that it knows. */
  readonly version: number;
  readonly cached: readonly (readonly [key: string, value: Value])[];
  /** Keys that are being loaded, each as often as it is. */
  readonly loading: readonly string[];
  readonly statistics: Statistics;
}

type Answer = ReturnType<CacheWire['set']>;

export function cacheNode(options: CachingOptions, rules: CachingRules) {
  return async (host: Host<CacheWire>): Promise<void> => {
    const node = new CacheNode(host, options, rules);
    host.on('get', ({ key, view, atLeast }, from) => node.get(key, view, atLeast, from));
    host.on('fill', ({ key, token, value, version }) => node.fill(key, token, { value, version }));
    host.on('invalidate', ({ key, version }) => node.invalidate(key, version));
    host.on('set', ({ view, ...write }) => node.set(write, view));
    host.on('invalidateAll', ({ pattern, view }) => node.invalidateAll(pattern, view));
    host.on('statistics', () => node.statistics());
    await node.run();
  };
}

class CacheNode {
  readonly #host: Host<CacheWire>;
  readonly #options: CachingOptions;
  readonly #rules: CachingRules;
  readonly #store: HostId;
  readonly #views: Views;
  readonly #lookout: Lookout;
  readonly #entries: Entries;
  readonly #leases: Leases;
  /** Loads by this cache itself: who asks for the same waits for them. */
  readonly #loads = new Map<string, Promise<Versioned>>();
  /** Up to which change of the store this cache has heard; null if it has not begun to listen. */
  #heard: number | null = null;
  /** The version of the view by which the entries were last looked through. */
  #sorted = 0;
  #hits = 0;
  #misses = 0;
  #granted = 0;
  #refusedFills = 0;
  #shown: CacheNodeView | null = null;

  constructor(host: Host<CacheWire>, options: CachingOptions, rules: CachingRules) {
    this.#host = host;
    this.#options = options;
    this.#rules = rules;
    this.#store = host.peers.find(isStore)!;
    this.#views = new Views(ring(options.points));
    const views = host.mount<DirectoryWire>('views');
    this.#lookout = new Lookout(views, this.#store, options.storeTimeout, this.#views, () => this.#sort());
    this.#entries = new Entries(options.size);
    this.#leases = new Leases(host.random.below(2 ** 32, 'first token'), rules.mayLoad);
    host.expose((): CacheNodeView => this.#show());
  }

  async run(): Promise<void> {
    const { viewInterval, feedInterval, invalidation } = this.#options;
    if (invalidation === 'feed') void this.#listen(feedInterval);
    for (;;) {
      await this.#lookout.refresh();
      const now = this.#now();
      if (this.#leases.expire(now)) this.#changed();
      if (this.#entries.expire(now)) this.#changed();
      await this.#host.clock.sleep(viewInterval);
    }
  }

  async get(key: string, view: number, atLeast: number, from: HostId): Promise<Found> {
    for (;;) {
      if (!(await this.#isOwner(key, view)))
        return { status: 'not an owner', views: this.#views.after(view) };
      if (this.#options.invalidation === 'feed' && this.#heard === null) return { status: 'ask the store' };
      this.#changed();
      const entry = this.#entries.get(key, this.#now());
      if (entry !== undefined && entry.version >= atLeast) {
        this.#hits += 1;
        return { status: 'found', value: entry.value, version: entry.version };
      }
      this.#misses += 1;
      const isOwnLoad = this.#options.strategy !== 'cache-aside';
      // A load of this cache is given up in time, and its lease given back.
      const ttlMs = isOwnLoad ? Number.POSITIVE_INFINITY : this.#options.leaseTtl;
      const lease = this.#leases.grant(key, this.#now(), ttlMs);
      if (lease !== null) {
        this.#granted += 1;
        if (isOwnLoad) this.#host.log('a key is missing, and is loaded', { key });
        else this.#host.log(`a key is missing, and ${from} may load it`, { key });
      }
      if (isOwnLoad) {
        if (lease !== null) return { status: 'found', ...(await this.#load(lease)) };
        // What comes may be too old for this question: then another load begins, when that one is over.
        await this.#loads.get(key);
      } else return lease === null ? { status: 'wait' } : { status: 'lease', token: lease.token };
    }
  }

  fill(key: string, token: number, { value, version }: Versioned): void {
    this.#changed();
    const now = this.#now();
    const lease = this.#leases.redeem(key, token, now);
    if (!this.#rules.mayFill(lease, version)) {
      this.#refusedFills += 1;
      this.#host.log('value came too late', { key, value, version });
      return;
    }
    const bornMs = lease === undefined ? now : this.#rules.bornMs(lease, now);
    this.#entries.put(key, { value, version, untilMs: bornMs + this.#options.ttl });
    this.#host.log('cached', { key, value, version });
  }

  invalidate(key: string, version: number): void {
    this.#changed();
    const [wasCached, isLoaded] = [
      this.#entries.invalidate(key, version),
      this.#leases.invalidate(key, version),
    ];
    if (wasCached) this.#host.log('dropped an older value', { key, version });
    else if (isLoaded)
      this.#host.log('heard of a newer version of a key that is being loaded', { key, version });
  }

  /** Write-through: the store first, then the entry, unless something newer has been heard of in the meantime. */
  async set(write: Write, view: number): Promise<Answer> {
    const { key, operation } = write;
    if (!(await this.#isOwner(key, view))) return { status: 'not an owner', views: this.#views.after(view) };
    const lease = this.#leases.forWrite(key, this.#now());
    let written: Written;
    try {
      written = await this.#host.call(this.#store, 'write', write, { timeoutMs: this.#options.storeTimeout });
    } catch (error) {
      this.#leases.redeem(key, lease.token, this.#now());
      // Refused by the store or not sent: not done. A refusal that was let through would be a timeout.
      throw isRefused(error) ? new Refused(error.message) : error;
    }
    const { version, isRepeated, isDone } = written;
    if (isDone) this.invalidate(key, version);
    // The answer to a copy says nothing about now.
    if (isRepeated || !isDone) this.#leases.redeem(key, lease.token, this.#now());
    else
      this.fill(key, lease.token, { value: operation.f === 'put' ? operation.value : operation.to, version });
    if (this.#rules.mustTell(written)) this.#tellOthers(key, version);
    return { status: 'done', ...written };
  }

  invalidateAll(pattern: string, view: number): { dropped: number; views: readonly View[] } {
    this.#changed();
    this.#leases.invalidateAll(pattern);
    return { dropped: this.#entries.invalidateAll(pattern), views: this.#views.after(view) };
  }

  statistics(): Statistics {
    const { evictions, expirations, invalidations } = this.#entries;
    const [hits, misses, loads, refusedFills] = [this.#hits, this.#misses, this.#granted, this.#refusedFills];
    return { hits, misses, evictions, expirations, loads, invalidations, refusedFills };
  }

  #load(lease: Lease): Promise<Versioned> {
    const { key, token } = lease;
    const load = this.#read(key).then(
      (found) => {
        this.#loads.delete(key);
        this.fill(key, token, found);
        return found;
      },
      (error: unknown) => {
        this.#loads.delete(key);
        this.#leases.redeem(key, token, this.#now());
        this.#changed();
        throw error;
      },
    );
    this.#loads.set(key, load);
    return load;
  }

  async #read(key: string): Promise<Versioned> {
    try {
      return await this.#host.call(this.#store, 'read', { key }, { timeoutMs: this.#options.storeTimeout });
    } catch (error) {
      if (!isRefused(error) && !isTimedOut(error)) throw error;
      throw new Refused('the store does not answer');
    }
  }

  /** Follows the changes of the store, from the first answer on. */
  async #listen(everyMs: number): Promise<void> {
    const timeoutMs = this.#options.storeTimeout;
    for (;;) {
      try {
        const { after, keys } = await this.#host.call(
          this.#store,
          'changes',
          { after: this.#heard },
          { timeoutMs },
        );
        keys.forEach((key, at) => {
          this.invalidate(key, after + at + 1);
        });
        this.#heard = after + keys.length;
        if (keys.length > 0) continue;
      } catch (error) {
        if (!isRefused(error) && !isTimedOut(error)) throw error;
      }
      await this.#host.clock.sleep(everyMs);
    }
  }

  /** Other caches that hold the key; whom the message does not reach learns of it from the store, or not at all. */
  #tellOthers(key: string, version: number): void {
    if (this.#options.invalidation === 'none') return;
    for (const owner of this.#views.owners(key, this.#options.copies)) {
      if (owner !== this.#host.id) this.#host.send(owner, 'invalidate', { key, version });
    }
  }

  /** Whether this cache holds the key, by a view that is no older than the client's. */
  async #isOwner(key: string, view: number): Promise<boolean> {
    if (!(await this.#lookout.reaches(Math.max(1, view)))) {
      throw new Refused(`${this.#host.id} does not know view ${view} yet`);
    }
    return this.#views.owners(key, this.#options.copies).includes(this.#host.id);
  }

  /** Drops what has not been this cache's own in every view since: others have served it. */
  #sort(): void {
    this.#changed();
    const { version } = this.#views;
    const isForeign = (key: string): boolean => {
      for (let view = this.#sorted + 1; view <= version; view++) {
        if (!this.#views.owners(key, this.#options.copies, view).includes(this.#host.id)) return true;
      }
      return false;
    };
    this.#entries.drop(isForeign);
    this.#leases.spoil(isForeign);
    this.#sorted = version;
  }

  #now(): number {
    return this.#rules.now(this.#host.clock);
  }

  #changed(): void {
    this.#shown = null;
  }

  #show(): CacheNodeView {
    this.#shown ??= {
      role: 'cache',
      version: this.#views.version,
      cached: this.#entries.values(),
      loading: this.#leases.keys(),
      statistics: this.statistics(),
    };
    return this.#shown;
  }
}
