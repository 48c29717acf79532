/**
 * The keys that are locked on one node, and what becomes of them: `SET key owner NX PX ttl` and the two scripts of the
 * Redis documentation (*Distributed Locks with Redis*, "Correct implementation with a single instance"), and for each key
 * a line of those who want to have it in turn. It reads no clock: `nowMs` is a time that never goes back.
 */
import { Lines } from './line.ts';
import type { LockInfo } from './lock.ts';
import type { Claim, Grant, Held } from './messages.ts';
import type { LockRules } from './rules.ts';

export interface Locked {
  readonly owner: string;
  readonly token: number | null;
  /** Wall time, or whatever else the caller counts by. */
  readonly acquiredAt: number;
  /** What its owner had in line; null if it was given without. */
  readonly ticket: number | null;
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

/** Keys as a service shows them. */
export interface TableView {
  readonly locked: readonly LockedView[];
  readonly waiting: readonly WaitingView[];
}

interface LockedView {
  readonly key: string;
  readonly owner: string;
  readonly token: number | null;
  /** How often it was renewed. */
  readonly renewals: number;
  /** Null if nobody had to stand in line. */
  readonly ticket: number | null;
}

interface WaitingView {
  readonly key: string;
  readonly owner: string;
  readonly ticket: number;
}

/** Whether this owner may delete the key that `holder` has locked. */
export const mayRelease = (holder: string, owner: string): boolean => holder === owner;

export class LockTable {
  readonly #locked = new Map<string, Locked>();
  readonly #lines = new Lines();
  readonly #givesTokens: boolean;
  readonly #rules: Pick<LockRules, 'mayRelease' | 'nextInLine'>;
  readonly #keepsPlaces: boolean;
  /** The token given last: one counter for all keys, so that nothing is left of a key that is free. */
  #token = 0;

  /** @param keepsPlaces whether nobody who stands in line can vanish: then nobody has to ask again for a place in it */
  constructor(
    givesTokens: boolean,
    rules: Pick<LockRules, 'mayRelease' | 'nextInLine'>,
    keepsPlaces = false,
  ) {
    this.#givesTokens = givesTokens;
    this.#rules = rules;
    this.#keepsPlaces = keepsPlaces;
  }

  /** Who holds the key at this time. */
  at(key: string, nowMs: number): Locked | undefined {
    const locked = this.#locked.get(key);
    return locked === undefined || isOver(locked, nowMs) ? undefined : locked;
  }

  /** Who holds the key at this time, for operators; `wallMs` is the same time by a wall clock. */
  info(key: string, nowMs: number, wallMs: number): LockInfo | null {
    const holder = this.at(key, nowMs);
    if (holder === undefined) return null;
    const { owner, acquiredAt, token, untilMs } = holder;
    const ttl = untilMs === null ? null : untilMs - nowMs;
    return { key, owner, acquiredAt, expiresAt: ttl === null ? null : wallMs + ttl, ttl, token };
  }

  /**
   * Gives the key to whoever asks if it is free and nobody else is to have it first. A fair claim that is not granted
   * takes, or keeps, a place in line for as long as the lock would last. `token` is what the caller gives instead of
   * the table's own.
   */
  acquire({ key, owner, ttlMs, fair }: Claim, nowMs: number, wallMs: number, token?: number): Grant {
    const holder = this.at(key, nowMs);
    if (holder?.owner === owner) {
      // It may be told of its turn when that is long ago: what it counts on begins now. The packet of an unfair claim
      // comes a second time only by chance; it is told the same.
      if (fair && ttlMs !== null) this.renew({ key, owner, ttlMs }, nowMs);
      return { token: holder.token };
    }
    this.#lines.purge(nowMs);
    const lasts = ttlMs === null || this.#keepsPlaces ? Number.POSITIVE_INFINITY : ttlMs;
    if (fair) this.#lines.stand(key, owner, nowMs + lasts);
    if (holder !== undefined) return null;
    const next = this.#rules.nextInLine(this.#lines.of(key));
    if (next !== undefined && next.owner !== owner) return null;
    const ticket = this.#lines.leave(key, owner);
    if (this.#givesTokens) this.#token = token ?? this.#token + 1;
    const given = this.#givesTokens ? this.#token : null;
    const untilMs = ttlMs === null ? null : nowMs + ttlMs;
    this.#locked.set(key, { owner, token: given, acquiredAt: wallMs, ticket, ttlMs, untilMs, renewals: 0 });
    return { token: given };
  }

  /** True if the owner held it. Who stands in line leaves it. */
  release({ key, owner }: Held, nowMs: number): boolean {
    this.#lines.leave(key, owner);
    const holder = this.at(key, nowMs);
    if (holder === undefined || !this.#rules.mayRelease(holder.owner, owner)) return false;
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
    const haveLeft = this.#lines.purge(nowMs);
    return this.#locked.size < before || haveLeft;
  }

  /** How long it is until something ends by itself; null if nothing does. */
  leftMs(nowMs: number): number | null {
    const { dueMs } = this;
    return dueMs === null ? null : dueMs - nowMs;
  }

  /** When something ends next by itself; null if nothing does. */
  get dueMs(): number | null {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const { untilMs } of this.#locked.values()) dueMs = Math.min(dueMs, untilMs ?? dueMs);
    for (const [, line] of this.#lines.entries()) {
      for (const { untilMs } of line) dueMs = Math.min(dueMs, untilMs);
    }
    return dueMs === Number.POSITIVE_INFINITY ? null : dueMs;
  }

  entries(): Iterable<readonly [key: string, locked: Locked]> {
    return this.#locked;
  }

  view(): TableView {
    const locked = [...this.#locked].map(
      ([key, { owner, token, renewals, ticket }]): LockedView => ({ key, owner, token, renewals, ticket }),
    );
    const waiting = [...this.#lines.entries()].flatMap(([key, line]) =>
      line.map(({ owner, ticket }) => ({ key, owner, ticket })),
    );
    return { locked, waiting };
  }

  /** Everything in it, times included: equal texts mean equal tables. */
  text(): string {
    return JSON.stringify([this.#token, [...this.#locked], [...this.#lines.entries()]]);
  }

  /** What must outlive a restart. Places in line do not. */
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
    this.#locked.clear();
    for (const [key, owner, token, acquiredAt, ttlMs] of saved.locked) {
      const untilMs = ttlMs === null ? null : nowMs + ttlMs;
      this.#locked.set(key, { owner, token, acquiredAt, ticket: null, ttlMs, untilMs, renewals: 0 });
    }
  }
}

const isOver = ({ untilMs }: Locked, nowMs: number): boolean => untilMs !== null && untilMs <= nowMs;
