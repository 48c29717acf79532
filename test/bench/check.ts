/**
 * Judging histories: how the time grows with operations, clients, keys and values. Each case is a history of one copy
 * per key, made outside the clock; with `stale`, one late read answers what was overwritten long before.
 */
import { linearizable, modelNamed, type Operation } from '../../sim/check/index.ts';

interface Case {
  readonly operations: number;
  readonly clients: number;
  readonly keys: number;
  /** How many values come again and again; 0 if each is written once. */
  readonly values: number;
  /** One in so many operations is of unknown fate; 0 for none. */
  readonly unknownOneIn: number;
  readonly isStale: boolean;
  /** Without the engines: by the general search. */
  readonly isSearched: boolean;
}

const plain: Case = {
  operations: 1000,
  clients: 5,
  keys: 1,
  values: 0,
  unknownOneIn: 0,
  isStale: false,
  isSearched: false,
};

/** Prints a line a case, of histories of so many operations. */
export function judging(operationsMin: number, operationsMax: number): void {
  console.log(
    row([
      'operations',
      'clients',
      'keys',
      'values',
      'unknown',
      '',
      'ms',
      'CPU ms',
      'operations/s',
      'MB',
      'verdict',
      'engine',
    ]),
  );
  for (const one of cases()) {
    if (one.operations < operationsMin || one.operations > operationsMax || one.operations < one.keys)
      continue;
    const history = historyOf(one);
    globalThis.gc?.();
    const model = one.isSearched ? { ...modelNamed('kv'), name: 'kv by search' } : modelNamed('kv');
    const startCpu = process.cpuUsage();
    const startMs = performance.now();
    const judged = linearizable(history, model, one.isSearched ? { budget: { steps: 20_000_000 } } : {});
    const ms = performance.now() - startMs;
    const cpu = process.cpuUsage(startCpu);
    console.log(
      row([
        String(one.operations),
        String(one.clients),
        String(one.keys),
        one.values === 0 ? 'distinct' : String(one.values),
        one.unknownOneIn === 0 ? '0' : `1/${one.unknownOneIn}`,
        one.isStale ? 'stale' : 'valid',
        ms.toFixed(ms < 10 ? 1 : 0),
        ((cpu.user + cpu.system) / 1000).toFixed(0),
        Math.round((one.operations / ms) * 1000).toString(),
        (process.memoryUsage().rss / 1e6).toFixed(0),
        judged.verdict,
        judged.engine,
      ]),
    );
  }
}

const widths = [10, 8, 5, 9, 8, 6, 8, 8, 13, 6, 8, 0];
const row = (cells: readonly string[]): string =>
  cells.map((cell, at) => (at < 10 ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(' ');

function* cases(): Generator<Case> {
  // The first one warms up.
  for (const operations of [1000, 1000, 10_000, 100_000, 1_000_000]) {
    for (const values of [0, 5]) {
      for (const clients of [5, 20, 100]) {
        for (const keys of [1, 10, 1000]) {
          for (const unknownOneIn of [0, 100])
            yield { ...plain, operations, clients, keys, values, unknownOneIn };
          yield { ...plain, operations, clients, keys, values, isStale: true };
        }
      }
    }
  }
  for (const operations of [1000, 10_000, 100_000]) {
    for (const clients of [5, 20]) {
      for (const values of [0, 5]) {
        yield { ...plain, operations, clients, values, isSearched: true };
        yield { ...plain, operations, clients, values, unknownOneIn: 100, isSearched: true };
        yield { ...plain, operations, clients, values, isStale: true, isSearched: true };
      }
    }
  }
}

/** The same numbers every time. */
function chance(): (limit: number) => number {
  let state = 1;
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
  readonly key: string;
  readonly isPut: boolean;
  isDone: boolean;
  value: unknown;
}

/** Clients in a closed loop, half of whose operations are reads, each taking effect somewhere in between. */
function historyOf({ operations, clients, keys, values, unknownOneIn, isStale }: Case): Operation[] {
  const below = chance();
  const history: Operation[] = [];
  const stored = new Map<string, unknown>();
  const running: Running[] = [];
  let nextProcess = clients;
  let position = 0;
  const call = (process: number): void => {
    if (history.length === operations) return;
    const key = `k${below(keys)}`;
    const isPut = below(2) === 0;
    const value = isPut ? (values === 0 ? history.length + 1 : 1 + below(values)) : undefined;
    running.push({ at: history.length, process, key, isPut, isDone: false, value });
    const asked = isPut ? { f: 'put', key, value } : { f: 'get', key };
    history.push({ process, ...asked, type: 'info', call: position++, return: null });
  };
  for (let process = 0; process < clients; process++) call(process);
  let isToBeStale = isStale;
  const first = new Map<string, unknown>();
  while (running.length > 0) {
    const place = below(running.length);
    const one = running[place]!;
    if (!one.isDone) {
      one.isDone = true;
      if (one.isPut) {
        stored.set(one.key, one.value);
        if (!first.has(one.key)) first.set(one.key, one.value);
      } else one.value = stored.get(one.key) ?? null;
      continue;
    }
    running[place] = running.at(-1)!;
    running.pop();
    const isLost = unknownOneIn > 0 && below(unknownOneIn) === 0;
    if (!isLost) {
      let output = one.isPut ? undefined : one.value;
      if (isToBeStale && !one.isPut && one.at > operations * 0.9) {
        // Where values come again, only the one before the first write is surely stale.
        output = values === 0 ? (first.get(one.key) ?? null) : null;
        isToBeStale = output === one.value;
      }
      history[one.at] = { ...history[one.at]!, type: 'ok', return: position++, output };
    }
    call(isLost ? nextProcess++ : one.process);
  }
  return history;
}
