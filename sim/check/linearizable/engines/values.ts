/** Small numbers for plain values: two values share one exactly when they are equal in depth. */
import { canonical } from '../../plain.ts';

export class Values {
  readonly #numbers = new Map<unknown, number>();
  /** Apart from the texts that are values themselves. */
  readonly #structures = new Map<string, number>();
  readonly #values: unknown[] = [];

  get count(): number {
    return this.#values.length;
  }

  number(value: unknown): number {
    const isStructure = typeof value === 'object' && value !== null;
    const key = isStructure ? canonical(value) : (value ?? null);
    const numbers: Map<unknown, number> = isStructure ? this.#structures : this.#numbers;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#values.push(value ?? null) - 1;
    numbers.set(key, number);
    return number;
  }

  /** The number of a value that has one already, otherwise -1. */
  find(value: unknown): number {
    if (typeof value === 'object' && value !== null) return this.#structures.get(canonical(value)) ?? -1;
    return this.#numbers.get(value ?? null) ?? -1;
  }

  value(number: number): unknown {
    return this.#values[number];
  }
}
