/** Simulated stores of known isolation, and what can go wrong with what they answer; all from a seed. */
import type { MicroOperation, Operation, TransactionWorkload } from '../../../sim/check/index.ts';

/**
 * `serial`: all at once. `snapshot`: reads what was committed when it began, and fails if a key it writes was
 * committed meanwhile. `careless`: the same without looking. `committed`: each read takes what is committed by then.
 */
export type Isolation = 'serial' | 'snapshot' | 'careless' | 'committed';

export interface Shape {
  readonly workload: TransactionWorkload;
  readonly isolation: Isolation;
  readonly transactions: number;
  readonly processes: number;
  readonly keys: number;
  readonly length: number;
  /** One in so many: never answered (0 for none), refused (0 for none). */
  readonly unknownOneIn: number;
  readonly failsOneIn: number;
  /** Whether a last transaction reads all keys. */
  readonly readsAll: boolean;
}

export interface Recorded {
  readonly history: Operation[];
  /** The order in which the values of each key were installed. */
  readonly versionOrders: Record<string, unknown[]>;
}

export function chance(seed: number): (limit: number) => number {
  let state = seed | 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
    return ((mixed ^ (mixed >>> 13)) >>> 0) % limit;
  };
}

interface Running {
  readonly at: number;
  readonly process: number;
  readonly asked: readonly MicroOperation[];
  readonly snapshot: Map<string, readonly unknown[]>;
  readonly commits: number;
  readonly output: MicroOperation[];
  readonly own: Map<string, unknown[]>;
  isOver: boolean;
  failed: boolean;
}

/** Keys hold all values ever written to them; a register shows the last one. */
export function recorded(seed: number, shape: Shape): Recorded {
  const below = chance(seed);
  const write = shape.workload === 'list-append' ? 'append' : 'w';
  const names = Array.from({ length: shape.keys }, (_, at) => `k${at}`);
  const store = new Map<string, readonly unknown[]>(names.map((name) => [name, []]));
  const committedAt = new Map<string, number>();
  const written = new Map<string, number>();
  const history: Operation[] = [];
  const running: Running[] = [];
  const idle = Array.from({ length: shape.processes }, (_, process) => process);
  let position = 0;
  let commits = 0;
  let nextProcess = shape.processes;

  const asked = (): MicroOperation[] =>
    Array.from({ length: 1 + below(shape.length) }, (): MicroOperation => {
      const key = names[below(names.length)];
      if (below(2) === 0) return ['r', key, null];
      const value = (written.get(key) ?? 0) + 1;
      written.set(key, value);
      return [write, key, value];
    });
  const call = (process: number, value: readonly MicroOperation[]): void => {
    running.push({
      ...{ at: history.length, process, asked: value, snapshot: new Map(store), commits },
      ...{ output: [], own: new Map(), isOver: false, failed: false },
    });
    history.push({ process, f: 'txn', value, type: 'info', call: position, return: null });
  };
  const step = (one: Running): void => {
    const [f, key, value] = one.asked[one.output.length];
    const name = String(key);
    if (f === 'r') {
      const seen = shape.isolation === 'committed' ? store : one.snapshot;
      const list = [...(seen.get(name) ?? []), ...(one.own.get(name) ?? [])];
      one.output.push(['r', key, write === 'append' ? list : (list.at(-1) ?? null)]);
      return;
    }
    one.own.set(name, [...(one.own.get(name) ?? []), value]);
    one.output.push([f, key, value]);
  };
  const finish = (one: Running): void => {
    const isRefused = shape.failsOneIn > 0 && below(shape.failsOneIn) === 0;
    const collides = [...one.own.keys()].some((key) => (committedAt.get(key) ?? -1) >= one.commits);
    one.failed = isRefused || (shape.isolation === 'snapshot' && collides);
    one.isOver = true;
    if (one.failed) return;
    for (const [key, values] of one.own) {
      store.set(key, [...(store.get(key) ?? []), ...values]);
      committedAt.set(key, commits);
    }
    commits++;
  };
  const advance = (one: Running): void => {
    if (shape.isolation === 'serial') {
      for (const [key, values] of store) one.snapshot.set(key, values);
      while (one.output.length < one.asked.length) step(one);
      finish(one);
    } else if (one.output.length < one.asked.length) step(one);
    else finish(one);
  };
  const answer = (one: Running): void => {
    running.splice(running.indexOf(one), 1);
    if (shape.unknownOneIn > 0 && below(shape.unknownOneIn) === 0) {
      idle.push(nextProcess++);
      return;
    }
    idle.push(one.process);
    const type = one.failed ? 'fail' : 'ok';
    const output = one.failed ? {} : { output: one.output };
    history[one.at] = { ...history[one.at], ...output, type, return: position };
  };

  while (history.length < shape.transactions || running.length > 0) {
    position++;
    if (history.length < shape.transactions && idle.length > 0 && (running.length === 0 || below(3) === 0)) {
      call(idle.splice(below(idle.length), 1)[0], asked());
      continue;
    }
    const one = running[below(running.length)];
    if (one.isOver) answer(one);
    else advance(one);
  }
  if (shape.readsAll) {
    position++;
    const value = names.map((key): MicroOperation => ['r', key, null]);
    const output = names.map((key): MicroOperation => {
      const list = store.get(key) ?? [];
      return ['r', key, write === 'append' ? list : (list.at(-1) ?? null)];
    });
    history.push({
      process: nextProcess,
      f: 'txn',
      value,
      output,
      type: 'ok',
      call: position,
      return: position,
    });
  }
  return { history, versionOrders: Object.fromEntries(store) as Record<string, unknown[]> };
}

/** Replaces one read by something older, or by something nobody should have seen. */
export function withLie(history: readonly Operation[], below: (limit: number) => number): Operation[] {
  const reads = history.flatMap(({ type, output }, at) =>
    type === 'ok'
      ? (output as MicroOperation[]).flatMap(([f], place) => (f === 'r' ? [[at, place] as const] : []))
      : [],
  );
  if (reads.length === 0) return [...history];
  const [at, place] = reads[below(reads.length)];
  const output = [...(history[at].output as MicroOperation[])];
  const [f, key, value] = output[place];
  if (Array.isArray(value)) {
    output[place] = [f, key, below(4) === 0 ? value.toReversed() : value.slice(0, below(value.length + 1))];
  } else output[place] = [f, key, value === null ? 1 + below(2) : below(value as number) || null];
  return history.map((operation, index) => (index === at ? { ...operation, output } : operation));
}
