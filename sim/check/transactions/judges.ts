/** The judges of transactions and of Jepsen's workloads by name, for whoever is asked to use one of them. */
import type { History } from '../history.ts';
import { bank } from '../jepsen/bank.ts';
import { longFork } from '../jepsen/long-fork.ts';
import { setFull } from '../jepsen/set-full.ts';
import { uniqueIds } from '../jepsen/unique-ids.ts';
import type { Verdict } from '../verdict.ts';
import type { KeyAssumption } from './inference.ts';
import { isolated } from './isolated.ts';
import type { IsolationLevel } from './levels.ts';

/** Every judge takes the options that concern it. */
export interface TransactionJudgeOptions {
  /** list-append, rw-register: the level to hold the history to; by default `strict-serializable`. */
  readonly level?: IsolationLevel;
  /** list-append, rw-register: the values of each key in the order in which they were installed, where it is known. */
  readonly versionOrders?: Readonly<Record<string, readonly unknown[]>>;
  /** rw-register: what may be taken for granted about each key by itself. */
  readonly assume?: KeyAssumption;
  /** bank: what all balances add up to. */
  readonly total?: number;
  /** bank: whether a balance below zero is a violation. */
  readonly noOverdraft?: boolean;
  /** set-full: whether known elements must be in every later read. */
  readonly linearizable?: boolean;
}

export interface TransactionJudge {
  readonly name: string;
  readonly about: string;
  /** The functions of the operations it judges. */
  readonly functions: readonly string[];
  /** @throws HistoryError if the history is malformed or has operations of another kind */
  judge(history: History, options?: TransactionJudgeOptions): Verdict & { readonly operations: number };
}

const judges: readonly TransactionJudge[] = [
  {
    name: 'list-append',
    about:
      'Transactions that append to lists and read them: every anomaly of items that a level forbids (--level).',
    functions: ['txn'],
    judge: (history, options) => isolated(history, { ...options, workload: 'list-append' }),
  },
  {
    name: 'rw-register',
    about:
      'Transactions that write registers and read them: anomalies as far as the order of versions is known.',
    functions: ['txn'],
    judge: (history, options) => isolated(history, { ...options, workload: 'rw-register' }),
  },
  {
    name: 'bank',
    about: 'Transfers between accounts: every read of all accounts has the same total (--total).',
    functions: ['transfer', 'read'],
    judge: bank,
  },
  {
    name: 'set-full',
    about: 'Elements added to a set: what was acknowledged or seen once is never lost.',
    functions: ['add', 'read'],
    judge: setFull,
  },
  {
    name: 'long-fork',
    about: 'Transactions over keys that are written once: no two reads see two writes in opposite orders.',
    functions: ['txn'],
    judge: (history) => longFork(history),
  },
  {
    name: 'unique-ids',
    about: 'A generator of identifiers: none is given out twice.',
    functions: ['generate'],
    judge: (history) => uniqueIds(history),
  },
];

export const transactionJudges: ReadonlyMap<string, TransactionJudge> = new Map(
  judges.map((judge) => [judge.name, judge]),
);
