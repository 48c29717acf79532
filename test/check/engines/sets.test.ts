import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../sim/check/history.ts';
import { growOnlySetEngine } from '../../../sim/check/linearizable/engines/grow-only-set.ts';
import { setEngine } from '../../../sim/check/linearizable/engines/set.ts';
import { modelNamed } from '../../../sim/check/models/index.ts';
import { compared, judged } from './compare.ts';
import { listCopy, setCopy } from './copies.ts';
import { chance, largeHistory } from './histories.ts';

const set = modelNamed('set');
const growOnlySet = modelNamed('grow-only-set');
const judge = (text: string) => judged(setEngine, set, 'set', text);
const judgeGrowing = (text: string) => judged(growOnlySetEngine, growOnlySet, 'set', text);

describe('sets, element by element', () => {
  test.each([
    ['elements do not meddle', 'add 1 0-1 \n contains 2 → false 2-3 \n contains 1 → true 4-5'],
    ['added twice, once too late', 'add 1 → true 0-9 \n add 1 → false 2-12'],
    ['removed and added in between', 'add 1 → true 0-1 \n add 1 → true 2-9 \n remove 1 → true 3-8'],
    ['an unknown addition', 'add 1 0-? \n contains 1 → false 1-2 \n contains 1 → true 3-4'],
    ['an unknown removal between what was told', 'add 1 → true 0-1 \n remove 1 2-? \n add 1 → true 3-4'],
    ['one element, read as a whole', 'add 1 0-1 \n read → [1] 2-3 \n remove 1 4-5 \n read → [] 6-7'],
  ])('linearizable: %s', (_, text) => {
    expect(judge(text).verdict).toBe('linearizable');
  });

  test.each([
    ['still-there', 'add 1 → true 0-1 \n remove 1 → false 2-3 \n remove 1 → true 4-5'],
    ['not-there', 'add 1 → true 0-1 \n remove 1 → true 2-3 \n remove 1 → true 4-5'],
    ['still-there', 'add 1 → true 0-1 \n add 1 → true 2-3'],
    ['still-there', 'add 1 → true 0-1 \n contains 1 → false 2-3'],
    ['not-there', 'remove 1 → true 0-1'],
    ['read-of-unwritten', 'contains 1 → true 0-1'],
    ['stale-read', 'add 1 0-1 \n contains 1 → false 2-3'],
    ['stale-read', 'add 1 0-1 \n add 2 0-1 \n remove 1 2-3 \n read → [1] 4-5'],
    ['listed-twice', 'add 1 0-1 \n read → [1,1] 2-3'],
  ])('%s: %s', (rule, text) => {
    expect(judge(text)).toMatchObject({ verdict: 'illegal', rule });
  });

  test('the element is told', () => {
    expect(judge('add 1 → true 0-1 \n add 1 → true 2-3')).toEqual({
      verdict: 'illegal',
      rule: 'still-there',
      why:
        'element 1: add 1 → true by process 1 returned at 3, but the element was there since add 1 → true by ' +
        'process 0, called at 0, and no other removal had been called that could have come in between',
      suspects: [0, 1],
    });
  });

  test.each([
    ['no moment may suit all elements', 'add 1 0-9 \n add 2 0-9 \n read → [1] 1-5 \n read → [2] 1-5'],
    ['some were told and some were not', 'add 1 → true 0-1 \n remove 1 2-3'],
  ])('undecided: %s', (_, text) => {
    expect(judge(text).verdict).toBe('undecided');
  });

  const changes = ['add', 'remove', 'contains'];
  test.each([
    ['told', changes, true, 2, 0],
    ['told, some unknown', changes, true, 2, 3],
    ['not told', changes, false, 2, 0],
    ['not told, some unknown', changes, false, 2, 3],
    ['one element, read as a whole', [...changes, 'read'], true, 1, 4],
    ['two elements, read as a whole', [...changes, 'read'], true, 2, 4],
  ] as const)('against the definition: %s', (_, functions, isTold, elements, unknownOneIn) => {
    const isWhole = ({ f, type }: Operation): boolean => f === 'read' && type === 'ok';
    const tally = compared({
      ...{ engine: setEngine, model: set, specification: 'set', count: 8_000 },
      shape: { unknownOneIn, liesOneIn: isTold ? 4 : 1 },
      copy: (below) => setCopy(below, { functions, elements, isTold }),
      mayShrug: (history) => elements > 1 && history.some(isWhole),
    });
    expect(tally.undecided > 0).toBe(elements > 1 && functions.includes('read'));
    expect(Math.min(tally.linearizable, tally.illegal)).toBeGreaterThan(800);
    expect(Object.keys(tally.rules)).toContain(isTold ? 'still-there' : 'stale-read');
  });

  test('what is there at the start', () => {
    const model = { ...set, initial: [1] };
    expect(judged(setEngine, model, 'set', 'contains 1 → true 0-1 \n remove 1 → true 2-3').verdict).toBe(
      'linearizable',
    );
    expect(judged(setEngine, model, 'set', 'contains 1 → false 0-1').verdict).toBe('illegal');
  });

  test.each([true, false])('100,000 operations of 50 clients on 100 elements, told: %s', (isTold) => {
    const below = chance(3);
    const copy = setCopy(below, { functions: changes, elements: 100, isTold });
    const history = largeHistory(below, copy, { operations: 100_000, clients: 50 });
    expect(setEngine.judge(history, set)).toEqual({ verdict: 'linearizable' });
    // Whatever was there at the end, it did not change any more.
    const asked = { process: 999, f: 'contains', value: 7, type: 'ok' } as const;
    const late: Operation = { ...asked, output: true, call: 1e9, return: 1e9 };
    const later: Operation = { ...asked, output: false, call: 2e9, return: 2e9 };
    const decision = setEngine.judge([...history, late, later], set);
    expect(decision.verdict).toBe('illegal');
    expect(decision.verdict === 'illegal' && decision.suspects.length <= 6).toBe(true);
  });
});

