import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../sim/check/history.ts';
import { casRegister, kv, linearizable, type Model, register, timeline } from '../../sim/check/index.ts';
import { laidOut } from '../../sim/check/linearizable/part.ts';
import { search } from '../../sim/check/linearizable/search.ts';
import { hasOrder, randomHistory, type Shape } from './brute-force.ts';

const verdictOf = (model: Model, picture: string): string => linearizable(timeline(picture), model).verdict;

describe('the checker agrees with brute force', () => {
  const shapes: readonly [Model, readonly string[], lies: number][] = [
    [register, ['read', 'write'], 1],
    [casRegister, ['read', 'write', 'cas'], 1],
    [kv, ['get', 'put', 'delete', 'cas'], 1],
    [casRegister, ['read', 'cas'], 2],
  ];
  const count = 6000;
  test.each(shapes)('on random small histories: %#', { timeout: 60_000 }, (model, functions, lies) => {
    let wrong = 0;
    let withUncertain = 0;
    for (let seed = 0; seed < count; seed++) {
      const shape: Shape = {
        operations: 3 + (seed % 5),
        processes: 2 + (seed % 4),
        values: 3,
        functions,
        uncertainOneIn: [0, 3, 5, 2][seed % 4],
        liesOneIn: lies + (seed % 3),
      };
      const history = randomHistory(seed, shape);
      if (history.some((operation) => operation.type === 'info')) withUncertain++;
      const expected = hasOrder(history);
      if (!expected) wrong++;
      const { outcome, order } = search(laidOut(history, model), model, { steps: 1e6, words: 1e6 });
      if (outcome !== (expected ? 'ordered' : 'impossible')) {
        expect.fail(`seed ${seed}: ${outcome}, but brute force says ${expected}: ${JSON.stringify(history)}`);
      }
      if (expected) expectWitness(history, order);
    }
    expect(wrong / count).toBeGreaterThan(0.3);
    expect(wrong / count).toBeLessThan(0.7);
    expect(withUncertain / count).toBeGreaterThan(0.3);
  });

  /** The order is one: it has all that is certain, respects real time, and brute force accepts it as a sequence. */
  function expectWitness(history: readonly Operation[], order: readonly Operation[]): void {
    expect(new Set(order).size).toBe(order.length);
    for (const operation of history) if (operation.type === 'ok') expect(order).toContain(operation);
    order.forEach((operation, at) => {
      const early = order
        .slice(at + 1)
        .some((later) => later.type === 'ok' && (later.return as number) < operation.call);
      expect(early).toBe(false);
    });
    const sequence = order.map((operation, at) => ({ ...operation, call: at, return: at + 0.5 }));
    const certain = sequence.map((operation) =>
      operation.type === 'ok' ? operation : { ...operation, type: 'ok' as const, output: undefined },
    );
    expect(hasOrder(certain)).toBe(true);
  }
});

describe('a register', () => {
  test('a read returns what was written last', () => {
    expect(verdictOf(register, 'c1: [write 1] [write 2] [read -> 2]')).toBe('held');
    expect(verdictOf(register, 'c1: [write 1] [write 2] [read -> 1]')).toBe('broken');
  });
  test('before the first write it holds null', () => {
    expect(verdictOf(register, 'c1: [read -> null] [write 1]')).toBe('held');
    expect(verdictOf(register, 'c1: [read -> 1] [write 1]')).toBe('broken');
    expect(linearizable(timeline('c1: [read -> 0]'), { ...register, initial: 0 }).verdict).toBe('held');
  });
  test('a read beside a write may return the old value or the new one', () => {
    const beside = (value: number) => `
      c1: [write 1] [write 2          ]
      c2:              [read -> ${value}]`;
    expect(verdictOf(register, beside(1))).toBe('held');
    expect(verdictOf(register, beside(2))).toBe('held');
    expect(verdictOf(register, beside(3))).toBe('broken');
  });
  test('once a read has returned the new value, no later read returns the old one', () => {
    expect(
      verdictOf(
        register,
        `
        c1: [write 1] [write 2                       ]
        c2:            [read -> 2] [read -> 1]`,
      ),
    ).toBe('broken');
  });
  test('an operation that returns in the same instant as another is called is concurrent with it', () => {
    const [first, second] = timeline('c1: [write 1] [read -> null]');
    const touching = [first, { ...second, call: first.return as number }];
    expect(linearizable(touching, register).verdict).toBe('held');
    expect(linearizable([first, second], register).verdict).toBe('broken');
    const [one, two, read] = timeline('c1: [write 1] [write 2] [read -> 1]');
    expect(linearizable([one, { ...two, call: one.return as number }, read], register).verdict).toBe('held');
    expect(linearizable([one, two, read], register).verdict).toBe('broken');
  });
  test('a write that nobody knows the fate of takes effect at any later time, or never', () => {
    expect(verdictOf(register, 'c1: [write 1 ?]\nc2:              [read -> null] [read -> 1]')).toBe('held');
    expect(verdictOf(register, 'c1: [write 1 ?]\nc2:              [read -> null] [read -> null]')).toBe(
      'held',
    );
    expect(verdictOf(register, 'c1: [write 1 ?]\nc2:              [read -> 1] [read -> null]')).toBe(
      'broken',
    );
    expect(verdictOf(register, 'c1:                [write 1 ?]\nc2: [read -> 1]')).toBe('broken');
  });
  test('a write that failed never takes effect', () => {
    expect(verdictOf(register, 'c1: [write 1 !] [read -> null]')).toBe('held');
    expect(verdictOf(register, 'c1: [write 1 !] [read -> 1]')).toBe('broken');
  });
  test('one uncertain write explains one change, two explain two', () => {
    const reads = (writes: string) => `
      c1: ${writes}
      c2:                              [read -> 1] [write 2] [read -> 1] [write 3] [read -> 1]`;
    expect(verdictOf(register, reads('[write 1 ?]'))).toBe('broken');
    expect(verdictOf(register, reads('[write 1 ?]\n      c3: [write 1 ?]'))).toBe('broken');
    expect(verdictOf(register, reads('[write 1 ?]\n      c3: [write 1 ?]\n      c4: [write 1 ?]'))).toBe(
      'held',
    );
  });
  test('values are compared in depth', () => {
    expect(verdictOf(register, 'c1: [write [1,{"a":2,"b":3}]] [read -> [1,{"b":3,"a":2}]]')).toBe('held');
    expect(verdictOf(register, 'c1: [write [1,{"a":2,"b":3}]] [read -> [1,{"b":2,"a":2}]]')).toBe('broken');
    expect(verdictOf(register, 'c1: [write "[1]"] [read -> [1]]')).toBe('broken');
  });
});

