/**
 * Whether all readers saw the writes in one order. In a *long fork* one transaction sees a write to x and not yet
 * one to y, and another sees the one to y and not yet the one to x. Parallel snapshot isolation allows it, snapshot
 * isolation and everything above forbid it (Sovran et al., "Transactional storage for geo-replicated systems", SOSP
 * 2011, section 3; Jepsen's long-fork workload).
 */
import {
  asker,
  assertWellFormed,
  type History,
  HistoryError,
  type Operation,
  returnedAt,
} from '../history.ts';
import { canonical, show } from '../plain.ts';
import { assertTransactions, type Key, microOperations } from '../transactions/transaction.ts';
import { broken, held, unknown, type Verdict, type Violation } from '../verdict.ts';

export interface LongForkOptions {
  /** The most pairs of keys to look at, over all reads. A read of n keys has n (n − 1) / 2. */
  readonly pairs?: number;
}

export type LongForkVerdict = Verdict & {
  readonly operations: number;
  /** How many transactions read two keys or more. */
  readonly reads: number;
  readonly pairs: number;
};

export interface Fork {
  /** Written before the other one, says one reader; after it, says the other. */
  readonly keys: readonly [Key, Key];
  /** Saw the first key's write and not the second's. */
  readonly sawFirst: Operation;
  /** Saw the second key's write and not the first's. */
  readonly sawSecond: Operation;
}

const pairsDefault = 20_000_000;
const violationsMax = 20;

/**
 * Transactions of writes `['w', key, value]` and reads, every key written once and `null` before. A history in which no
 * read saw one of two keys written without the other is unknown: nothing could have forked.
 * @throws HistoryError if a key is written twice
 */
export function longFork(history: History, options: LongForkOptions = {}): LongForkVerdict {
  assertWellFormed(history);
  assertTransactions(history, 'rw-register');
  const written = writesOf(history);
  const pairsMax = options.pairs ?? pairsDefault;
  const violations: Violation[] = [];
  const splits = new Map<string, Readers>();
  let reads = 0;
  let pairs = 0;
  for (const operation of history) {
    if (operation.type !== 'ok') continue;
    const seen = readsOf(operation, written, violations);
    if (seen.length >= 2) reads++;
    for (let i = 0; i < seen.length && pairs < pairsMax; i++) {
      for (let j = i + 1; j < seen.length && pairs < pairsMax; j++) {
        pairs++;
        const fork = forkOf(operation, seen[i], seen[j], splits);
        if (fork !== undefined) violations.push(violationOf(fork));
      }
    }
  }
  const counts = { operations: history.length, reads, pairs };
  if (violations.length > 0) return { ...broken(...violations.slice(0, violationsMax)), ...counts };
  if (pairs >= pairsMax) {
    return { ...unknown(`the budget of ${pairsMax} pairs of keys ran out after ${reads} reads`), ...counts };
  }
  if (splits.size === 0) {
    return { ...unknown('no read saw one of two keys written without the other'), ...counts };
  }
  return { ...held, ...counts };
}

function writesOf(history: History): Map<Key, unknown> {
  const written = new Map<Key, unknown>();
  history.forEach((operation, at) => {
    for (const [f, key, value] of operation.value as ReturnType<typeof microOperations>) {
      if (f === 'r') continue;
      if (written.has(key)) {
        throw new HistoryError(
          `operation ${at + 1} (txn): ${show(key)} was written before; a long fork shows where every key is written once`,
        );
      }
      written.set(key, value);
    }
  });
  return written;
}

interface Seen {
  readonly key: Key;
  readonly isSet: boolean;
}

/** What a transaction saw of other transactions' writes, one entry a key, keys in a fixed order. */
function readsOf(operation: Operation, written: Map<Key, unknown>, violations: Violation[]): Seen[] {
  const seen = new Map<Key, Seen>();
  const own = new Set<Key>();
  for (const [f, key, value] of microOperations(operation)) {
    if (f !== 'r') own.add(key);
    if (f !== 'r' || own.has(key) || seen.has(key)) continue;
    const isSet = value !== null && value !== undefined;
    if (isSet && canonical(written.get(key)) !== canonical(value))
      violations.push(garbage(operation, key, value));
    seen.set(key, { key, isSet });
  }
  return [...seen.values()].sort((left, right) => (nameOf(left.key) < nameOf(right.key) ? -1 : 1));
}

const nameOf = (key: Key): string => JSON.stringify(key);

type Readers = [sawFirst: Operation | undefined, sawSecond: Operation | undefined];

/** Remembers who saw one of two keys written without the other; the fork, once both have been seen. */
function forkOf(
  operation: Operation,
  first: Seen,
  second: Seen,
  splits: Map<string, Readers>,
): Fork | undefined {
  if (first.isSet === second.isSet) return undefined;
  const pair = `${nameOf(first.key)} ${nameOf(second.key)}`;
  const readers = splits.get(pair) ?? [undefined, undefined];
  splits.set(pair, readers);
  const side = first.isSet ? 0 : 1;
  if (readers[side] !== undefined) return undefined;
  readers[side] = operation;
  const [sawFirst, sawSecond] = readers;
  if (sawFirst === undefined || sawSecond === undefined) return undefined;
  return { keys: [first.key, second.key], sawFirst, sawSecond };
}

function violationOf(fork: Fork): Violation {
  const [x, y] = fork.keys.map(show);
  const story = (reader: Operation, with_: string, without: string): string =>
    `${asker(reader)} (returned at ${returnedAt(reader)}) saw the write to ${with_} and not the one to ${without}`;
  const { returnUs } = fork.sawSecond;
  return {
    check: 'long-fork',
    message: `${story(fork.sawFirst, x, y)}, but ${story(fork.sawSecond, y, x)}: no one order has both`,
    ...(returnUs === undefined || returnUs === null ? {} : { atUs: returnUs }),
    evidence: fork,
  };
}

function garbage(operation: Operation, key: Key, value: unknown): Violation {
  return {
    check: 'long-fork',
    message: `${asker(operation)} read ${show(value)} from ${show(key)}, which nobody wrote`,
    evidence: { operation, key, value },
  };
}
