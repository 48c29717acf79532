import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../sim/check/history.ts';
import { queueEngine } from '../../../sim/check/linearizable/engines/queue.ts';
import { modelNamed } from '../../../sim/check/models/index.ts';
import { compared, judged } from './compare.ts';
import { queueCopy } from './copies.ts';
import { chance, largeHistory } from './histories.ts';

const queue = modelNamed('queue');
const judge = (text: string) => judged(queueEngine, queue, 'queue', text);

describe('first in, first out is linearizable', () => {
  test.each([
    ['in order', 'enqueue 1 0-1 \n enqueue 2 2-3 \n dequeue → 1 4-5 \n dequeue → 2 6-7'],
    [
      'enqueues at once come out either way',
      'enqueue 1 0-5 \n enqueue 2 0-5 \n dequeue → 2 6-7 \n dequeue → 1 8-9',
    ],
    ['dequeues at once', 'enqueue 1 0-1 \n enqueue 2 2-3 \n dequeue → 2 4-9 \n dequeue → 1 4-9'],
    ['nothing before anything came in', 'dequeue → null 0-5 \n enqueue 1 1-6 \n dequeue → 1 7-8'],
    [
      'nothing at the one moment between two',
      'enqueue 1 0-1 \n dequeue → 1 5-9 \n dequeue → null 4-6 \n enqueue 2 2-5',
    ],
    ['what nobody took is still inside', 'enqueue 1 0-1 \n enqueue 2 2-3'],
    ['an unknown enqueue that came out', 'enqueue 1 0-? \n dequeue → null 1-2 \n dequeue → 1 3-4'],
    [
      'an unknown enqueue that never was',
      'enqueue 1 0-? \n enqueue 2 1-2 \n dequeue → 2 3-4 \n dequeue → null 5-6',
    ],
    [
      'an unknown dequeue took the missing one',
      'enqueue 1 0-1 \n enqueue 2 2-3 \n dequeue 4-? \n dequeue → 2 5-6',
    ],
    ['equal times are concurrent', 'dequeue → 1 0-5 \n enqueue 1 5-6'],
  ])('%s', (_, text) => {
    expect(judge(text).verdict).toBe('linearizable');
  });
});

describe('each rule', () => {
  test.each([
    ['never-enqueued', 'dequeue → 1 0-1'],
    ['dequeued-twice', 'enqueue 1 0-1 \n dequeue → 1 2-3 \n dequeue → 1 2-3'],
    ['dequeued-before-enqueued', 'dequeue → 1 0-1 \n enqueue 1 2-3'],
    ['dequeued-before-enqueued', 'dequeue → 1 0-1 \n enqueue 1 2-?'],
    ['overtaken', 'enqueue 1 0-1 \n enqueue 2 2-3 \n dequeue → 2 4-5 \n dequeue → 1 6-7'],
    ['skipped', 'enqueue 1 0-1 \n enqueue 2 2-3 \n dequeue → 2 4-5'],
    ['skipped', 'enqueue 1 0-1 \n enqueue 2 2-3 \n dequeue → 2 4-5 \n dequeue 6-?'],
    ['skipped', 'enqueue 1 0-1 \n enqueue 3 0-1 \n enqueue 2 2-3 \n dequeue 4-? \n dequeue → 2 4-5'],
    ['empty-while-full', 'enqueue 1 0-1 \n dequeue → null 2-3'],
    [
      'empty-while-full',
      'enqueue 1 0-1 \n enqueue 2 2-3 \n dequeue → 1 6-7 \n dequeue → 2 12-13 \n dequeue → null 4-9',
    ],
  ])('%s: %s', (rule, text) => {
    expect(judge(text)).toMatchObject({ verdict: 'illegal', rule });
  });

  test('two came out in the wrong order: told with values and times', () => {
    expect(judge('enqueue 1 0-1 \n enqueue 2 2-3 \n dequeue → 2 4-5 \n dequeue → 1 6-7')).toEqual({
      verdict: 'illegal',
      rule: 'overtaken',
      why:
        'enqueue 1 by process 0 had returned at 1 before enqueue 2 by process 1 was called at 2; but dequeue → 2 by ' +
        'process 2 returned at 5, and dequeue → 1 by process 3 was only called at 6',
      suspects: [0, 1, 2, 3],
    });
  });
});

test.each([
  ['a value comes in twice', 'enqueue 1 0-1 \n enqueue 1 2-3', '1 is enqueued more than once'],
  [
    'an unknown dequeue may have emptied it',
    'enqueue 1 0-1 \n dequeue 2-? \n dequeue → null 3-4',
    'dequeues of unknown fate may have emptied the queue',
  ],
])('%s: undecided', (_, text, reason) => {
  expect(judge(text)).toEqual({ verdict: 'undecided', reason });
});

const isUnknownDequeue = ({ f, type }: Operation): boolean => f === 'dequeue' && type === 'info';
const isEmptyDequeue = ({ f, type, output }: Operation): boolean =>
  f === 'dequeue' && type === 'ok' && output === null;

test.each([
  ['all known', 0, 2, 2],
  ['some unknown', 4, 2, 2],
  ['many values left inside', 5, 3, 3],
] as const)('against the definition: %s', (_, unknownOneIn, liesOneIn, takeOneIn) => {
  const tally = compared({
    ...{ engine: queueEngine, model: queue, specification: 'queue', count: 20_000 },
    shape: { unknownOneIn, liesOneIn },
    copy: (below) => queueCopy(below, takeOneIn),
    mayShrug: (history) => history.some(isUnknownDequeue) && history.some(isEmptyDequeue),
  });
  expect(tally.undecided / (tally.linearizable + tally.illegal)).toBeLessThan(
    unknownOneIn === 0 ? 1e-9 : 0.1,
  );
  expect(tally.illegal).toBeGreaterThan(1000);
  expect(Object.keys(tally.rules).sort()).toEqual([
    ...[
      'dequeued-before-enqueued',
      'dequeued-twice',
      'empty-while-full',
      'never-enqueued',
      'overtaken',
      'skipped',
    ],
  ]);
});

test.each([5, 100])('100,000 operations of %i clients', (clients) => {
  const below = chance(clients);
  const history = largeHistory(below, queueCopy(below), { operations: 100_000, clients });
  expect(queueEngine.judge(history, queue)).toEqual({ verdict: 'linearizable' });

  const taken = history.flatMap(({ f, output }, at) =>
    f === 'dequeue' && typeof output === 'number' ? [at] : [],
  );
  const [one, other] = [taken[Math.floor(taken.length * 0.5)], taken[Math.floor(taken.length * 0.6)]];
  const swapped = history.slice();
  swapped[one] = { ...history[one], output: history[other].output };
  swapped[other] = { ...history[other], output: history[one].output };
  const decision = queueEngine.judge(swapped, queue);
  expect(decision.verdict).toBe('illegal');
  expect(decision.verdict === 'illegal' && decision.suspects.length <= 6).toBe(true);
});
