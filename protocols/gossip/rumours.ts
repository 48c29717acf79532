/**
 * Rumour mongering with feedback and a counter (Demers et al. §1.4): a host that holds an entry for a *hot rumour* tells
 * it on in every round, and loses interest when it has turned in vain to `interest` others.
 */
import type { Entry } from './entries.ts';

export class Rumours {
  readonly #interest: number;
  readonly #hot = new Map<string, { readonly entry: Entry; inVain: number }>();

  /** @param interest 0: no rumours */
  constructor(interest: number) {
    this.#interest = interest;
  }

  get entries(): Entry[] {
    return [...this.#hot.values()].map(({ entry }) => entry);
  }

  /** Replaces an older rumour of the same key. */
  add(entry: Entry): void {
    if (this.#interest > 0) this.#hot.set(entry.key, { entry, inVain: 0 });
  }

  /** Somebody was told these entries, and only some were news to it. */
  told(entries: readonly Entry[], news: readonly string[]): void {
    for (const entry of entries) {
      const rumour = this.#hot.get(entry.key);
      // A newer one may have taken its place.
      if (rumour?.entry !== entry || news.includes(entry.key)) continue;
      rumour.inVain += 1;
      if (rumour.inVain >= this.#interest) this.#hot.delete(entry.key);
    }
  }
}
