/**
 * Lost updates (Adya 4.4.1; Elle 6.1): two committed transactions that read one version of a key and both replaced it.
 * In whichever order they did, the later one has not seen the earlier; so this needs no order of versions.
 */
import { show } from '../plain.ts';
import type { Anomalies } from './anomalies.ts';
import { introduced } from './explain.ts';
import type { Ledger } from './ledger.ts';

export class LostUpdates {
  readonly #ledger: Ledger;
  readonly #anomalies: Anomalies;
  readonly #updaterOf = new Map<number, number>();

  constructor(ledger: Ledger, anomalies: Anomalies) {
    this.#ledger = ledger;
    this.#anomalies = anomalies;
  }

  /** A transaction read this version before any write of its own to the key, and writes the key. */
  note(version: number, transaction: number): void {
    const other = this.#updaterOf.get(version);
    if (other === undefined) {
      this.#updaterOf.set(version, transaction);
      return;
    }
    const { key } = this.#ledger.keys[this.#ledger.keyOf[version]];
    const transactions = [other, transaction].map((at) => this.#ledger.history[at]);
    const value = this.#ledger.values[version];
    const what = value === null ? 'before its first write' : `as ${show(value)} left it`;
    this.#anomalies.add('lost-update', () => ({
      message: `${introduced(transactions)} Both read ${show(key)} ${what}, and both wrote it: one did not see the other.`,
      transactions,
      key,
      values: [value],
    }));
  }
}
