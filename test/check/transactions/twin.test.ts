import { describe, expect, test } from 'vitest';
import { type IsolationLevel, isolated, type TransactionWorkload } from '../../../sim/check/index.ts';
import { isSerializable, isSnapshotIsolated, type Order } from './brute-force.ts';
import { chance, type Isolation, recorded, withLie } from './stores.ts';

const isLong = process.env.SKERRY_LONG === '1';

const levels: readonly (readonly [IsolationLevel, typeof isSerializable, Order])[] = [
  ['serializable', isSerializable, 'none'],
  ['strong-session-serializable', isSerializable, 'session'],
  ['strict-serializable', isSerializable, 'realtime'],
  ['snapshot-isolation', isSnapshotIsolated, 'none'],
  ['strong-session-snapshot-isolation', isSnapshotIsolated, 'session'],
  ['strong-snapshot-isolation', isSnapshotIsolated, 'realtime'],
];

/** A small history, at times of a store that is too weak, at times with a lie. */
function small(seed: number, workload: TransactionWorkload, liesInFour: number) {
  const below = chance(seed * 7 + 3);
  const store = recorded(seed, {
    workload,
    isolation: (['serial', 'snapshot', 'careless', 'committed', 'careless', 'committed'] as Isolation[])[
      below(6)
    ],
    transactions: 3 + below(3),
    processes: 3 + below(2),
    keys: 1 + below(3),
    length: 2 + below(3),
    unknownOneIn: [0, 0, 0, 4][below(4)],
    failsOneIn: [0, 0, 5][below(3)],
    readsAll: below(4) !== 0,
  });
  const history = below(4) < liesInFour ? withLie(store.history, below) : store.history;
  return { ...store, history };
}

describe.each(levels)('%s by its definition', (level, holds, order) => {
  const count = (holds === isSerializable ? 2000 : 700) * (isLong ? 30 : 1);

  test('lists: never broken without cause, and always found where all orders are known', {
    timeout: 1_200_000,
  }, () => {
    let wrong = 0;
    let complete = 0;
    for (let seed = 0; seed < count; seed++) {
      const { history } = small(seed, 'list-append', 3);
      const isRight = holds(history, { order });
      if (!isRight) wrong++;
      const { verdict, inference } = isolated(history, { workload: 'list-append', level });
      const expected = isRight ? 'held' : 'broken';
      if (inference.strength === 'complete') complete++;
      const isWrong = verdict === 'broken' ? isRight : inference.strength === 'complete' && !isRight;
      if (isWrong) expect.fail(`seed ${seed}: ${verdict}, not ${expected}: ${JSON.stringify(history)}`);
    }
    expect(wrong / count).toBeGreaterThan(0.3);
    expect(wrong / count).toBeLessThan(0.7);
    expect(complete / count).toBeGreaterThan(0.5);
  });

  test('registers: with all orders given, broken exactly where no schedule has them', {
    timeout: 1_200_000,
  }, () => {
    let wrong = 0;
    for (let seed = 0; seed < count; seed++) {
      const { history, versionOrders } = small(seed, 'rw-register', 2);
      const isRight = holds(history, { order, versionOrders });
      if (!isRight) wrong++;
      const verdict = isolated(history, { workload: 'rw-register', level, versionOrders });
      if (verdict.inference.strength === 'nothing' && isRight) continue;
      const expected = isRight ? 'held' : 'broken';
      if (verdict.verdict !== expected) {
        expect.fail(`seed ${seed}: ${verdict.verdict}, not ${expected}: ${JSON.stringify(history)}`);
      }
    }
    expect(wrong / count).toBeGreaterThan(0.3);
    expect(wrong / count).toBeLessThan(0.7);
  });

  test('registers: with nothing given, never broken without cause', { timeout: 1_200_000 }, () => {
    let found = 0;
    let wrong = 0;
    for (let seed = 0; seed < count; seed++) {
      const { history } = small(seed, 'rw-register', 4);
      const isRight = holds(history, { order });
      if (!isRight) wrong++;
      const { verdict } = isolated(history, { workload: 'rw-register', level });
      if (verdict === 'broken' && isRight) expect.fail(`seed ${seed}: broken: ${JSON.stringify(history)}`);
      if (verdict === 'broken') found++;
    }
    expect(wrong / count).toBeGreaterThan(0.3);
    expect(found / wrong).toBeGreaterThan(0.5);
  });
});
