/** How the last transactions of a host ended, for those who ask again. No effects. */
import { beginning, isAfter, type Mark, parsed } from './names.ts';

export class Outcomes<T> {
  readonly #known = new Map<string, T>();
  readonly #kept: number;
  #mark: Mark = beginning;

  /** @param kept how many outcomes are remembered */
  constructor(kept: number) {
    this.#kept = kept;
  }

  get all(): ReadonlyMap<string, T> {
    return this.#known;
  }

  /** Of no transaction after this one anything was forgotten. */
  get mark(): Mark {
    return this.#mark;
  }

  /** Remembers an outcome, and forgets the oldest if there are too many. */
  settle(transaction: string, outcome: T): void {
    this.#known.set(transaction, outcome);
    if (this.#known.size <= this.#kept) return;
    const [oldest] = this.#known.keys();
    this.#known.delete(oldest!);
    const name = parsed(oldest!);
    if (name !== null) this.raise(name);
  }

  /** Takes in up to where something may have been forgotten before. */
  raise({ life, number }: Mark): void {
    if (isAfter({ life, number }, this.#mark)) this.#mark = { life, number };
  }

  of(transaction: string): T | undefined {
    return this.#known.get(transaction);
  }

  /** Whether it may have had an outcome that is forgotten: nobody can say then what became of it. */
  isForgotten(transaction: string): boolean {
    const name = parsed(transaction);
    return name !== null && !this.#known.has(transaction) && !isAfter(name, this.#mark);
  }
}
