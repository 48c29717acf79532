/** What a client of a cache cluster can do, and what the cluster counts. */
import type { Value } from '../protocol.ts';

/**
 * Reads and writes through a cluster of caches in front of a store. Every method may reject: with `Refused` (it did not
 * happen), or with anything else (it may have happened, and may still happen).
 */
export interface CacheClient {
  /**
   * The value, or null if there is none. It may be stale for as long as the strategy lets it be, but never older than
   * what this client object has read or written before: it is a session, and keeps what it has seen in memory. Beyond
   * `sessionKeys` keys that holds all the same, and what caches have of the other keys is of less use to it.
   */
  get(key: string): Promise<Value>;
  /** Writes to the store; the value is durable when it resolves. */
  set(key: string, value: Value): Promise<void>;
  delete(key: string): Promise<void>;
  /**
   * Forgets what is cached of the keys that match: `*` stands for any number of any characters, everything else for
   * itself. What the members of the newest view cached before the call they do not serve after it. A cache that has left
   * is not asked: until it hears that it has (a viewInterval, or as long as it does not reach the store), it may serve what
   * it had, for its ttl at most, to clients that have not heard of it either. This client has, and is not served by it; nor
   * is anybody when it comes back, for it drops what it had. The number of entries that are gone.
   * @throws Refused if nobody said who the caches are, TimedOut if a member did not answer: others may have dropped theirs
   */
  invalidateAll(pattern: string): Promise<number>;
  /** Of all members together, each since its start. */
  statistics(): Promise<Statistics>;
}

/** A type rather than an interface: messages are plain records. */
export type Statistics = {
  readonly hits: number;
  readonly misses: number;
  /** Entries that had to make room. */
  readonly evictions: number;
  /** Entries that were over. */
  readonly expirations: number;
  /** Leases to load a value from the store: granted to clients, or used by the cache itself. */
  readonly loads: number;
  /** Entries dropped since the store has changed, or somebody said so. */
  readonly invalidations: number;
  /** Values that came too late to be cached: something had changed since their lease was granted. */
  readonly refusedFills: number;
};

export const noStatistics: Statistics = {
  hits: 0,
  misses: 0,
  evictions: 0,
  expirations: 0,
  loads: 0,
  invalidations: 0,
  refusedFills: 0,
};

export function sum(all: readonly Statistics[]): Statistics {
  const names = Object.keys(noStatistics) as (keyof Statistics)[];
  const total = (name: keyof Statistics) => all.reduce((so, one) => so + one[name], 0);
  return Object.fromEntries(names.map((name) => [name, total(name)])) as Statistics;
}