describe('sets that only grow', () => {
  test.each([
    ['reads that grow', 'add 1 0-1 \n read → [1] 2-3 \n add 2 4-5 \n read → [2,1] 6-7'],
    ['at once', 'add 1 0-9 \n read → [] 1-2 \n read → [1] 3-4'],
    ['added again', 'add 1 0-1 \n read → [1] 2-3 \n add 1 4-5'],
    ['the first of two additions was seen', 'add 1 8-9 \n add 1 0-? \n read → [1] 2-3'],
    ['an unknown addition that nobody saw', 'add 1 0-? \n read → [] 2-3'],
  ])('linearizable: %s', (_, text) => {
    expect(judgeGrowing(text).verdict).toBe('linearizable');
  });

  test.each([
    ['read-of-unwritten', 'read → [1] 0-1'],
    ['listed-twice', 'add 1 0-1 \n read → [1,1] 2-3'],
    ['reads-disagree', 'add 1 0-9 \n add 2 0-9 \n read → [1] 1-2 \n read → [2] 3-4'],
    ['missing-element', 'add 1 0-1 \n read → [] 2-3'],
    ['missing-element', 'add 1 0-1 \n add 2 2-3 \n read → [2] 2-4 \n read → [1,2] 5-6'],
    ['missing-element', 'add 1 3-9 \n add 1 0-1 \n read → [] 2-3 \n read → [1] 2-5'],
    ['missing-element', 'add 1 0-? \n add 1 1-2 \n read → [] 3-4 \n read → [1] 2-5'],
    ['sets-reversed', 'add 1 0-9 \n read → [1] 1-2 \n read → [] 3-4'],
    ['sets-reversed', 'read → [1] 0-1 \n add 1 2-3'],
  ])('%s: %s', (rule, text) => {
    expect(judgeGrowing(text)).toMatchObject({ verdict: 'illegal', rule });
  });

  test('additions that were told whether the element was new are left to the next engine', () => {
    expect(judgeGrowing('add 1 → true 0-1').verdict).toBe('undecided');
  });

  test.each([
    [0, 2, 0],
    [4, 2, 3],
    [4, 4, 4],
  ])('against the definition: one in %i unknown, one in %i wrong', (unknownOneIn, liesOneIn, elements) => {
    const tally = compared({
      ...{ engine: growOnlySetEngine, model: growOnlySet, specification: 'set', count: 20_000 },
      shape: { unknownOneIn, liesOneIn },
      copy: (below) =>
        elements === 0
          ? listCopy(below, 'add')
          : setCopy(below, { functions: ['add', 'read'], elements, isTold: false }),
    });
    expect(tally.undecided).toBe(0);
    expect(Math.min(tally.linearizable, tally.illegal)).toBeGreaterThan(1000);
    // Lists that only get longer do not disagree.
    const rules = ['missing-element', 'sets-reversed', ...(elements === 0 ? [] : ['reads-disagree'])];
    for (const rule of rules) {
      expect(tally.rules[rule]).toBeGreaterThan(20);
    }
  });

  test('100,000 additions', () => {
    const below = chance(2);
    const history = largeHistory(below, listCopy(below, 'add', 2000), { operations: 100_000, clients: 50 });
    expect(growOnlySetEngine.judge(history, growOnlySet)).toEqual({ verdict: 'linearizable' });
    const last = history.findLastIndex(({ f }) => f === 'read');
    const stale = history.slice();
    stale[last] = { ...history[last], output: (history[last].output as unknown[]).toSpliced(1000, 1) };
    const decision = growOnlySetEngine.judge(stale, growOnlySet);
    expect(decision.verdict).toBe('illegal');
    expect(decision.verdict === 'illegal' && decision.suspects.includes(last)).toBe(true);
  });
});
