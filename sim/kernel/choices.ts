/**
 * The only source of chance. A choice is a pure function of (seed, label, ordinal): the n-th draw under a label does
 * not depend on any other label, so a draw added in one place moves nothing elsewhere.
 *
 * *Zero is calm*: every draw is arranged so that 0 is the uneventful outcome (no loss, the shortest delay, the first
 * choice). A tape that says nothing about a draw can therefore fall back to 0.
 */
import alea from 'seedrandom/lib/alea.js';

/** Odds as a fraction of whole numbers: `[1, 20]` is 5%. */
export type Odds = readonly [hits: number, outOf: number];

/** Every value drawn in a run: label → ordinal → value. Plain data once `Object.fromEntries` is applied. */
export type Tape = ReadonlyMap<string, ReadonlyMap<number, number>>;

export interface ChoicesOptions {
  /** Keep every draw for `tape()`. */
  readonly record?: boolean;
  /** Read draws from a tape; `fallback` decides the ones it does not have: calm is 0, seeded draws as usual. */
  readonly replay?: { readonly tape: Tape; readonly fallback: 'calm' | 'seeded' };
}

const golden = 0x9e3779b1;

/** The 32-bit finaliser of MurmurHash3 (Appleby), a bijection that spreads every input bit over all output bits. */
function finalize(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** A second bijection with other constants (Mulvey's lowbias32). */
function finalizeTwo(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** A hash of a label's text; combine hashes of parts with `joinHash`. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return finalize(hash);
}

export function joinHash(left: number, right: number): number {
  return finalizeTwo((Math.imul(left, 31) + right + golden) | 0);
}

/** `raw` (32 bits) scaled down to a whole number from 0 to `limit - 1`. */
export function scale(raw: number, limit: number): number {
  // The product is below limit · 2^32 by at least `limit`, far more than its rounding error: never `limit` itself.
  return Math.floor((raw * limit) / 4294967296);
}

export class Choices {
  readonly seed: string;
  readonly #keyA: number;
  readonly #keyB: number;
  readonly #keyC: number;
  readonly #keyD: number;
  readonly #recorded: Map<string, Map<number, number>> | undefined;
  readonly #replayed: ChoicesOptions['replay'];
  readonly #streams = new Map<string, Stream>();
  /** Whether labels are needed as text. When false, callers may pass hashes only. */
  readonly labelled: boolean;

  constructor(seed: string, options: ChoicesOptions = {}) {
    this.seed = seed;
    const expand = alea(seed);
    this.#keyA = expand.int32();
    this.#keyB = expand.int32();
    this.#keyC = expand.int32();
    this.#keyD = expand.int32();
    this.#recorded = options.record ? new Map() : undefined;
    this.#replayed = options.replay;
    this.labelled = this.#recorded !== undefined || this.#replayed !== undefined;
  }

  /** 32 bits for the `ordinal`-th draw under a label given by its hash. */
  raw(labelHash: number, ordinal: number): number {
    const a = finalize(labelHash ^ this.#keyA) ^ this.#keyB;
    const b = (Math.imul(labelHash, golden) + this.#keyC) | 0;
    return finalizeTwo((finalize((Math.imul(ordinal + 1, golden) + a) | 0) + b) ^ this.#keyD) >>> 0;
  }

  /** A draw from 0 to `limit - 1`; `label` is consulted only while recording or replaying. */
  draw(labelHash: number, ordinal: number, limit: number, label: string): number {
    if (!this.labelled) return scale(this.raw(labelHash, ordinal), limit);
    return this.#labelledDraw(labelHash, ordinal, limit, label);
  }

  /** The next draw under a label that keeps its own count. */
  below(limit: number, label: string): number {
    return this.stream(label).below(limit);
  }

  chance(odds: Odds, label: string): boolean {
    return this.stream(label).chance(odds);
  }

  /** A handle for drawing often under one label. */
  stream(label: string): Stream {
    let stream = this.#streams.get(label);
    if (stream === undefined) {
      stream = new Stream(this, label);
      this.#streams.set(label, stream);
    }
    return stream;
  }

  /** What was drawn so far; empty unless recording. */
  tape(): Tape {
    return this.#recorded ?? new Map();
  }

  #labelledDraw(labelHash: number, ordinal: number, limit: number, label: string): number {
    let value: number | undefined;
    if (this.#replayed !== undefined) {
      value = this.#replayed.tape.get(label)?.get(ordinal);
      if (value === undefined && this.#replayed.fallback === 'calm') value = 0;
      // A tape edited by hand or made by other code may hold a value that does not fit.
      if (value !== undefined) value = Math.min(limit - 1, Math.max(0, Math.trunc(value) || 0));
    }
    value ??= scale(this.raw(labelHash, ordinal), limit);
    if (this.#recorded !== undefined) {
      let values = this.#recorded.get(label);
      if (values === undefined) {
        values = new Map();
        this.#recorded.set(label, values);
      }
      values.set(ordinal, value);
    }
    return value;
  }
}

/** The draws under one label, in order. */
export class Stream {
  readonly label: string;
  readonly #choices: Choices;
  readonly #hash: number;
  #ordinal = 0;

  constructor(choices: Choices, label: string) {
    this.label = label;
    this.#choices = choices;
    this.#hash = hashText(label);
  }

  below(limit: number): number {
    const ordinal = this.#ordinal;
    this.#ordinal = ordinal + 1;
    return this.#choices.draw(this.#hash, ordinal, limit, this.label);
  }

  chance(odds: Odds): boolean {
    // The hits are the highest values, so that 0 is a miss.
    return this.below(odds[1]) >= odds[1] - odds[0];
  }

  /** One of the items; the first is the calm one. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** The items in another order (Fisher–Yates); draws of 0 leave it as it is. */
  shuffled<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let i = 0; i < order.length - 1; i += 1) {
      const other = i + this.below(order.length - i);
      [order[i], order[other]] = [order[other]!, order[i]!];
    }
    return order;
  }
}
