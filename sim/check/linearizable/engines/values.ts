/** Small numbers for plain values: two values share one exactly when they are equal in depth. */
import { canonical } from '../../plain.ts';

/** Whole numbers below this are looked up in an array, which is several times faster than in a map. */
const directMax = 1 << 22;

export class Values {
  /** One more than the number of each small whole number. */
  #direct = new Int32Array(64);
  readonly #numbers = new Map<unknown, number>();
  /** Apart from the texts that are values themselves. */
  readonly #structures = new Map<string, number>();
  readonly #values: unknown[] = [];

  get count(): number {
    return this.#values.length;
  }

  number(value: unknown): number {
    const known = this.find(value);
    if (known !== -1) return known;
    const number = this.#values.push(value ?? null) - 1;
    if (isDirect(value)) {
      if (value >= this.#direct.length) {
        const larger = new Int32Array(Math.max(2 * this.#direct.length, value + 1));
        larger.set(this.#direct);
        this.#direct = larger;
      }
      this.#direct[value] = number + 1;
    } else if (typeof value === 'object' && value !== null) this.#structures.set(canonical(value), number);
    else this.#numbers.set(value ?? null, number);
    return number;
  }

  /** The number of a value that has one already, otherwise -1. */
  find(value: unknown): number {
    if (isDirect(value)) return value < this.#direct.length ? this.#direct[value] - 1 : -1;
    if (typeof value === 'object' && value !== null) return this.#structures.get(canonical(value)) ?? -1;
    return this.#numbers.get(value ?? null) ?? -1;
  }

  value(number: number): unknown {
    return this.#values[number];
  }
}

const isDirect = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < directMax && Number.isInteger(value);