describe('a register with compare-and-set', () => {
  test('it succeeds exactly when the expected value is stored', () => {
    expect(verdictOf(casRegister, 'c1: [write 1] [cas 1 2 -> true] [read -> 2]')).toBe('held');
    expect(verdictOf(casRegister, 'c1: [write 1] [cas 3 2 -> true]')).toBe('broken');
    expect(verdictOf(casRegister, 'c1: [write 1] [cas 3 2 -> false] [read -> 1]')).toBe('held');
    expect(verdictOf(casRegister, 'c1: [write 1] [cas 1 2 -> false]')).toBe('broken');
  });
  test('of two that expect the same value only one succeeds', () => {
    const both = (second: boolean) => `
      c1: [write 1] [cas 1 2 -> true]
      c2:            [cas 1 3 -> ${second}]`;
    expect(verdictOf(casRegister, both(false))).toBe('held');
    expect(verdictOf(casRegister, both(true))).toBe('broken');
  });
  test('an uncertain one takes effect where its expected value is stored, or never', () => {
    const uncertain = (value: number) => `
      c1: [write 1] [cas 1 2 ?]
      c2:                           [read -> ${value}]`;
    expect(verdictOf(casRegister, uncertain(1))).toBe('held');
    expect(verdictOf(casRegister, uncertain(2))).toBe('held');
    expect(verdictOf(casRegister, 'c1: [write 1] [cas 3 2 ?]\nc2:                     [read -> 2]')).toBe(
      'broken',
    );
  });
});

describe('a map of keys to values', () => {
  test('keys are apart from each other', () => {
    expect(verdictOf(kv, 'c1: [put x 1] [get y -> null] [get x -> 1]')).toBe('held');
    expect(verdictOf(kv, 'c1: [put x 1] [get y -> 1]')).toBe('broken');
  });
  test('a deleted key is missing, and missing keys read as null', () => {
    expect(
      verdictOf(kv, 'c1: [put x 1] [delete x] [get x -> null] [cas x null 2 -> true] [get x -> 2]'),
    ).toBe('held');
    expect(verdictOf(kv, 'c1: [put x 1] [delete x] [get x -> 1]')).toBe('broken');
    expect(verdictOf(kv, 'c1: [put x 1] [delete x ?]\nc2:                         [get x -> null]')).toBe(
      'held',
    );
  });
  test('every broken key is reported once', () => {
    const verdict = linearizable(timeline('c1: [get x -> 1] [get y -> 2] [get z -> null]'), kv);
    expect(verdict.verdict === 'broken' && verdict.violations.length).toBe(2);
  });
});

describe('what does not matter to the verdict', () => {
  const shape: Shape = {
    operations: 12,
    processes: 4,
    values: 3,
    functions: ['read', 'write', 'cas'],
    uncertainOneIn: 6,
    liesOneIn: 12,
  };
  const judged = (history: readonly Operation[]): string => linearizable(history, casRegister).verdict;
  const renamed = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(renamed) : typeof value === 'number' ? `value ${value}` : value;
  const changes: readonly [string, (operation: Operation) => Operation][] = [
    ['names of values', (one) => ({ ...one, value: renamed(one.value), output: renamed(one.output) })],
    ['names of processes', (one) => ({ ...one, process: 1000 - one.process, client: `c${one.process}` })],
    ['the unit and origin of time', (one) => shifted(one, (position) => position * 10 - 77)],
    ['the key, if it is one', (one) => ({ ...one, key: 'x' })],
  ];
  const shifted = (one: Operation, move: (position: number) => number): Operation => ({
    ...one,
    call: move(one.call),
    return: one.return === null ? null : move(one.return),
  });
  test.each(changes)('%s', (_, change) => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const history = randomHistory(seed, shape);
        seen.add(judged(history));
        expect(judged(history.map(change))).toBe(judged(history));
      }),
      { seed: 1, numRuns: 300 },
    );
    expect(seen).toEqual(new Set(['held', 'broken']));
  });
  test('the order in which operations are listed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const history = randomHistory(seed, shape);
        expect(judged(history.toReversed())).toBe(judged(history));
      }),
      { seed: 2, numRuns: 300 },
    );
  });
  test('a longer operation is never worse: what held still holds', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const history = randomHistory(seed, { ...shape, liesOneIn: 0 });
        const longer = history.map((one, at) =>
          at % 2 ? { ...one, call: one.call - 3 } : shifted(one, (position) => position),
        );
        expect(judged(longer)).toBe('held');
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});
