/** Histories of simulated stores: those of a good one are accepted, and one wrong answer among them is found. */
import { describe, expect, test } from 'vitest';
import {
  type IsolationLevel,
  isolated,
  type MicroOperation,
  type Operation,
  type TransactionWorkload,
} from '../../../sim/check/index.ts';
import { names } from './notation.ts';
import { type Isolation, recorded, type Shape } from './stores.ts';

const seeds = process.env.SKERRY_LONG === '1' ? 3000 : 60;

const shape = (workload: TransactionWorkload, isolation: Isolation): Shape => ({
  ...{ workload, isolation, transactions: 150, processes: 6, keys: 6, length: 4 },
  ...{ unknownOneIn: 20, failsOneIn: 20, readsAll: true },
});

const promises: readonly [Isolation, IsolationLevel][] = [
  ['serial', 'strict-serializable'],
  ['snapshot', 'strong-snapshot-isolation'],
  ['committed', 'read-committed'],
];

describe.each(['list-append', 'rw-register'] as const)('a simulated store of %s', (workload) => {
  test.each(promises)('%s keeps to %s', (isolation, level) => {
    for (let seed = 0; seed < seeds; seed++) {
      const { history, versionOrders } = recorded(seed, shape(workload, isolation));
      for (const options of [{}, { versionOrders }]) {
        const verdict = isolated(history, { workload, level, ...options });
        expect(verdict, `seed ${seed}`).toMatchObject({ verdict: 'held' });
        expect(verdict.levels.ruledOut).not.toContain(level);
      }
    }
  });
  test('a store that does not look for conflicts loses updates, and one that reads as it goes is no snapshot', () => {
    for (let seed = 0; seed < seeds; seed++) {
      for (const isolation of ['careless', 'committed'] as const) {
        const { history, versionOrders } = recorded(seed, shape(workload, isolation));
        const { levels } = isolated(history, { workload, versionOrders });
        expect(levels.ruledOut).toContain('snapshot-isolation');
        expect(levels.possible).toContain('read-committed');
      }
    }
  });
});

test('a serial store keeps all that may be taken for granted about keys', () => {
  for (let seed = 0; seed < seeds; seed++) {
    const { history } = recorded(seed, shape('rw-register', 'serial'));
    for (const assume of ['sequential-keys', 'linearizable-keys'] as const) {
      const verdict = isolated(history, { workload: 'rw-register', assume });
      expect(verdict, `seed ${seed}`).toMatchObject({ verdict: 'held' });
      expect(verdict.edges.ww).toBeGreaterThan(0);
    }
  }
});

