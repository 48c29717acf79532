import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../sim/check/history.ts';
import { zones } from '../../../sim/check/linearizable/engines/zones.ts';
import { kv } from '../../../sim/check/models/index.ts';
import { compared, judged } from './compare.ts';
import { numbered } from './copies.ts';
import { chance, largeHistory } from './histories.ts';

const judge = (text: string) => judged(zones, kv, 'register', text);

describe('what respects real time is linearizable', () => {
  test.each([
    ['nothing happened', ''],
    ['a read before any write', 'get → null 0-1'],
    ['a read during the write', 'put 1 0-10 \n get → 1 2-3'],
    ['both values during the write', 'put 1 0-10 \n get → null 2-3 \n get → 1 4-5'],
    ['equal times are concurrent', 'put 1 0-5 \n put 2 5-9 \n get → 1 9-10'],
    ['two reads that could be swapped', 'put 1 0-9 \n put 2 0-9 \n get → 2 1-8 \n get → 1 1-8'],
    ['an unknown write that was seen late', 'put 1 0-? \n get → null 5-6 \n get → 1 7-8'],
    ['an unknown write that nobody saw', 'put 1 0-? \n put 2 1-2 \n get → 2 3-4'],
    ['values that nobody saw come again', 'put 1 0-1 \n put 1 2-3 \n put 2 4-5 \n get → 2 6-7'],
    ['a block within the time of another', 'put 1 0-10 \n put 2 0-1 \n get → 2 2-3 \n get → 1 11-12'],
    ['a chain of cas', 'cas null 1 → true 0-1 \n get → 1 2-3 \n cas 1 2 → true 4-5 \n get → 2 6-7'],
    ['a cas of unknown fate that was seen', 'put 1 0-1 \n cas 1 2 2-? \n get → 1 3-4 \n get → 2 5-6'],
    ['a cas to the same value is a read', 'put 1 0-1 \n cas 1 1 → true 2-3 \n get → 1 4-5'],
    ['a refused cas before its value was written', 'cas 1 2 → false 0-5 \n put 1 2-3 \n get → 1 4-9'],
    ['a refused cas after its value was replaced', 'put 1 0-1 \n cas 1 9 → false 2-6 \n put 2 4-5'],
    ['refused cas that follow each other', 'cas 1 9 → false 0-1 \n cas 2 9 → false 2-3 \n put 1 2-4'],
    ['a write that waits for a refused cas', 'cas 1 2 → false 3-4 \n put 1 0-9 \n put 3 20-21'],
    ['a hidden write that ends a value', 'put 3 0-9 \n put 1 1-2 \n cas 1 2 → false 4-5 \n put 5 20-21'],
    ['an unknown write that ends a value', 'put 1 1-2 \n put 3 3-? \n cas 1 2 → false 4-5 \n put 5 20-21'],
    ['structures are values', 'put [1,{"a":1}] 0-1 \n get → [1,{"a":1}] 2-3'],
  ])('%s', (_, text) => {
    expect(judge(text).verdict).toBe('linearizable');
  });
});

describe('what does not is illegal, with the rule', () => {
  test.each([
    ['read-of-unwritten', 'put 1 0-1 \n get → 2 2-3'],
    ['read-of-unwritten', 'cas 7 8 → true 0-1'],
    ['read-of-unwritten', 'cas 7 8 0-? \n get → 8 1-2'],
    ['replaced-twice', 'put 1 0-1 \n cas 1 2 → true 2-3 \n cas 1 3 → true 2-3'],
    ['cas-without-origin', 'cas 1 2 → true 0-9 \n cas 2 1 → true 0-9'],
    ['read-before-write', 'get → 1 0-1 \n put 1 2-3'],
    ['chain-reversed', 'put 1 0-1 \n cas 1 2 → true 2-3 \n get → 1 4-5'],
    ['chain-reversed', 'put 1 0-1 \n cas 1 2 → true 6-7 \n get → 2 8-9 \n cas 2 3 → true 1-8 \n get → 3 2-5'],
    ['stale-read', 'put 1 0-1 \n get → null 2-3'],
    ['stale-read', 'put 1 0-1 \n put 2 2-3 \n get → 1 4-5'],
    ['stale-read', 'put 1 0-9 \n put 2 0-9 \n get → 1 1-2 \n get → 2 3-4 \n get → 1 5-6'],
    ['stale-read', 'put 1 0-? \n get → 1 1-2 \n put 2 3-4 \n get → 1 5-6'],
    ['refused-while-stored', 'put 1 0-1 \n cas 1 2 → false 2-3'],
    ['refused-while-stored', 'put 1 0-1 \n cas 1 2 → false 2-3 \n put 3 2-9 \n get → 1 4-5'],
    ['refused-while-stored', 'cas null 2 → false 2-3 \n put 3 4-5'],
    ['refused-while-stored', 'put 3 0-1 \n put 1 0-1 \n get → 1 2-3 \n cas 1 2 → false 4-5 \n put 4 6-7'],
  ])('%s: %s', (rule, text) => {
    expect(judge(text)).toMatchObject({ verdict: 'illegal', rule });
  });

  test('a stale read is told with values and times', () => {
    const decision = judge('put 3 0-10 \n put 4 20-40 \n get → 4 30-50 \n get → 3 55-60');
    expect(decision).toEqual({
      verdict: 'illegal',
      rule: 'stale-read',
      why:
        'get → 3 by process 3 was called at 55, after put 4 by process 1 had returned at 40, so 3 was stored after 4; ' +
        'but it was stored before, because put 3 by process 0 had returned at 10 before get → 4 by process 2 was ' +
        'called at 30',
      suspects: [0, 1, 2, 3],
    });
  });
});

