/**
 * Definitions of serializability and of snapshot isolation, tried out: every serial order, and every schedule of
 * snapshots and commits, of every choice of the transactions of unknown fate. Only for a handful of transactions.
 */
import type { MicroOperation, Operation } from '../../../sim/check/index.ts';

/** Which transactions must come before which, beside what they read. */
export type Order = 'none' | 'session' | 'realtime';

type Store = ReadonlyMap<string | number, unknown>;

export interface Question {
  readonly order: Order;
  /** The values of each register in the order in which they must be installed. */
  readonly versionOrders?: Readonly<Record<string, readonly unknown[]>>;
}

/** Whether the transactions could have run one after the other. */
export function isSerializable(history: readonly Operation[], question: Question): boolean {
  return choices(history).some((chosen) => serial(chosen, new Map(), chosen, question));
}

/**
 * Whether there are snapshots and commits that explain all reads, such that a transaction sees what was
 * committed before its snapshot, and of two transactions that write one key one sees the other's commit (Cerone &
 * Gotsman 2016, section 2). With an order, who comes before another commits before the other's snapshot.
 */
export function isSnapshotIsolated(history: readonly Operation[], question: Question): boolean {
  return choices(history).some((chosen) => scheduled(chosen, new Map(), chosen, [], question, chosen));
}

function choices(history: readonly Operation[]): Operation[][] {
  const certain = history.filter(({ type }) => type === 'ok');
  const uncertain = history.filter(({ type }) => type === 'info');
  return Array.from({ length: 1 << uncertain.length }, (_, choice) => {
    const chosen = new Set([...certain, ...uncertain.filter((_, at) => (choice >> at) & 1)]);
    return history.filter((operation) => chosen.has(operation));
  });
}

function serial(
  left: readonly Operation[],
  store: Store,
  all: readonly Operation[],
  question: Question,
): boolean {
  if (left.length === 0) return true;
  return left.some((operation) => {
    if (left.some((other) => other !== operation && precedes(other, operation, all, question.order)))
      return false;
    const after = ran(operation, store, store, question);
    if (after === undefined) return false;
    return serial(
      left.filter((other) => other !== operation),
      after,
      all,
      question,
    );
  });
}

interface Running {
  readonly operation: Operation;
  readonly snapshot: Store;
  /** Keys that others committed since the snapshot. */
  readonly overwritten: ReadonlySet<string | number>;
}

function scheduled(
  waiting: readonly Operation[],
  store: Store,
  uncommitted: readonly Operation[],
  running: readonly Running[],
  question: Question,
  all: readonly Operation[],
): boolean {
  if (uncommitted.length === 0) return true;
  const starts = waiting.some((operation) => {
    if (uncommitted.some((other) => precedes(other, operation, all, question.order))) return false;
    if (ran(operation, store, store, { order: 'none' }) === undefined) return false;
    const still = waiting.filter((other) => other !== operation);
    const started = [...running, { operation, snapshot: store, overwritten: new Set<string | number>() }];
    return scheduled(still, store, uncommitted, started, question, all);
  });
  if (starts) return true;
  return running.some(({ operation, snapshot, overwritten }) => {
    const written = writesOf(operation);
    if (written.some((key) => overwritten.has(key))) return false;
    const after = ran(operation, snapshot, store, question);
    if (after === undefined) return false;
    const others = running
      .filter((other) => other.operation !== operation)
      .map((other) => ({ ...other, overwritten: new Set([...other.overwritten, ...written]) }));
    const rest = uncommitted.filter((other) => other !== operation);
    return scheduled(waiting, after, rest, others, question, all);
  });
}

function precedes(left: Operation, right: Operation, all: readonly Operation[], order: Order): boolean {
  if (order === 'none' || left.type !== 'ok') return false;
  if (left.process === right.process && all.indexOf(left) < all.indexOf(right)) return true;
  return order === 'realtime' && (left.return as number) < right.call;
}

const writesOf = ({ value }: Operation): (string | number)[] =>
  (value as MicroOperation[]).filter(([f]) => f !== 'r').map(([, key]) => key);

/** The store after a transaction that read from a snapshot, or nothing if it would have read something else. */
function ran(
  { type, value, output }: Operation,
  snapshot: Store,
  store: Store,
  { versionOrders }: Question,
): Store | undefined {
  const own = new Map(snapshot);
  const after = new Map(store);
  for (const [f, key, argument] of (type === 'ok' ? output : value) as MicroOperation[]) {
    if (f === 'append') {
      own.set(key, [...((own.get(key) as unknown[]) ?? []), argument]);
      after.set(key, [...((after.get(key) as unknown[]) ?? []), argument]);
    } else if (f === 'w') {
      own.set(key, argument);
      after.set(key, argument);
    } else if (type === 'ok') {
      const nothing = Array.isArray(argument) ? [] : null;
      if (JSON.stringify(own.get(key) ?? nothing) !== JSON.stringify(argument ?? null)) return undefined;
    }
  }
  for (const [key, order] of Object.entries(versionOrders ?? {})) {
    const [from, to] = [store, after].map((of) => order.indexOf(of.get(key)));
    if (after.get(key) !== store.get(key) && to <= from) return undefined;
  }
  return after;
}
