/** Anomalies as data, collected with a limit for each name. */
import type { Operation } from '../history.ts';
import { type AnomalyName, type IsolationLevel, levelsGiven } from './levels.ts';
import type { Key } from './transaction.ts';

/** Why one transaction comes before another. */
export type DependencyKind = 'ww' | 'wr' | 'rw' | 'process' | 'realtime';

export interface Dependency {
  /** Indexes into the anomaly's transactions. */
  readonly from: number;
  readonly to: number;
  readonly kind: DependencyKind;
  readonly key?: Key;
  /** The value that was overwritten or read; `null` is what was there before the first write. */
  readonly before?: unknown;
  /** The value that replaced it. */
  readonly after?: unknown;
  /** The reason in words: `T1 appended 1 to "x" before T2 appended 2`. */
  readonly because: string;
}

export interface Anomaly {
  readonly name: AnomalyName;
  readonly message: string;
  /** They are called T1, T2 … in the message. */
  readonly transactions: readonly Operation[];
  readonly key?: Key;
  /** The value or values it is about. */
  readonly values?: readonly unknown[];
  /** For a cycle: each dependency ends where the next one starts. */
  readonly cycle?: readonly Dependency[];
  /** Every level that it rules out, from weak to strong. */
  readonly rulesOut: readonly IsolationLevel[];
}

const shownMax = 10;

export class Anomalies {
  readonly list: Anomaly[] = [];
  readonly #counts = new Map<AnomalyName, number>();

  /** Counts an anomaly, and asks for its story if there are not enough of this name. */
  add(name: AnomalyName, story: () => Omit<Anomaly, 'name' | 'rulesOut'>): void {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    if (count <= shownMax) {
      this.list.push({ name, ...story(), rulesOut: levelsGiven([name]).ruledOut });
    }
  }

  /** How often each was found; of those on cycles, how many were shown. */
  get counts(): Readonly<Partial<Record<AnomalyName, number>>> {
    return Object.fromEntries(this.#counts);
  }
}
