/**
 * The values that one cache holds, each until its time is over; the one that was not asked for the longest makes room. It
 * reads no clock: `nowMs` is a time that should never go back.
 */
import type { Value } from '../protocol.ts';
import { matches } from './glob.ts';

export interface Entry {
  readonly value: Value;
  /** The store's version of the key when it was read or written. */
  readonly version: number;
  readonly untilMs: number;
}

export class Entries {
  evictions = 0;
  expirations = 0;
  invalidations = 0;
  readonly #size: number;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();

  /** @param size how many entries there is room for */
  constructor(size: number) {
    this.#size = size;
  }

  /** The entry as of now, which is used by this. */
  get(key: string, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.untilMs <= nowMs) {
      this.expirations += 1;
      return undefined;
    }
    this.#entries.set(key, entry);
    return entry;
  }

  /** Keeps the newer one of two versions. */
  put(key: string, entry: Entry): void {
    const known = this.#entries.get(key);
    if (known !== undefined && known.version > entry.version) return;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size <= this.#size) return;
    const [oldest] = this.#entries.keys();
    this.#entries.delete(oldest!);
    this.evictions += 1;
  }

  /** The key has this version now: an older entry goes, and that is true. */
  invalidate(key: string, version: number): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.version >= version) return false;
    this.invalidations += 1;
    return this.#entries.delete(key);
  }

  /** Drops all entries whose key matches, and says how many. */
  invalidateAll(pattern: string): number {
    return this.drop((key) => matches(pattern, key));
  }

  drop(isConcerned: (key: string) => boolean): number {
    let dropped = 0;
    for (const key of this.#entries.keys()) {
      if (!isConcerned(key)) continue;
      this.#entries.delete(key);
      dropped += 1;
    }
    this.invalidations += dropped;
    return dropped;
  }

  /** Drops what is over; true if anything was. */
  expire(nowMs: number): boolean {
    const before = this.#entries.size;
    for (const [key, { untilMs }] of this.#entries) if (untilMs <= nowMs) this.#entries.delete(key);
    this.expirations += before - this.#entries.size;
    return this.#entries.size < before;
  }

  /** Key and value, in the order of their last use. */
  values(): (readonly [key: string, value: Value])[] {
    return [...this.#entries].map(([key, { value }]) => [key, value]);
  }
}
