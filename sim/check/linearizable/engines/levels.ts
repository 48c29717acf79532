/** Operations whose answers fix their order but for those of one level: an order of them, or what forbids it. */
import type { Operation } from '../../history.ts';

/** An operation that returned before one was called that stands on an earlier level. */
export interface OutOfOrder {
  readonly later: number;
  readonly earlier: number;
}

/**
 * Takes operations level by level (those of one level in any order). There is an order exactly if none of them returned
 * before one of an earlier level was called: within a level real time alone decides.
 */
export class Levels {
  readonly #part: readonly Operation[];
  /** The one that was called last on the levels before this one, and on all so far. */
  #latestBefore = -1;
  #latest = -1;

  constructor(part: readonly Operation[]) {
    this.#part = part;
  }

  /** What follows stands on a later level. */
  next(): void {
    this.#latestBefore = this.#latest;
  }

  /** Adds the operation at this position. */
  add(at: number): OutOfOrder | undefined {
    const conflict = this.conflict(at);
    if (this.#latest === -1 || this.#part[at].call > this.#part[this.#latest].call) this.#latest = at;
    return conflict;
  }

  /** Whether it returned too early to come here, or anywhere later. */
  conflict(at: number): OutOfOrder | undefined {
    const { type, return: returned, call } = this.#part[at];
    const end = type === 'ok' && returned !== null ? returned : Number.POSITIVE_INFINITY;
    if (this.#latestBefore === -1 || end >= this.#part[this.#latestBefore].call) return undefined;
    return call <= end ? { later: at, earlier: this.#latestBefore } : undefined;
  }
}
