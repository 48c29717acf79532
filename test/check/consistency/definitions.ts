/**
 * Definitions of consistency, tried out: every order of the writes, every causal order, every choice of what is known.
 * Written apart from the judges, for histories of a handful of gets and puts with values that are written once.
 */
import type { Operation } from '../../../sim/check/history.ts';

const isPut = (operation: Operation): boolean => operation.f === 'put';
const valueIn = (operation: Operation): unknown =>
  isPut(operation) ? operation.value : (operation.output ?? null);

function writerOf(history: readonly Operation[], get: Operation): Operation | undefined {
  return history.find((one) => isPut(one) && one.key === get.key && one.value === valueIn(get));
}

/** Some get returned what nobody put. */
export const hasThinAir = (history: readonly Operation[]): boolean =>
  history.some((one) => !isPut(one) && valueIn(one) !== null && writerOf(history, one) === undefined);

const sessionBefore = (left: Operation, right: Operation): boolean =>
  left.process === right.process && left.call < right.call;

function* permutations<Item>(items: readonly Item[]): Generator<Item[]> {
  if (items.length === 0) yield [];
  for (const [at, item] of items.entries()) {
    const rest = [...items.slice(0, at), ...items.slice(at + 1)];
    for (const order of permutations(rest)) yield [item, ...order];
  }
}

function* subsets<Item>(items: readonly Item[]): Generator<Set<Item>> {
  for (let choice = 0; choice < 1 << items.length; choice++) {
    yield new Set(items.filter((_, at) => (choice >> at) & 1));
  }
}

/** What a guarantee of Terry et al. (§3, §4) asks. */
export interface Guarantee {
  /** These writes have this order. */
  ordered(history: readonly Operation[], first: Operation, second: Operation): boolean;
  /** The server of this read must know this write. */
  knows(history: readonly Operation[], read: Operation, write: Operation): boolean;
  /** A server that knows the second write must know the first. */
  brings(history: readonly Operation[], first: Operation, second: Operation): boolean;
}

const no = (): boolean => false;

/** W was read by the session of `later`, before it. */
const readBefore = (history: readonly Operation[], write: Operation, later: Operation): boolean =>
  history.some((one) => !isPut(one) && sessionBefore(one, later) && writerOf(history, one) === write);

export const guarantees = {
  readYourWrites: { ordered: no, knows: (_: unknown, read, write) => sessionBefore(write, read), brings: no },
  monotonicReads: {
    ordered: no,
    knows: (history, read, write) => readBefore(history, write, read),
    brings: no,
  },
  monotonicWrites: {
    ordered: (_: unknown, first, second) => sessionBefore(first, second),
    knows: no,
    brings: (_: unknown, first, second) => sessionBefore(first, second),
  },
  writesFollowReads: {
    ordered: (history, first, second) => readBefore(history, first, second),
    knows: no,
    brings: (history, first, second) => readBefore(history, first, second),
  },
} satisfies Record<string, Guarantee>;

/** The orders of writes that are taken for granted. */
export const writeOrders: Record<string, (first: Operation, second: Operation) => boolean> = {
  any: no,
  session: (first, second) => first.key === second.key && sessionBefore(first, second),
  'real-time': (first, second) =>
    first.key === second.key && (sessionBefore(first, second) || (first.return as number) < second.call),
};

/** Whether some order of all writes, and for each read some set of writes known to its server, explains all values. */
export function hasServers(
  history: readonly Operation[],
  asked: readonly Guarantee[],
  isOrdered: (first: Operation, second: Operation) => boolean = no,
): boolean {
  if (hasThinAir(history)) return false;
  const writes = history.filter(isPut);
  const reads = history.filter((one) => !isPut(one));
  for (const order of permutations(writes)) {
    const respects = order.every((first, at) =>
      order
        .slice(0, at)
        .every(
          (earlier) =>
            !isOrdered(first, earlier) && !asked.some((one) => one.ordered(history, first, earlier)),
        ),
    );
    // A write that would have to come before itself: the past cannot follow from the future.
    const itself = writes.some((write) => asked.some((one) => one.ordered(history, write, write)));
    if (!respects || itself) continue;
    const served = reads.every((read) => {
      for (const known of subsets(writes)) {
        const newest = order.filter((one) => known.has(one) && one.key === read.key).pop();
        if ((newest?.value ?? null) !== valueIn(read)) continue;
        const knows = writes.every(
          (write) => known.has(write) || !asked.some((one) => one.knows(history, read, write)),
        );
        const closed = writes.every(
          (first) =>
            known.has(first) ||
            ![...known].some((second) => asked.some((one) => one.brings(history, first, second))),
        );
        if (knows && closed) return true;
      }
      return false;
    });
    if (served) return true;
  }
  return false;
}

