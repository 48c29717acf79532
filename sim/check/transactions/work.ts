/** A budget of steps: looking at one node or edge is one. Counts work, not time, so that verdicts repeat. */
export class Work {
  readonly limit: number;
  #spent = 0;
  #isExhausted = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  get spent(): number {
    return this.#spent;
  }

  /** Whether something was left undone. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  /** Spends the steps if they are left, and says whether they were. */
  afford(steps: number): boolean {
    if (this.#spent + steps > this.limit) {
      this.#isExhausted = true;
      return false;
    }
    this.#spent += steps;
    return true;
  }
}
