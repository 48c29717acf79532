import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../sim/check/history.ts';
import { cellsOf } from '../../../sim/check/linearizable/engines/cells.ts';
import { sweepFront } from '../../../sim/check/linearizable/engines/front.ts';
import { judgeReadsAndWrites, lazy } from '../../../sim/check/linearizable/engines/lazy.ts';
import { sweepOf } from '../../../sim/check/linearizable/engines/sweep.ts';
import { kv } from '../../../sim/check/models/index.ts';
import { compared, judged } from './compare.ts';
import { repeating } from './copies.ts';
import { chance, largeHistory, lines, smallHistory } from './histories.ts';
import { isLinearizable } from './twin.ts';

const judge = (text: string) => judged(lazy, kv, 'register', text);

describe('what respects real time is linearizable', () => {
  test.each([
    ['a value that comes again', 'put 1 0-1 \n put 2 2-3 \n get → 2 4-5 \n put 1 6-7 \n get → 1 8-9'],
    ['a hidden write', 'put 1 0-9 \n put 2 1-8 \n get → 2 10-11'],
    ['a hidden write that a read saw', 'put 1 0-9 \n put 2 0-9 \n get → 1 0-10 \n get → 2 10-11'],
    ['a read that saw what was there before', 'put 1 0-1 \n put 2 2-9 \n get → 1 3-20 \n get → 2 10-11'],
    ['a write shown for a read to come', 'put 2 0-5 \n put 1 0-6 \n get → 1 5-8 \n get → 1 9-10'],
    ['an unknown write used twice over', 'put 1 0-? \n put 1 0-? \n get → 1 1-2 \n put 2 3-4 \n get → 1 5-6'],
    ['an unknown delete', 'put 1 0-1 \n delete 2-? \n get → 1 3-4 \n get → null 5-6'],
    ['an unknown cas that nobody saw', 'put 1 0-1 \n cas 1 2 2-? \n get → 1 3-4'],
    ['the initial value written again', 'put 1 0-1 \n put null 2-3 \n get → null 4-5'],
  ])('%s', (_, text) => {
    expect(judge(text).verdict).toBe('linearizable');
  });
});

describe('what does not is illegal, with the rule', () => {
  test.each([
    ['read-of-unwritten', 'put 1 0-1 \n get → 2 2-3'],
    ['read-before-write', 'get → 1 0-1 \n put 1 2-3 \n put 1 4-5'],
    ['stale-read', 'put 1 0-1 \n put 1 2-3 \n put 2 4-5 \n get → 1 6-7'],
    ['stale-read', 'put 1 0-1 \n put 2 0-9 \n get → 2 2-3 \n get → 1 4-5'],
    ['stale-read', 'put 1 0-1 \n get → null 2-3'],
    ['no-order', 'put 1 0-? \n get → 1 1-2 \n put 2 3-4 \n get → 1 5-6'],
    ['no-order', 'put 1 0-9 \n put 2 0-9 \n get → 1 1-2 \n get → 2 3-4 \n get → 1 5-6'],
  ])('%s: %s', (rule, text) => {
    expect(judge(text)).toMatchObject({ verdict: 'illegal', rule });
  });

  test('a stale read is told with values and times', () => {
    expect(judge('put 3 0-10 \n put 3 15-18 \n put 4 20-40 \n get → 3 55-60')).toEqual({
      verdict: 'illegal',
      rule: 'stale-read',
      why:
        'get → 3 by process 3, called at 55, found 3 after put 4 by process 2 had been called at 20 and had returned ' +
        'at 40; the last write of 3 before it, put 3 by process 1, which returned at 18, was over by then',
      suspects: [1, 2, 3],
    });
  });

  test('what only several operations contradict is shrunk to these', () => {
    const noise = Array.from({ length: 300 }, (_, at) => `put ${1 + (at % 3)} ${10 * at}-${10 * at + 5}`);
    const reads = ['get → 7 5001-5002', 'get → 8 5003-5004', 'get → 7 5005-5006'];
    const history = lines(
      ['put 7 9-12', ...noise, 'put 7 5000-5009', 'put 8 5000-5009', ...reads].join('\n'),
    );
    const decision = lazy.judge(history, kv);
    expect(decision).toMatchObject({ rule: 'no-order', suspects: [301, 302, 303, 304, 305] });
    expect(isLinearizable('register', history.slice(301))).toBe(false);
  });
});

test('cas are left to the next engine', () => {
  expect(judge('put 1 0-1 \n cas 1 2 → true 2-3').verdict).toBe('undecided');
  expect(judge('put 1 0-1 \n cas 5 2 → false 2-3').verdict).toBe('undecided');
  expect(judge('put 1 0-1 \n cas 1 2 2-? \n get → 2 3-4').verdict).toBe('undecided');
});

