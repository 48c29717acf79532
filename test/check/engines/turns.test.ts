import { describe, expect, test } from 'vitest';
import { counterEngine } from '../../../sim/check/linearizable/engines/counter.ts';
import { risingIdsEngine, uniqueIdsEngine } from '../../../sim/check/linearizable/engines/ids.ts';
import { mutexEngine } from '../../../sim/check/linearizable/engines/mutex.ts';
import { modelNamed } from '../../../sim/check/models/index.ts';
import { compared, judged } from './compare.ts';
import { counterCopy, idsCopy, mutexCopy } from './copies.ts';
import { chance, largeHistory } from './histories.ts';

const mutex = modelNamed('mutex');
const counter = modelNamed('counter');
const uniqueIds = modelNamed('unique-ids');
const risingIds = modelNamed('rising-ids');
const judgeLock = (text: string) => judged(mutexEngine, mutex, 'mutex', text);
const judgeCounter = (text: string) => judged(counterEngine, counter, 'counter', text);

describe('locks', () => {
  test.each([
    ['one after the other', 'acquire → true 0-1 \n release 2-3 \n acquire → true 4-5'],
    ['handed over while it is waited for', 'acquire → true 0-1 \n acquire → true 2-9 \n release 3-8'],
    ['refused while it was held', 'acquire → true 0-9 \n acquire → false 1-2 \n release 10-11'],
    ['refused for a moment between two others', 'acquire → false 0-9 \n acquire → true 3-4 \n release 3-4'],
    ['an unknown release', 'acquire → true 0-1 \n release 2-? \n acquire → true 3-4'],
    ['an unknown acquisition that never was', 'acquire 0-? \n acquire → true 1-2'],
    ['an unknown acquisition that was in the way', 'acquire 0-? \n acquire → false 1-2'],
    ['three at the same time', 'acquire → true 0-5 \n release 0-5 \n acquire → true 0-5'],
  ])('linearizable: %s', (_, text) => {
    expect(judgeLock(text).verdict).toBe('linearizable');
  });

  test.each([
    ['held-twice', 'acquire → true 0-1 \n acquire → true 2-3'],
    ['held-twice', 'acquire → true 0-1 \n acquire → true 2-3 \n release 4-5'],
    ['released-while-free', 'release 0-1'],
    ['released-while-free', 'acquire → true 0-1 \n release 2-3 \n release 2-3'],
    ['refused-while-free', 'acquire → false 0-1 \n acquire → true 2-3'],
    ['refused-while-free', 'acquire → true 0-1 \n release 2-3 \n acquire → false 4-5'],
  ])('%s: %s', (rule, text) => {
    expect(judgeLock(text)).toMatchObject({ verdict: 'illegal', rule });
  });

  test('two that held it are told with times', () => {
    expect(judgeLock('acquire → true 0-1 \n acquire → true 2-3')).toEqual({
      verdict: 'illegal',
      rule: 'held-twice',
      why:
        'acquire → true by process 1 returned at 3 although the lock was held (the last to change that was acquire → ' +
        'true by process 0, called at 0) and no other release had been called that could have come in between',
      suspects: [0, 1],
    });
  });

  test.each([
    ['free', 0, 0],
    ['free', 4, 5],
    ['held', 3, 4],
  ])(
    'against the definition: %s at first, one in %i unknown; nothing is left undecided',
    (initial, unknown, lies) => {
      const tally = compared({
        ...{ engine: mutexEngine, model: { ...mutex, initial }, specification: 'mutex', count: 20_000 },
        shape: { unknownOneIn: unknown, liesOneIn: lies },
        copy: (below) => mutexCopy(below, initial === 'held'),
      });
      expect(tally.undecided).toBe(0);
      expect(Math.min(tally.linearizable, tally.illegal)).toBeGreaterThan(2000);
      expect(Object.keys(tally.rules)).toEqual(expect.arrayContaining(['released-while-free']));
      if (lies > 0) {
        expect(tally.rules['held-twice']).toBeGreaterThan(100);
        expect(tally.rules['refused-while-free']).toBeGreaterThan(100);
      }
    },
  );

  test('100,000 operations of 20 clients', () => {
    const below = chance(4);
    const copy = mutexCopy(below);
    let isHeld = false;
    // What is done to a free lock is never a release.
    const history = largeHistory(
      below,
      {
        ...copy,
        ask: () => ({ f: isHeld && below(3) === 0 ? 'release' : 'acquire' }),
        answer(f, value, process) {
          isHeld = f === 'acquire';
          return copy.answer(f, value, process);
        },
      },
      { operations: 100_000, clients: 20 },
    );
    expect(mutexEngine.judge(history, mutex)).toEqual({ verdict: 'linearizable' });
    const last = { process: 99, f: 'acquire', output: true, type: 'ok', call: 1e9, return: 1e9 + 1 } as const;
    expect(mutexEngine.judge([...history, last, { ...last, call: 2e9, return: 2e9 }], mutex)).toMatchObject({
      verdict: 'illegal',
      rule: 'held-twice',
    });
  });
});