describe('one wrong answer in a history of a serial store', () => {
  const clean = (seed: number) => recorded(seed, shape('list-append', 'serial')).history;
  type Place = readonly [at: number, place: number, key: string | number, list: readonly number[]];
  const placesOf = (history: readonly Operation[]): Place[] =>
    history.flatMap(({ type, output }, at) =>
      type !== 'ok'
        ? []
        : (output as MicroOperation[]).flatMap(([f, key, list], place): Place[] =>
            f === 'r' ? [[at, place, key, list as number[]]] : [],
          ),
    );
  const replaced = (history: readonly Operation[], [at, place, key]: Place, list: readonly number[]) =>
    history.map((operation, index) => {
      if (index !== at) return operation;
      const output = (operation.output as MicroOperation[]).with(place, ['r', key, list]);
      return { ...operation, output };
    });
  const writerOf = (history: readonly Operation[], key: string | number, element: number) =>
    history.find(({ value }) =>
      (value as MicroOperation[]).some(
        ([f, to, written]) => f === 'append' && to === key && written === element,
      ),
    )!;

  test('a read that misses what had been acknowledged before it was asked', () => {
    let injected = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const history = clean(seed);
      const stale = placesOf(history).find(([at, , key, list]) => {
        if (list.length === 0 || at === history.length - 1) return false;
        const writer = writerOf(history, key, list.at(-1)!);
        return writer.type === 'ok' && (writer.return as number) < history[at].call;
      });
      if (stale === undefined) continue;
      injected++;
      const wrong = replaced(history, stale, stale[3].slice(0, -1));
      const verdict = isolated(wrong, { workload: 'list-append' });
      expect(verdict.verdict, `seed ${seed}`).toBe('broken');
    }
    expect(injected).toBeGreaterThan(seeds / 2);
  });
  test('a read that turns two elements round', () => {
    for (let seed = 0; seed < seeds; seed++) {
      const history = clean(seed);
      const long = placesOf(history).find(([, , , list]) => list.length >= 3)!;
      const [first, second, ...rest] = long[3];
      const wrong = replaced(history, long, [second, first, ...rest]);
      expect(names(isolated(wrong, { workload: 'list-append' })), `seed ${seed}`).toContain(
        'incompatible-order',
      );
    }
  });
  test('a read of what was refused', () => {
    for (let seed = 0; seed < seeds; seed++) {
      const history = clean(seed);
      const [at, place, key, list] = placesOf(history).at(-1)!;
      const refused = history.flatMap(({ type, value }) =>
        type === 'fail' ? (value as MicroOperation[]).filter(([f, to]) => f === 'append' && to === key) : [],
      );
      if (refused.length === 0) continue;
      const wrong = replaced(history, [at, place, key, list], [...list, refused[0][2] as number]);
      expect(names(isolated(wrong, { workload: 'list-append' })), `seed ${seed}`).toContain('G1a');
    }
  });
  test('an acknowledged append that is in no later list', () => {
    for (let seed = 0; seed < seeds; seed++) {
      const history = clean(seed);
      const last = placesOf(history).findLast(([, , , list]) => list.length >= 2)!;
      const lost = last[3].find((element) => writerOf(history, last[2], element).type === 'ok');
      const wrong = placesOf(history)
        .filter(([, , key, list]) => key === last[2] && list.includes(lost!))
        .reduce(
          (so, place) =>
            replaced(
              so,
              place,
              place[3].filter((element) => element !== lost),
            ),
          history as Operation[],
        );
      expect(isolated(wrong, { workload: 'list-append' }).verdict, `seed ${seed}`).toBe('broken');
    }
  });
});

describe('what changes nothing', () => {
  const verdictOf = (history: readonly Operation[], workload: TransactionWorkload) => {
    const { verdict, counts, levels, edges, inference } = isolated(history, { workload });
    return { verdict, counts, levels, edges, inference };
  };
  const changed = (
    history: readonly Operation[],
    change: {
      key?: (key: string) => string | number;
      value?: (value: number) => unknown;
      process?: (n: number) => number;
    },
  ): Operation[] => {
    const { key = (name) => name, value = (one) => one, process = (one) => one } = change;
    const part = ([f, name, found]: MicroOperation): MicroOperation => {
      if (Array.isArray(found)) return [f, key(String(name)), found.map(value)];
      return [f, key(String(name)), found === null ? null : value(found as number)];
    };
    return history.map((operation) => ({
      ...operation,
      process: process(operation.process),
      value: (operation.value as MicroOperation[]).map(part),
      ...(operation.type === 'ok' ? { output: (operation.output as MicroOperation[]).map(part) } : {}),
    }));
  };
  test.each(['list-append', 'rw-register'] as const)(
    'names of keys, values and processes, and the unit of time: %s',
    (workload) => {
      for (let seed = 0; seed < seeds; seed++) {
        const { history } = recorded(seed, shape(workload, seed % 2 === 0 ? 'careless' : 'committed'));
        const original = verdictOf(history, workload);
        expect(verdictOf(changed(history, { key: (key) => 100 - Number(key.slice(1)) }), workload)).toEqual(
          original,
        );
        expect(verdictOf(changed(history, { value: (value) => ({ is: [value] }) }), workload)).toEqual(
          original,
        );
        expect(verdictOf(changed(history, { process: (one) => 1000 - one }), workload)).toEqual(original);
        const scaled = history.map((one) => ({
          ...one,
          call: one.call * 7,
          return: one.return && one.return * 7,
        }));
        expect(verdictOf(scaled, workload)).toEqual(original);
      }
    },
  );
  test('the order of the list, as long as positions tell who was first', () => {
    for (let seed = 0; seed < seeds; seed++) {
      const { history } = recorded(seed, shape('list-append', 'careless'));
      const turned = isolated(history.toReversed(), { workload: 'list-append' });
      const { verdict, levels, edges } = isolated(history, { workload: 'list-append' });
      expect(turned).toMatchObject({ verdict, levels, edges });
    }
  });
});