describe('against the definition nothing is left undecided', () => {
  test.each([
    ['two values', ['get', 'put'], 2, 0, 1],
    ['two values, fewer reads', ['get', 'put', 'put'], 2, 0, 1],
    ['three values, deletes, some unknown', ['get', 'get', 'put', 'put', 'delete'], 3, 5, 1],
    ['two values, many unknown', ['get', 'get', 'get', 'put'], 2, 3, 1],
    ['more reads than writes', ['get', 'get', 'put'], 3, 0, 2],
  ] as const)('%s', (_, functions, values, unknownOneIn, liesOneIn) => {
    for (const initial of [null, 1]) {
      const tally = compared({
        ...{ engine: lazy, model: { ...kv, initial }, specification: 'register', count: 12_000 },
        shape: { unknownOneIn, liesOneIn },
        copy: (below) => repeating(below, functions, values, initial),
      });
      expect(tally.undecided).toBe(0);
      expect(Math.min(tally.linearizable, tally.illegal)).toBeGreaterThan(500);
      expect(tally.rules['no-order']).toBeGreaterThan(4);
      expect(tally.rules['stale-read']).toBeGreaterThan(200);
    }
  });

  test('a front that is cut never finds an order where there is none, and says that it was cut', () => {
    let cut = 0;
    for (let seed = 0; seed < 5_000; seed++) {
      const below = chance(seed);
      const shape = { operations: 8, width: 12, unknownOneIn: 4, liesOneIn: 2 };
      const history = smallHistory(below, repeating(below, ['get', 'put'], 3), shape);
      const cells = cellsOf(history, null);
      if (typeof cells === 'string') throw new Error(cells);
      const { outcome, isCut } = sweepFront(cells, sweepOf(cells), { steps: 1e6, width: 1 });
      const isRight = isLinearizable('register', history);
      if (isCut) cut++;
      if (outcome === 'ordered') expect(isRight, `seed ${seed}`).toBe(true);
      else if (!isCut) expect(isRight, `seed ${seed}`).toBe(false);
    }
    expect(cut).toBeGreaterThan(50);
  });

  test('what a cut front cannot order is decided by a whole one', () => {
    const engine = {
      ...lazy,
      judge(part: readonly Operation[]) {
        const cells = cellsOf(part, null);
        if (typeof cells === 'string') throw new Error(cells);
        return judgeReadsAndWrites(cells, part, 1);
      },
    };
    const tally = compared({
      ...{ engine, model: kv, specification: 'register', count: 5_000 },
      shape: { unknownOneIn: 4, liesOneIn: 2 },
      copy: (below) => repeating(below, ['get', 'put'], 3),
    });
    expect(tally.undecided).toBe(0);
  });

  test('a front without steps left is undecided', () => {
    const cells = cellsOf(lines('put 1 0-9 \n put 2 0-9 \n get → 1 1-2'), null);
    if (typeof cells === 'string') throw new Error(cells);
    expect(sweepFront(cells, sweepOf(cells), { steps: 0, width: 64 }).outcome).toBe('out of steps');
  });

  // The definition is slow on these: they are fewer.
  test('ten operations that nearly all overlap', () => {
    let odd = 0;
    for (let seed = 0; seed < (process.env.SKERRY_LONG === '1' ? 20_000 : 2_000); seed++) {
      const below = chance(seed);
      const shape = { operations: 10, width: 16, unknownOneIn: seed % 2 === 0 ? 0 : 5, liesOneIn: 2 };
      const history = smallHistory(below, repeating(below, ['get', 'put'], 2 + below(2), 1), shape);
      const decision = lazy.judge(history, { ...kv, initial: 1 });
      expect(decision.verdict === 'linearizable', `seed ${seed}`).toBe(
        isLinearizable('register', history, 1),
      );
      if (decision.verdict === 'illegal' && decision.rule === 'no-order') odd++;
    }
    expect(odd).toBeGreaterThan(0);
  });
});

describe('100,000 operations on one key', () => {
  test.each([
    [5, 0],
    [100, 0],
    [100, 100],
  ])('%i clients, one in %i unknown, five values', (clients, unknownOneIn) => {
    const below = chance(clients);
    const copy = repeating(below, ['get', 'put'], 5);
    const history = largeHistory(below, copy, { operations: 100_000, clients, unknownOneIn });
    expect(lazy.judge(history, kv)).toEqual({ verdict: 'linearizable' });

    // The value was there once, long ago.
    const late = history.findIndex(({ f, type }, at) => at > 90_000 && f === 'get' && type === 'ok');
    const stale = history.map((one, at) => (at === late ? { ...one, output: null } : one));
    const decision = lazy.judge(stale, kv);
    expect(decision).toMatchObject({ verdict: 'illegal', rule: 'stale-read' });
    expect(decision.verdict === 'illegal' && decision.suspects.includes(late)).toBe(true);
    expect(decision.verdict === 'illegal' && decision.suspects.length <= 6).toBe(true);
  });
});