describe('counters', () => {
  test.each([
    ['a sum', 'add 2 0-1 \n read → 2 2-3 \n add 2 4-5 \n read → 4 6-7'],
    ['seen at once', 'add 1 0-9 \n read → 0 1-2 \n read → 1 3-4'],
    ['increments and what adds nothing', 'increment 0-1 \n add 0 2-3 \n increment 1 4-5 \n read → 2 6-7'],
    ['decrements', 'decrement 3 0-1 \n add -3 2-3 \n read → -6 4-5'],
    ['an unknown addition', 'add 1 0-? \n read → 0 1-2 \n read → 1 3-4'],
    ['the narrow one first', 'add 1 0-9 \n add 1 4-5 \n read → 0 1-2 \n read → 1 6-7'],
  ])('linearizable: %s', (_, text) => {
    expect(judgeCounter(text).verdict).toBe('linearizable');
  });

  test.each([
    ['impossible-sum', 'add 2 0-1 \n read → 1 2-3'],
    ['impossible-sum', 'read → 1 2-3'],
    ['impossible-sum', 'add 1 0-1 \n read → -1 2-3'],
    ['sum-too-far', 'add 1 0-1 \n read → 2 2-3 \n add 1 4-5'],
    ['sum-too-near', 'add 1 0-1 \n read → 0 2-3'],
    ['sum-too-near', 'add 1 0-9 \n read → 1 1-2 \n read → 0 3-4'],
    ['sum-too-near', 'add 1 0-9 \n add 1 4-5 \n read → 1 1-2 \n read → 1 6-7'],
  ])('%s: %s', (rule, text) => {
    expect(judgeCounter(text)).toMatchObject({ verdict: 'illegal', rule });
  });

  test('unlike amounts are left to the next engine', () => {
    expect(judgeCounter('add 1 0-1 \n add 2 2-3').verdict).toBe('undecided');
  });

  test.each([
    [[1], 0, 2],
    [[1], 3, 1],
    [[-3], 4, 1],
  ])(
    'against the definition: %j, one in %i unknown; nothing is left undecided',
    (steps, unknownOneIn, liesOneIn) => {
      for (const initial of [0, 5]) {
        const tally = compared({
          ...{
            engine: counterEngine,
            model: { ...counter, initial },
            specification: 'counter',
            count: 10_000,
          },
          shape: { unknownOneIn, liesOneIn },
          copy: (below) => counterCopy(below, steps, initial),
        });
        expect(tally.undecided).toBe(0);
        expect(Math.min(tally.linearizable, tally.illegal)).toBeGreaterThan(1000);
        for (const rule of ['sum-too-far', 'sum-too-near', 'impossible-sum']) {
          expect(tally.rules[rule]).toBeGreaterThan(100);
        }
      }
    },
  );

  test('100,000 operations of 50 clients', () => {
    const below = chance(4);
    const history = largeHistory(below, counterCopy(below, [1]), {
      operations: 100_000,
      clients: 50,
      unknownOneIn: 100,
    });
    expect(counterEngine.judge(history, counter)).toEqual({ verdict: 'linearizable' });
    const at = history.findLastIndex(({ f, type }) => f === 'read' && type === 'ok');
    history[at] = { ...history[at], output: (history[at].output as number) >> 1 };
    expect(counterEngine.judge(history, counter)).toMatchObject({ verdict: 'illegal', rule: 'sum-too-near' });
  });
});

describe('ids', () => {
  test('an id given twice is illegal, in whatever order', () => {
    const decision = judged(uniqueIdsEngine, uniqueIds, 'unique', 'generate → 1 0-1 \n generate → 1 0-1', []);
    expect(decision).toMatchObject({ verdict: 'illegal', rule: 'given-twice', suspects: [0, 1] });
    const fine = judged(
      uniqueIdsEngine,
      uniqueIds,
      'unique',
      'generate → 2 0-1 \n generate → 1 2-3 \n generate 4-?',
      [],
    );
    expect(fine.verdict).toBe('linearizable');
  });

  test('rising ids rise in real time', () => {
    const judge = (text: string) => judged(risingIdsEngine, risingIds, 'rising', text);
    expect(judge('generate → 2 0-9 \n generate → 1 1-3').verdict).toBe('linearizable');
    expect(judge('generate → 2 0-1 \n generate → 1 2-3')).toMatchObject({
      rule: 'id-not-rising',
      suspects: [0, 1],
    });
    expect(judge('generate → 1 0-1 \n generate → 1 0-1')).toMatchObject({ rule: 'given-twice' });
    expect(judged(risingIdsEngine, { ...risingIds, initial: 5 }, 'rising', 'generate → 5 0-1')).toMatchObject(
      {
        rule: 'id-not-rising',
      },
    );
  });

  test.each([
    ['unique', uniqueIdsEngine, uniqueIds, []],
    ['rising', risingIdsEngine, risingIds, null],
  ] as const)('against the definition: %s', (specification, engine, model, initial) => {
    const tally = compared({
      ...{ engine, model, specification, count: 10_000, initial: initial ?? undefined },
      shape: { unknownOneIn: 5, liesOneIn: 5 },
      copy: idsCopy,
    });
    expect(tally.undecided).toBe(0);
    expect(Math.min(tally.linearizable, tally.illegal)).toBeGreaterThan(1000);
  });
});
