/**
 * Leases (Nishtala et al., *Scaling Memcache at Facebook*, NSDI 2013, §3.2.1): whoever misses gets a token, which lets
 * it set the value that it reads from the store. The token is of no use once the key has been invalidated, so that no
 * stale value is set; and while one is out there is no other, so that not all who miss at one time load the value.
 * Here an invalidation says which version it is about, and a value that is at least as new may be set all the same.
 */
import { matches } from './glob.ts';

export interface Lease {
  readonly key: string;
  readonly token: number;
  readonly grantedMs: number;
  /** When it is over, and another one may be granted. */
  readonly untilMs: number;
  /** Of a write on its way through the cache, which is no load. */
  readonly isWrite: boolean;
  /** Older versions of the key must not be set. */
  floor: number;
}

/** Whether one more load of a key may begin while so many are under way. */
export const mayLoad = (underWay: number): boolean => underWay === 0;

/** Whether a value of this version may be set; `lease` is the one with the token, if it is still good. */
export const mayFill = (lease: Lease | undefined, version: number): boolean =>
  lease !== undefined && version >= lease.floor;

export class Leases {
  readonly #mayLoad: typeof mayLoad;
  readonly #leases = new Map<string, Lease[]>();
  #token: number;

  /** @param firstToken others in each life of a cache: what was granted before a restart is of no use after it */
  constructor(firstToken: number, rule: typeof mayLoad) {
    this.#token = firstToken;
    this.#mayLoad = rule;
  }

  /** A lease, unless somebody else has one for this key. */
  grant(key: string, nowMs: number, ttlMs: number): Lease | null {
    const current = (this.#leases.get(key) ?? []).filter(({ untilMs }) => untilMs > nowMs);
    this.#keep(key, current);
    if (!this.#mayLoad(current.filter(({ isWrite }) => !isWrite).length)) return null;
    return this.#add(key, nowMs, ttlMs, false);
  }

  /** A lease for the value that is about to be written to the store, until it is redeemed. */
  forWrite(key: string, nowMs: number): Lease {
    return this.#add(key, nowMs, Number.POSITIVE_INFINITY, true);
  }

  /** Gives a lease back, be it used or not; undefined if it is over or void. */
  redeem(key: string, token: number, nowMs: number): Lease | undefined {
    const current = this.#leases.get(key) ?? [];
    const lease = current.find((one) => one.token === token);
    this.#keep(
      key,
      current.filter((one) => one !== lease),
    );
    return lease !== undefined && lease.untilMs > nowMs ? lease : undefined;
  }

  /** The key has this version now; true if that matters to anybody who has a lease. */
  invalidate(key: string, version: number): boolean {
    const older = (this.#leases.get(key) ?? []).filter(({ floor }) => floor < version);
    for (const lease of older) lease.floor = version;
    return older.length > 0;
  }

  /** Nothing that was read so far may be set for keys that match. The loads go on: no other may begin before their end. */
  invalidateAll(pattern: string): void {
    this.spoil((key) => matches(pattern, key));
  }

  spoil(isConcerned: (key: string) => boolean): void {
    for (const [key, leases] of this.#leases) {
      if (isConcerned(key)) for (const lease of leases) lease.floor = Number.POSITIVE_INFINITY;
    }
  }

  /** Drops what is over; true if anything was. */
  expire(nowMs: number): boolean {
    let wasAny = false;
    for (const [key, leases] of this.#leases) {
      const current = leases.filter(({ untilMs }) => untilMs > nowMs);
      if (current.length === leases.length) continue;
      wasAny = true;
      this.#keep(key, current);
    }
    return wasAny;
  }

  /** Keys that are being loaded, each as often as there are leases for it. */
  keys(): string[] {
    return [...this.#leases].flatMap(([key, leases]) =>
      leases.filter(({ isWrite }) => !isWrite).map(() => key),
    );
  }

  #add(key: string, nowMs: number, ttlMs: number, isWrite: boolean): Lease {
    this.#token += 1;
    const lease = { key, token: this.#token, grantedMs: nowMs, untilMs: nowMs + ttlMs, isWrite, floor: 0 };
    this.#keep(key, [...(this.#leases.get(key) ?? []), lease]);
    return lease;
  }

  #keep(key: string, leases: Lease[]): void {
    if (leases.length > 0) this.#leases.set(key, leases);
    else this.#leases.delete(key);
  }
}