describe('what the rules do not cover is left to the next engine', () => {
  test.each([
    [
      'an observed value has two writers',
      'put 1 0-1 \n put 1 2-3 \n get → 1 4-5',
      '1 is written more than once',
    ],
    ['an unknown writer counts', 'put 1 0-1 \n put 1 2-? \n get → 1 4-5', '1 is written more than once'],
    ['the initial value comes again', 'get → null 0-1 \n put 1 2-3 \n delete 4-5', 'null is written'],
    [
      'a value that either of two unknown operations wrote',
      'cas 7 5 0-? \n put 5 0-? \n get → 5 1-2',
      '5 is written',
    ],
    ['a function that is not of a register', 'append 1 0-1', 'append is not'],
  ])('%s', (_, text, reason) => {
    const decision = judge(text.startsWith('append') ? '' : text);
    if (!text.startsWith('append')) {
      expect(decision).toMatchObject({ verdict: 'undecided', reason: expect.stringContaining(reason) });
      return;
    }
    const part: Operation[] = [{ process: 0, f: 'append', value: 1, type: 'ok', call: 0, return: 1 }];
    expect(zones.judge(part, kv)).toMatchObject({
      verdict: 'undecided',
      reason: expect.stringContaining(reason),
    });
  });
});

const isRefused = ({ f, output }: Operation): boolean => f === 'cas' && output === false;

/** Whether something is written again, or null at all. */
function repeats(history: readonly Operation[]): boolean {
  const written = history.flatMap(({ f, value }) =>
    f === 'put' ? [value] : f === 'cas' ? [(value as unknown[])[1]] : f === 'delete' ? [null] : [],
  );
  return written.includes(null) || new Set(written).size < written.length;
}

describe('against the definition', () => {
  const compare = (
    functions: readonly string[],
    repeatOneIn: number,
    unknownOneIn: number,
    liesOneIn: number,
  ) =>
    compared({
      ...{ engine: zones, model: kv, specification: 'register', count: 20_000 },
      shape: { unknownOneIn, liesOneIn },
      copy: (below) => numbered(below, functions, repeatOneIn),
      mayShrug: (history) => history.some(isRefused) || repeats(history),
    });

  test.each([
    ['reads and writes', 0, 2],
    ['reads and writes, some unknown', 3, 2],
  ])('%s: nothing is left undecided', (_, unknownOneIn, liesOneIn) => {
    const tally = compare(['get', 'put'], 0, unknownOneIn, liesOneIn);
    expect(tally.undecided).toBe(0);
    expect(Math.min(tally.linearizable, tally.illegal)).toBeGreaterThan(2500);
    expect(Object.keys(tally.rules).sort()).toEqual(['read-before-write', 'read-of-unwritten', 'stale-read']);
  });

  test.each([
    ['cas', 0, 4],
    ['cas, some unknown', 3, 3],
  ])('%s: little is left undecided, for the sake of refused ones', (_, unknownOneIn, liesOneIn) => {
    const tally = compare(['get', 'put', 'cas', 'cas'], 0, unknownOneIn, liesOneIn);
    const total = tally.linearizable + tally.illegal + tally.undecided;
    expect(tally.undecided / total).toBeLessThan(0.03);
    expect(tally.illegal / total).toBeGreaterThan(0.15);
    for (const rule of [
      'refused-while-stored',
      'chain-reversed',
      'replaced-twice',
      'stale-read',
      'read-before-write',
    ]) {
      expect(tally.rules[rule]).toBeGreaterThan(50);
    }
  });

  test('deletes and values that come again: what is decided is right', () => {
    const tally = compare(['get', 'put', 'cas', 'cas', 'delete'], 4, 4, 3);
    expect(Math.min(tally.linearizable, tally.illegal)).toBeGreaterThan(1000);
    expect(tally.rules['cas-without-origin']).toBeGreaterThan(0);
  });
});

describe('100,000 operations on one key', () => {
  test.each([
    [5, 0],
    [100, 0],
    [100, 100],
  ])('%i clients, one in %i unknown', (clients, unknownOneIn) => {
    const below = chance(clients);
    const copy = numbered(below, ['get', 'put', 'get', 'cas']);
    const history = largeHistory(below, copy, { operations: 100_000, clients, unknownOneIn });
    expect(zones.judge(history, kv)).toEqual({ verdict: 'linearizable' });

    const reads = history.flatMap(({ f, type }, at) => (f === 'get' && type === 'ok' ? [at] : []));
    const [old, young] = [reads[reads.length >> 1], reads[Math.floor(reads.length * 0.9)]];
    history[young] = { ...history[young], output: history[old].output };
    const decision = zones.judge(history, kv);
    expect(decision.verdict).toBe('illegal');
    expect(decision.verdict === 'illegal' && decision.suspects.includes(young)).toBe(true);
    expect(decision.verdict === 'illegal' && decision.suspects.length <= 6).toBe(true);
  });

  test('times need not be whole', () => {
    const below = chance(1);
    const history = largeHistory(below, numbered(below, ['get', 'put']), { operations: 10_000, clients: 9 });
    const shifted = history.map((one) => ({ ...one, call: one.call / 3, return: one.return! / 3 })).reverse();
    expect(zones.judge(shifted, kv)).toEqual({ verdict: 'linearizable' });
  });
});
