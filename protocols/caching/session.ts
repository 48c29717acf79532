/** What a session has seen, in bounded memory (the read set and write set of Terry et al. 1994). */

/**
 * The newest version of each key that a session has read or written: it must not see an older one. Versions are numbers
 * of one sequence for all keys, so that a single floor stands for everything that had to be forgotten: the newest version
 * among it. A key that is not remembered is held to the floor, which may be more than it was seen in, never less.
 */
export class Seen {
  readonly #keysMax: number;
  /** In the order of their last use. */
  readonly #versions = new Map<string, number>();
  #floor = 0;

  /** @param keysMax how many keys are remembered; the one that was not used for the longest is forgotten */
  constructor(keysMax: number) {
    this.#keysMax = keysMax;
  }

  /** The oldest version of a key that the session may see. */
  atLeast(key: string): number {
    return this.#versions.get(key) ?? this.#floor;
  }

  note(key: string, version: number): void {
    const newest = Math.max(version, this.#versions.get(key) ?? 0);
    this.#versions.delete(key);
    this.#versions.set(key, newest);
    if (this.#versions.size <= this.#keysMax) return;
    const [oldest] = this.#versions.entries();
    const [forgottenKey, forgotten] = oldest!;
    this.#versions.delete(forgottenKey);
    this.#floor = Math.max(this.#floor, forgotten);
  }
}