export type Causal = 'causal' | 'convergence' | 'memory';

/**
 * Whether there is a causal order (definitions 6, 7 and 11 of Bouajjani et al.): operations are placed one by one, each
 * with a past among those placed. The order of placing serves as the arbitration.
 */
export function hasCausalOrder(history: readonly Operation[], variant: Causal): boolean {
  const place = (placed: readonly Operation[], pasts: ReadonlyMap<Operation, Set<Operation>>): boolean => {
    if (placed.length === history.length) return true;
    return history.some((operation) => {
      if (placed.includes(operation)) return false;
      const before = history.filter((one) => sessionBefore(one, operation));
      if (!before.every((one) => placed.includes(one))) return false;
      for (const past of subsets(placed)) {
        if (!before.every((one) => past.has(one))) continue;
        if (
          ![...past].every((one) => [...(pasts.get(one) as Set<Operation>)].every((two) => past.has(two)))
        ) {
          continue;
        }
        const next = new Map(pasts).set(operation, past);
        if (!explained(operation, placed, next, variant)) continue;
        if (place([...placed, operation], next)) return true;
      }
      return false;
    });
  };
  return place([], new Map());
}

function explained(
  operation: Operation,
  placed: readonly Operation[],
  pasts: ReadonlyMap<Operation, Set<Operation>>,
  variant: Causal,
): boolean {
  const past = pasts.get(operation) as Set<Operation>;
  if (variant === 'convergence') {
    const order = placed.filter((one) => past.has(one));
    return legal([...order, operation], (one) => one === operation);
  }
  const counts = (one: Operation): boolean =>
    one === operation || (variant === 'memory' && sessionBefore(one, operation));
  for (const order of permutations([...past])) {
    const respects = order.every((one, at) => order.slice(0, at).every((two) => !pasts.get(two)?.has(one)));
    if (respects && legal([...order, operation], counts)) return true;
  }
  return false;
}

/** Whether the gets that count return what was put last. */
function legal(order: readonly Operation[], counts: (operation: Operation) => boolean): boolean {
  const stored = new Map<unknown, unknown>();
  return order.every((one) => {
    if (isPut(one)) {
      stored.set(one.key, one.value);
      return true;
    }
    return !counts(one) || (stored.get(one.key) ?? null) === valueIn(one);
  });
}

/** Gets and puts at random: every get returns something that is put, or nothing. Values are put once. */
export function randomSessions(
  below: (limit: number) => number,
  shape: { operations: number; processes: number; keys: number },
): Operation[] {
  const draft = Array.from({ length: shape.operations }, (_, at) => ({
    process: below(shape.processes),
    key: 'xyz'[below(shape.keys)],
    value: below(2) === 0 ? at + 1 : undefined,
    at,
  }));
  const free = new Map<number, number>();
  return draft.map(({ process, key, value, at }) => {
    const call = Math.max(at * 10 + below(10), (free.get(process) ?? 0) + 1);
    const returned = call + 1 + below(25);
    free.set(process, returned);
    const put = draft.filter((one) => one.value !== undefined && one.key === key);
    const output = put[below(put.length + 1)]?.value ?? null;
    return value === undefined
      ? { process, f: 'get', key, output, type: 'ok' as const, call, return: returned }
      : { process, f: 'put', key, value, type: 'ok' as const, call, return: returned };
  });
}

/** A small generator of chance: the same numbers for the same seed. */
export function chance(seed: number): (limit: number) => number {
  let state = (seed + 1) | 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
    return ((mixed ^ (mixed >>> 13)) >>> 0) % limit;
  };
}
