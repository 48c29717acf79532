/**
 * The keys that are locked on one node, and what becomes of them: `SET key owner NX PX ttl` and the two scripts of the
 * Redis documentation (*Distributed Locks with Redis*, "Correct implementation with a single instance"). It reads no
 * clock: `nowMs` is a time that never goes back.
 */
import type { Claim, Grant, Held } from './messages.ts';

export interface Locked {
  readonly owner: string;
  readonly token: number | null;
  /** Wall time. */
  readonly acquiredAt: number;
  /** What it was last given for; null for ever. */
  ttlMs: number | null;
  /** By the clock of `nowMs`; null for never. */
  untilMs: number | null;
  /** How often it was given anew. */
  renewals: number;
}

/** A locked key as it is written down: without a time, for no clock outlives its machine. */
type Saved = readonly [
  key: string,
  owner: string,
  token: number | null,
  acquiredAt: number,
  ttlMs: number | null,
];

/** Whether this owner may delete the key that `holder` has locked. */
export const mayRelease = (holder: string, owner: string): boolean => holder === owner;

export class LockTable {
  readonly #locked = new Map<string, Locked>();
  readonly #givesTokens: boolean;
  readonly #mayRelease: typeof mayRelease;
  /** The token given last: one counter for all keys, so that nothing is left of a key that is free. */
  #token = 0;

  constructor(givesTokens: boolean, judge: typeof mayRelease) {
    this.#givesTokens = givesTokens;
    this.#mayRelease = judge;
  }

  /** Who holds the key at this time. */
  at(key: string, nowMs: number): Locked | undefined {
    const locked = this.#locked.get(key);
    return locked === undefined || isOver(locked, nowMs) ? undefined : locked;
  }

  acquire({ key, owner, ttlMs }: Claim, nowMs: number, wallMs: number): Grant {
    const holder = this.at(key, nowMs);
    // The same packet once more: it is told the same, and counts from when it was first asked.
    if (holder?.owner === owner) return { token: holder.token };
    if (holder !== undefined) return null;
    if (this.#givesTokens) this.#token += 1;
    const token = this.#givesTokens ? this.#token : null;
    const untilMs = ttlMs === null ? null : nowMs + ttlMs;
    this.#locked.set(key, { owner, token, acquiredAt: wallMs, ttlMs, untilMs, renewals: 0 });
    return { token };
  }

  release({ key, owner }: Held, nowMs: number): boolean {
    const holder = this.at(key, nowMs);
    if (holder === undefined || !this.#mayRelease(holder.owner, owner)) return false;
    return this.#locked.delete(key);
  }

  renew({ key, owner, ttlMs }: Held & { readonly ttlMs: number }, nowMs: number): boolean {
    const holder = this.at(key, nowMs);
    if (holder === undefined || holder.owner !== owner) return false;
    holder.renewals += 1;
    // An old packet with a shorter ttl must not take back what a later one was promised.
    if (holder.untilMs !== null && holder.untilMs > nowMs + ttlMs) return true;
    holder.ttlMs = ttlMs;
    holder.untilMs = nowMs + ttlMs;
    return true;
  }

  forceUnlock(key: string, nowMs: number): boolean {
    const was = this.at(key, nowMs) !== undefined;
    this.#locked.delete(key);
    return was;
  }

  /** Forgets what is over; true if anything was. */
  purge(nowMs: number): boolean {
    const before = this.#locked.size;
    for (const [key, locked] of this.#locked) if (isOver(locked, nowMs)) this.#locked.delete(key);
    return this.#locked.size < before;
  }

  entries(): Iterable<readonly [key: string, locked: Locked]> {
    return this.#locked;
  }

  save(): Uint8Array {
    const locked = [...this.#locked].map(
      ([key, { owner, token, acquiredAt, ttlMs }]): Saved => [key, owner, token, acquiredAt, ttlMs],
    );
    return new TextEncoder().encode(JSON.stringify({ token: this.#token, locked }));
  }

  /** Takes over what was saved. Nobody knows how long ago that was: every lock lasts for its whole ttl once more. */
  load(bytes: Uint8Array, nowMs: number): void {
    const saved = JSON.parse(new TextDecoder().decode(bytes)) as { token: number; locked: readonly Saved[] };
    this.#token = saved.token;
    for (const [key, owner, token, acquiredAt, ttlMs] of saved.locked) {
      const untilMs = ttlMs === null ? null : nowMs + ttlMs;
      this.#locked.set(key, { owner, token, acquiredAt, ttlMs, untilMs, renewals: 0 });
    }
  }
}

const isOver = ({ untilMs }: Locked, nowMs: number): boolean => untilMs !== null && untilMs <= nowMs;
