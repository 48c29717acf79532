/**
 * Who has which number of a worker, for how long, and which time its ids may have used: the table of an allocator. No
 * effects.
 *
 * A lease alone does not make ids unique: the next holder of a number may have a wall clock that is behind. So a number
 * comes with a past. Its holder may use milliseconds up to a bound that the table knows, and the next one begins beyond
 * it (Gray & Cheriton, *Leases*, SOSP 1989, for the lease).
 */

export interface Row {
  /** A life of a worker. */
  readonly holder: string;
  /** The last millisecond, since the epoch of the ids, that may have been used. */
  readonly bound: number;
}

export type Grant = {
  readonly number: number;
  /** All up to this millisecond may have been used by others. */
  readonly floor: number;
  readonly bound: number;
};

export class Numbers {
  readonly #rows: Row[];
  /** By a clock that never goes back, and has nothing to do with that of an earlier life. */
  readonly #endsAtMs: number[];
  readonly #count: number;
  readonly #lease: number;
  readonly #reserve: number;
  /** How often a number came to another holder, in this life. */
  passedOn = 0;

  /**
   * Goes on with the rows of an earlier life. How long its leases still last is not known: they are counted anew.
   * @param given how many numbers there are, how long a lease lasts, and for how many milliseconds of ids one write serves
   */
  constructor(
    rows: readonly Row[],
    given: { readonly count: number; readonly lease: number; readonly reserve: number },
    nowMs: number,
  ) {
    this.#rows = [...rows];
    this.#count = given.count;
    this.#lease = given.lease;
    this.#reserve = given.reserve;
    this.#endsAtMs = rows.map(() => nowMs + given.lease);
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** A free number for this life, or the one that it was given already; undefined if none is free. */
  grant(holder: string, timeMs: number, nowMs: number): Grant | undefined {
    const known = this.#rows.findIndex((row) => row.holder === holder);
    const number = known >= 0 ? known : this.#free(nowMs);
    if (number === undefined) return undefined;
    const before = this.#rows[number];
    if (before !== undefined && before.holder !== holder) this.passedOn += 1;
    // A life that asks again has had no answer and used nothing, but who knows which copy of a question this is.
    const floor = before?.bound ?? -1;
    const bound = Math.max(floor, timeMs) + this.#reserve;
    this.#rows[number] = { holder, bound };
    this.#endsAtMs[number] = nowMs + this.#lease;
    return { number, floor, bound };
  }

  /**
   * Lets a holder keep its number, and use the millisecond that it names and some more: the new bound. Undefined if the
   * number is somebody else's.
   */
  renew(holder: string, number: number, timeMs: number, nowMs: number): number | undefined {
    const row = this.#rows[number];
    if (row?.holder !== holder) return undefined;
    this.#endsAtMs[number] = nowMs + this.#lease;
    // Not at every renewal, for it is to be written down.
    if (timeMs + this.#reserve / 2 > row.bound) {
      this.#rows[number] = { holder, bound: Math.max(row.bound, timeMs + this.#reserve) };
    }
    return this.#rows[number]!.bound;
  }

  #free(nowMs: number): number | undefined {
    for (let number = 0; number < this.#count; number++) {
      const endsAt = this.#endsAtMs[number];
      if (endsAt === undefined || endsAt <= nowMs) return number;
    }
    return undefined;
  }
}

/**
 * Until when a worker may believe in its number, by its own clock: counted from before it asked, since the allocator may
 * have counted from then on, less what its clock may be behind, and 2 ms for the grain of timers.
 */
export function believedUntil(
  { askedAt }: { readonly askedAt: number; readonly answeredAt: number },
  leaseMs: number,
  driftPpm: number,
): number {
  return askedAt + leaseMs - Math.ceil((leaseMs * driftPpm) / 1_000_000) - 2;
}
