/** What a coordinator knows of its transactions, as its log tells it, and what of that has to stay. No effects. */
import type { HostId } from '../../host.ts';
import { type Horizon, isAfter, parsed } from '../names.ts';
import { Outcomes } from '../outcomes.ts';
import type { Decision } from './messages.ts';
import type { CoordinatorRecord } from './records.ts';
import type { Standing } from './rules.ts';

/**
 * A transaction is voted on; then aborted, and forgotten but for clients that ask again; or its record *commit* is written,
 * then durable, then all have acknowledged it and the record *end* is written, and when that is durable as well it is
 * forgotten in the same way (presumed abort: Mohan et al. §3.2).
 */
export class Memory {
  /** Of this coordinator, before this one. */
  lives = 0;
  readonly outcomes: Outcomes<Decision>;
  readonly #voting = new Set<string>();
  /** The record *commit* is written: it is durable, or on its way to the disk. */
  readonly #committed = new Map<string, readonly HostId[]>();
  /** All have it, and the record *end* is written. */
  readonly #ending = new Set<string>();

  constructor(outcomesKept: number) {
    this.outcomes = new Outcomes(outcomesKept);
  }

  /** Takes in a record that was read back, and is durable. */
  take(record: CoordinatorRecord): void {
    switch (record.kind) {
      case 'boot':
        this.lives += 1;
        break;
      case 'lives':
        this.lives = record.count;
        break;
      case 'mark':
        this.outcomes.raise(record);
        break;
      case 'commit':
        this.#committed.set(record.transaction, record.participants);
        break;
      case 'end':
        this.#committed.delete(record.transaction);
        this.outcomes.settle(record.transaction, 'commit');
        break;
    }
  }

  /** Commits that some participant may not have heard of. */
  get unfinished(): ReadonlyMap<string, readonly HostId[]> {
    return this.#committed;
  }

  standing(transaction: string): Standing {
    if (this.#voting.has(transaction)) return 'voting';
    if (this.#committed.has(transaction) || this.#ending.has(transaction)) return 'committed';
    return this.outcomes.of(transaction) === 'commit' ? 'committed' : 'unknown';
  }

  vote(transaction: string): void {
    this.#voting.add(transaction);
  }

  /** Nobody who takes part acknowledges an abort, nor has to. */
  abort(transaction: string): void {
    this.#voting.delete(transaction);
    this.outcomes.settle(transaction, 'abort');
  }

  /** Its record is written; nobody is told before it is `committed`. */
  commit(transaction: string, participants: readonly HostId[]): void {
    this.#committed.set(transaction, participants);
  }

  /** Its record is durable. */
  committed(transaction: string): void {
    this.#voting.delete(transaction);
  }

  /** All have acknowledged it, durably, and its record *end* is written. */
  end(transaction: string): void {
    this.#committed.delete(transaction);
    this.#ending.add(transaction);
  }

  /** Which records *end* are written and may not be durable. */
  get ending(): readonly string[] {
    return [...this.#ending];
  }

  /** They are durable: no later life of this coordinator tells anybody once more. */
  ended(transactions: readonly string[]): void {
    for (const transaction of transactions) {
      if (this.#ending.delete(transaction)) this.outcomes.settle(transaction, 'commit');
    }
  }

  /** Up to where all is over; whoever is in doubt about a transaction before it has not committed it. */
  get horizon(): Horizon {
    const { mark } = this.outcomes;
    const open = [...this.#voting, ...this.#committed.keys(), ...this.#ending].filter((transaction) => {
      const name = parsed(transaction);
      return name !== null && !isAfter(name, mark);
    });
    return { ...mark, open: [...new Set(open)] };
  }

  /** What a later life has to know, in as few records as may be. */
  get live(): CoordinatorRecord[] {
    const records: CoordinatorRecord[] = [
      { kind: 'lives', count: this.lives },
      { kind: 'mark', ...this.outcomes.mark },
    ];
    for (const [transaction, decision] of this.outcomes.all) {
      if (decision === 'commit') records.push({ kind: 'end', transaction });
    }
    for (const transaction of this.#ending) records.push({ kind: 'end', transaction });
    for (const [transaction, participants] of this.#committed) {
      records.push({ kind: 'commit', transaction, participants });
    }
    return records;
  }
}
