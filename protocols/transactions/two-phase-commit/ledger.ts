/** What a participant holds, as its log tells it: balances, transactions in doubt, and decisions. No effects. */
import { type Horizon, Horizons } from '../names.ts';
import type { Change, Decision } from './messages.ts';
import type { ParticipantRecord, Prepared } from './records.ts';

export type Obstacle = 'no such account' | 'account in use' | 'not enough money';

export class Ledger {
  readonly #balances: Map<string, number>;
  /** Which transaction in doubt uses an account: nobody else may until it is decided. */
  readonly #users = new Map<string, string>();
  readonly #inDoubt = new Map<string, Prepared>();
  readonly #decisions = new Map<string, Decision>();
  readonly #horizons = new Horizons();
  /** The names of the transactions in doubt; a new array after each change. */
  inDoubt: readonly string[] = [];
  /** All that is in the accounts. */
  sum: number;

  constructor(accounts: readonly string[], openingBalance: number) {
    this.#balances = new Map(accounts.map((account) => [account, openingBalance]));
    this.sum = accounts.length * openingBalance;
  }

  balance(account: string): number | undefined {
    return this.#balances.get(account);
  }

  /** The record of a transaction in doubt. */
  prepared(transaction: string): Prepared | undefined {
    return this.#inDoubt.get(transaction);
  }

  decision(transaction: string): Decision | undefined {
    return this.#decisions.get(transaction);
  }

  /** Why these changes cannot be promised now; undefined if they can. Nobody waits for an account: so no deadlock. */
  obstacle(changes: readonly Change[]): Obstacle | undefined {
    const after = new Map<string, number>();
    for (const { account, amount } of changes) {
      const balance = after.get(account) ?? this.#balances.get(account);
      if (balance === undefined) return 'no such account';
      if (this.#users.has(account)) return 'account in use';
      after.set(account, balance + amount);
    }
    return [...after.values()].some((balance) => balance < 0) ? 'not enough money' : undefined;
  }

  /** Takes in a record, as it is written or as it is read back. */
  apply(record: ParticipantRecord): void {
    switch (record.kind) {
      case 'prepared':
        this.#inDoubt.set(record.transaction, record);
        for (const { account } of record.changes) this.#users.set(account, record.transaction);
        break;
      case 'decided':
        this.#decisions.set(record.transaction, record.decision);
        this.#settle(record.transaction, record.decision);
        break;
      case 'balance':
        this.sum += record.amount - this.#balances.get(record.account)!;
        this.#balances.set(record.account, record.amount);
        return;
      case 'horizon':
        this.#horizons.restore(record.origin, record.horizon);
        return;
    }
    this.inDoubt = [...this.#inDoubt.keys()];
  }

  /** Takes in up to where transactions are over. */
  learn(transaction: string, horizon: Horizon): void {
    this.#horizons.learn(transaction, horizon);
  }

  /**
   * Whether a transaction is over, and nothing is known of it here any more. Nobody counts a vote on it; it is committed here
   * if it was committed; and whoever is still in doubt about it may take it for aborted, for a commit is not over before all
   * have acknowledged it.
   */
  isForgotten(transaction: string): boolean {
    const isKnown = this.#inDoubt.has(transaction) || this.#decisions.has(transaction);
    return !isKnown && this.#horizons.isOver(transaction);
  }

  /** Forgets the decisions that nobody asks for any more; what has to stay, in as few records as may be. */
  forget(): ParticipantRecord[] {
    for (const transaction of this.#decisions.keys()) {
      if (this.#horizons.isOver(transaction)) this.#decisions.delete(transaction);
    }
    return [
      ...[...this.#horizons.all].map(([origin, horizon]) => ({ kind: 'horizon', origin, horizon }) as const),
      ...[...this.#balances].map(([account, amount]) => ({ kind: 'balance', account, amount }) as const),
      ...[...this.#decisions].map(
        ([transaction, decision]) => ({ kind: 'decided', transaction, decision }) as const,
      ),
      ...this.#inDoubt.values(),
    ];
  }

  #settle(transaction: string, decision: Decision): void {
    const prepared = this.#inDoubt.get(transaction);
    if (prepared === undefined) return;
    this.#inDoubt.delete(transaction);
    for (const { account, amount } of prepared.changes) {
      this.#users.delete(account);
      if (decision === 'abort') continue;
      this.#balances.set(account, this.#balances.get(account)! + amount);
      this.sum += amount;
    }
  }
}
