/** What a participant holds, as its log tells it: balances, transactions in doubt, and decisions. No effects. */
import type { Change, Decision } from './messages.ts';
import type { ParticipantRecord, Prepared } from './records.ts';

export type Obstacle = 'no such account' | 'account in use' | 'not enough money';

export class Ledger {
  readonly #balances: Map<string, number>;
  /** Which transaction in doubt uses an account: nobody else may until it is decided. */
  readonly #users = new Map<string, string>();
  readonly #inDoubt = new Map<string, Prepared>();
  readonly #decisions = new Map<string, Decision>();
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
    const { transaction } = record;
    if (record.kind === 'prepared') {
      this.#inDoubt.set(transaction, record);
      for (const { account } of record.changes) this.#users.set(account, transaction);
    } else {
      this.#decisions.set(transaction, record.decision);
      this.#settle(transaction, record.decision);
    }
    this.inDoubt = [...this.#inDoubt.keys()];
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
