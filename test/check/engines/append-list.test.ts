import { describe, expect, test } from 'vitest';
import { appendListEngine } from '../../../sim/check/linearizable/engines/append-list.ts';
import { modelNamed } from '../../../sim/check/models/index.ts';
import { compared, judged } from './compare.ts';
import { listCopy } from './copies.ts';
import { chance, largeHistory } from './histories.ts';

const list = modelNamed('append-list');
const judge = (text: string) => judged(appendListEngine, list, 'list', text);

describe('the longest read fixes the order', () => {
  test.each([
    ['nothing was read', 'append 1 0-1 \n append 2 2-3'],
    ['beginnings of one list', 'append 1 0-9 \n append 2 0-9 \n read → [2] 1-2 \n read → [2,1] 3-4'],
    ['appended later than all reads', 'append 1 0-1 \n read → [1] 2-3 \n append 2 4-5'],
    ['unseen, and not certain', 'append 1 0-? \n read → [] 2-3'],
    ['an unknown append that was seen', 'append 1 0-? \n read → [] 2-3 \n read → [1] 4-5'],
    ['null is an empty list', 'read → null 0-1 \n append 1 0-1'],
  ])('linearizable: %s', (_, text) => {
    expect(judge(text).verdict).toBe('linearizable');
  });

  test.each([
    ['read-of-unwritten', 'read → [1] 0-1'],
    ['no-prefix', 'append 1 0-9 \n append 2 0-9 \n read → [1] 1-2 \n read → [2,1] 3-4'],
    ['no-prefix', 'append 1 0-9 \n append 2 0-9 \n read → [1,2] 1-2 \n read → [2,1] 3-4'],
    ['appended-once-read-twice', 'append 1 0-1 \n read → [1,1] 2-3'],
    ['appended-too-late', 'append 1 0-1 \n append 2 2-3 \n read → [2,1] 4-5'],
    ['appended-too-late', 'append 1 0-1 \n read → [] 2-3'],
    ['appended-too-late', 'append 1 0-1 \n append 2 2-3 \n read → [2] 4-5'],
    ['stale-or-early-read', 'append 1 0-9 \n read → [1] 1-2 \n read → [] 3-4'],
    ['stale-or-early-read', 'read → [1] 1-2 \n append 1 3-4'],
  ])('%s: %s', (rule, text) => {
    expect(judge(text)).toMatchObject({ verdict: 'illegal', rule });
  });

  test('elements that are appended twice are left to the next engine', () => {
    expect(judge('append 1 0-1 \n append 1 2-3 \n read → [1,1] 4-5').verdict).toBe('undecided');
  });
});

test.each([
  [0, 2],
  [3, 1],
])('against the definition: one in %i unknown; nothing is left undecided', (unknownOneIn, liesOneIn) => {
  const tally = compared({
    ...{ engine: appendListEngine, model: list, specification: 'list', count: 20_000 },
    shape: { unknownOneIn, liesOneIn },
    copy: (below) => listCopy(below, 'append'),
  });
  expect(tally.undecided).toBe(0);
  expect(Math.min(tally.linearizable, tally.illegal)).toBeGreaterThan(1500);
  for (const rule of ['no-prefix', 'appended-too-late', 'stale-or-early-read']) {
    expect(tally.rules[rule]).toBeGreaterThan(30);
  }
});

test('100,000 operations of 50 clients, some reads', () => {
  const below = chance(2);
  const history = largeHistory(below, listCopy(below, 'append', 2000), { operations: 100_000, clients: 50 });
  expect(appendListEngine.judge(history, list)).toEqual({ verdict: 'linearizable' });
  const last = history.findLastIndex(({ f }) => f === 'read');
  history[last] = { ...history[last], output: (history[last].output as unknown[]).slice(0, 1000) };
  const decision = appendListEngine.judge(history, list);
  expect(decision.verdict).toBe('illegal');
  expect(decision.verdict === 'illegal' && decision.suspects.includes(last)).toBe(true);
});
