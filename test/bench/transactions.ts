/** Judging transactions: a history of 100,000, from ten clients, of about four micro-operations each. */
import {
  isolated,
  type MicroOperation,
  type Operation,
  type TransactionWorkload,
} from '../../sim/check/index.ts';
import type { Subject } from './measure.ts';
import { xorshift } from './yardstick.ts';

const transactions = 100_000;
const clients = 10;
const liveKeys = 10;
/** A key is left for a fresh one after so many writes. */
const writesPerKey = 32;

export const transactionJudging: readonly Subject[] = (['list-append', 'rw-register'] as const).map(
  (workload): Subject => {
    let history: readonly Operation[] | undefined;
    return {
      section: 'transactions',
      name: `${workload}, ${clients} clients, strict-serializable`,
      unit: 'transactions',
      async round(ms) {
        history ??= serialHistory(workload);
        const startMs = performance.now();
        let count = 0;
        let edges = 0;
        while (count === 0 || performance.now() - startMs < ms) {
          const verdict = isolated(history, { workload });
          if (verdict.verdict !== 'held') throw new Error(`a serial history was ${verdict.verdict}`);
          count += history.length;
          edges = Object.values(verdict.edges).reduce((left, right) => left + right, 0);
        }
        return { count, ms: performance.now() - startMs, also: { edges } };
      },
    };
  },
);

/** Each transaction takes effect when it returns. */
function serialHistory(workload: TransactionWorkload): Operation[] {
  const draw = xorshift(5);
  const write = workload === 'list-append' ? 'append' : 'w';
  const store = new Map<number, readonly number[]>();
  const writes = new Map<number, number>();
  const history: Operation[] = [];
  const open: number[] = [];
  const idle = Array.from({ length: clients }, (_, client) => client);
  let firstKey = 0;
  let position = 0;
  const asked = (): MicroOperation => {
    const key = firstKey + (draw() % liveKeys);
    if (draw() % 2 === 0) return ['r', key, null];
    const value = (writes.get(key) ?? 0) + 1;
    writes.set(key, value);
    if (key === firstKey && value >= writesPerKey) firstKey++;
    return [write, key, value];
  };
  const done = ([f, key, value]: MicroOperation): MicroOperation => {
    const list = store.get(key as number) ?? [];
    if (f === 'r') return [f, key, write === 'append' ? list : (list.at(-1) ?? null)];
    store.set(key as number, [...list, value as number]);
    return [f, key, value];
  };
  while (history.length < transactions || open.length > 0) {
    position++;
    if (history.length < transactions && idle.length > 0 && draw() % 2 === 0) {
      const process = idle.pop() as number;
      const value = Array.from({ length: 2 + (draw() % 5) }, asked);
      open.push(history.length);
      history.push({ process, f: 'txn', value, type: 'info', call: position, return: null });
    } else if (open.length > 0) {
      const [at] = open.splice(draw() % open.length, 1);
      const operation = history[at];
      const output = (operation.value as MicroOperation[]).map(done);
      history[at] = { ...operation, type: 'ok', output, return: position };
      idle.push(operation.process);
    }
  }
  return history;
}
