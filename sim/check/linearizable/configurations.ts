/** What the search remembers: states as small numbers, and the set of configurations that it has been in. */
import { canonical } from '../plain.ts';

/** About what a value and its entry in a map take besides its text. */
const overheadWords = 32;

/** Numbers plain values: equal in depth, equal number. */
export class States {
  readonly #values: unknown[] = [];
  readonly #primitives = new Map<unknown, number>();
  readonly #composites = new Map<string, number>();
  /** Words of 32 bits for the texts of all composite values, met again or not: what numbering them has cost. */
  compared = 0;
  /** Words of 32 bits that it takes to remember them. */
  words = 0;

  /** The number of a value; the first is 0. */
  number(value: unknown): number {
    if (typeof value !== 'object' || value === null) {
      return this.#numbered(this.#primitives, value ?? null, value ?? null);
    }
    const text = canonical(value);
    const before = this.#values.length;
    const number = this.#numbered(this.#composites, text, value);
    this.compared += text.length >> 2;
    if (number === before) this.words += text.length + overheadWords;
    return number;
  }

  value(number: number): unknown {
    return this.#values[number];
  }

  #numbered<Key>(numbers: Map<Key, number>, key: Key, value: unknown): number {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#values.length;
    this.#values.push(value);
    numbers.set(key, number);
    return number;
  }
}

/**
 * The configurations (front, state, window of bits) that a search has been in. They are found by a hash and compared
 * word by word, so that no collision can turn into a verdict.
 */
export class Configurations {
  readonly #window: Int32Array;
  readonly #certainWords: number;
  readonly #stride: number;
  readonly #wordsMax: number;
  #table = new Int32Array(64).fill(-1);
  #pool: Int32Array;
  #words = 0;
  #size = 0;
  /** How many comparisons there have been. */
  comparisons = 0;

  /**
   * `window` is read at every `add`: first the bits of determinate operations, then, from `certainWords` on, those of
   * optional ones. At most `wordsMax` words of 32 bits are stored.
   */
  constructor(window: Int32Array, certainWords: number, wordsMax: number) {
    this.#window = window;
    this.#certainWords = certainWords;
    this.#stride = window.length + 3;
    this.#wordsMax = wordsMax;
    this.#pool = new Int32Array(16 * this.#stride);
  }

  /** Whether another configuration would go over the limit, of which others have used so many words. */
  isFull(besides = 0): boolean {
    return this.#words + besides + this.#stride > this.#wordsMax;
  }

  /**
   * Adds the configuration with the present window; false if it was there, or one that differs in fewer optional
   * operations only, which can go wherever this one can. `hash` is of the front, the state and the determinate bits.
   */
  add(hash: number, front: number, state: number): boolean {
    const mixed = mix(hash ^ Math.imul(state, 0x9e3779b1) ^ Math.imul(front, 0x85ebca6b));
    const mask = this.#table.length - 1;
    let place = mixed & mask;
    for (let entry = this.#table[place]; entry !== -1; entry = this.#table[place]) {
      this.comparisons++;
      if (this.#pool[entry] === mixed && this.#covers(entry, front, state)) return false;
      place = (place + 1) & mask;
    }
    this.#table[place] = this.#append(mixed, front, state);
    if (++this.#size * 2 > this.#table.length) this.#grow();
    return true;
  }

  #covers(entry: number, front: number, state: number): boolean {
    const pool = this.#pool;
    if (pool[entry + 1] !== front || pool[entry + 2] !== state) return false;
    let word = 0;
    for (; word < this.#certainWords; word++) if (pool[entry + 3 + word] !== this.#window[word]) return false;
    for (; word < this.#window.length; word++) if (pool[entry + 3 + word] & ~this.#window[word]) return false;
    return true;
  }

  #append(mixed: number, front: number, state: number): number {
    const entry = this.#words;
    if (entry + this.#stride > this.#pool.length) {
      const larger = new Int32Array(
        Math.max(entry + this.#stride, Math.min(this.#pool.length * 2, this.#wordsMax)),
      );
      larger.set(this.#pool);
      this.#pool = larger;
    }
    this.#pool[entry] = mixed;
    this.#pool[entry + 1] = front;
    this.#pool[entry + 2] = state;
    this.#pool.set(this.#window, entry + 3);
    this.#words += this.#stride;
    return entry;
  }

  #grow(): void {
    const table = new Int32Array(this.#table.length * 2).fill(-1);
    const mask = table.length - 1;
    for (let entry = 0; entry < this.#words; entry += this.#stride) {
      let place = this.#pool[entry] & mask;
      while (table[place] !== -1) place = (place + 1) & mask;
      table[place] = entry;
    }
    this.#table = table;
  }
}

/** Spreads the bits of a 32-bit integer over all of it (the finalizer of MurmurHash3). */
export function mix(bits: number): number {
  let mixed = bits | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) | 0;
}
