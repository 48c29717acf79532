import { describe, expect, test } from 'vitest';
import {
  casRegister,
  type Evidence,
  HistoryError,
  kv,
  linearizable,
  type Model,
  modelNamed,
  models,
  type Operation,
  register,
  timeline,
  type Violation,
} from '../../sim/check/index.ts';
import { hasOrder, randomHistory, type Shape } from './brute-force.ts';

function violationIn(history: readonly Operation[], model: Model): Violation & { evidence: Evidence } {
  const verdict = linearizable(history, model);
  if (verdict.verdict !== 'broken') return expect.fail(`the verdict is ${verdict.verdict}`);
  return verdict.violations[0] as Violation & { evidence: Evidence };
}

describe('what is broken is explained', () => {
  const stale = timeline(`
c1: [put x 1] [put x 2]                            [put x 3]
c2:                     [get x -> 2]  [get x -> 1]
c3:  [put y 5]   [get y -> 5]   [get x -> 2]`);

  test('by a core that cannot be any smaller', () => {
    const { message, atUs, evidence } = violationIn(stale, kv);
    expect(message).toBe(
      `key "x" of the kv is not linearizable: c2's get → 1, called at 0.038s and returned at 0.049s, returned 1 ` +
        `where 2 was stored; it contradicts c1's put 1, c1's put 2`,
    );
    expect(atUs).toBe(49_000);
    expect(evidence).toMatchObject({
      model: 'kv',
      key: 'x',
      operations: 6,
      coreSize: 3,
      coreIsMinimal: true,
    });
    expect(evidence.core).toEqual(
      [stale[0], stale[2], stale[6]].map((operation) => expect.objectContaining(operation)),
    );
    expect(evidence.sentences).toEqual([
      `c1's put 1 was called at 0.004s and returned at 0.012s.`,
      `c1's put 2 was called at 0.014s and returned at 0.022s.`,
      `c2's get → 1 was called at 0.038s and returned at 0.049s.`,
      `c1's put 1 comes before c1's put 2: it returned at 0.012s, the other was called at 0.014s.`,
      `c1's put 2 comes before c2's get → 1: it returned at 0.022s, the other was called at 0.038s.`,
      `After put 1, put 2 the state is 2: c2's get → 1 returned 1 where 2 was stored.`,
      'So no order of these 3 operations is left.',
    ]);
  });
  test('by the longest order, the state after it, and what cannot come next', () => {
    const { evidence } = violationIn(stale, kv);
    expect(evidence.prefix).toMatchObject({ operations: 4, state: 2 });
    expect(evidence.prefix.last.map((operation) => operation.f)).toEqual(['put', 'put', 'get', 'get']);
    expect(evidence.next).toEqual([
      {
        operation: expect.objectContaining({ client: 'c2', output: 1 }),
        why: 'returned 1 where 2 was stored',
      },
    ]);
  });
  test('without what is needless: writes that could not help are counted only', () => {
    const { evidence } = violationIn(timeline('c1: [write 1] [write 2] [write 3] [read -> 9]'), register);
    expect(evidence).toMatchObject({ coreSize: 1, aside: 3, key: null });
    expect(evidence.sentences.at(-1)).toBe(
      '3 more changes do not help, whether they took effect at any time after their call or never.',
    );
  });
  test('for every function in words', () => {
    const why = (picture: string): string => violationIn(timeline(picture), casRegister).evidence.next[0].why;
    expect(why('c1: [write 1] [cas 3 2 -> true]')).toBe('was told that 3 was stored where 1 was');
    expect(why('c1: [write 1] [cas 1 2 -> false]')).toBe('was told that 1 was not stored where it was');
  });
  test('as plain data', () => {
    const violation = violationIn(stale, kv);
    expect(JSON.parse(JSON.stringify(violation))).toEqual(violation);
  });

  const shape: Shape = {
    operations: 30,
    processes: 4,
    values: 3,
    functions: ['read', 'write', 'cas'],
    uncertainOneIn: 8,
    liesOneIn: 12,
  };
  test('a core without a cut, with everything set aside, is impossible by brute force too', () => {
    let compared = 0;
    for (let seed = 0; seed < 400; seed++) {
      const history = randomHistory(seed, shape);
      const verdict = linearizable(history, casRegister);
      if (verdict.verdict !== 'broken') continue;
      const { core, aside, coreIsMinimal, sentences } = verdict.violations[0].evidence as Evidence;
      expect(coreIsMinimal).toBe(true);
      if (core.length > 6 || aside > 0 || sentences.some((sentence) => sentence.startsWith('Whatever')))
        continue;
      compared++;
      expect(hasOrder(core)).toBe(false);
    }
    expect(compared).toBeGreaterThan(10);
  });
  test('in a long history by what comes after an overwrite', () => {
    const reads = { ...shape, functions: ['read', 'write'], uncertainOneIn: 0 };
    const long = randomHistory(4, { ...reads, operations: 4000, liesOneIn: 1000 });
    const { evidence } = violationIn(long, register);
    expect(evidence.core[0].f).toBe('write');
    expect(evidence.sentences.join(' ')).toMatch(
      /Whatever returned before .* does not count: .*write \d replaced it\./,
    );
    expect(evidence.coreSize).toBeLessThanOrEqual(6);
    expect(evidence.coreIsMinimal).toBe(true);
  });
});

describe('what is undecided says so', () => {
  /** No engine knows it, so that the search has to do. */
  const own: Model = { ...register, name: 'register of my own' };
  const crowded = randomHistory(1, {
    operations: 400,
    processes: 25,
    values: 3,
    functions: ['read', 'write'],
    uncertainOneIn: 0,
    liesOneIn: 0,
    distinct: true,
  });
  test('when steps run out', () => {
    const verdict = linearizable(crowded, own, { budget: { steps: 1000 } });
    expect(verdict).toMatchObject({ verdict: 'unknown', operations: 400, keys: 1 });
    expect(verdict.verdict === 'unknown' && verdict.reason).toMatch(
      /^the history is undecided: the search ran out of steps after \d+ steps, with at most \d+ of 400 operations in/,
    );
    expect(verdict.steps).toBeLessThan(1100);
  });
  test('when memory runs out', () => {
    const verdict = linearizable(crowded, own, { budget: { words: 400 } });
    expect(verdict.verdict === 'unknown' && verdict.reason).toContain('out of memory');
  });
  test('the same every time', () => {
    const verdict = linearizable(crowded, own, { budget: { steps: 50_000 } });
    expect(linearizable(crowded, own, { budget: { steps: 50_000 } })).toEqual(verdict);
  });
  test('but a broken key counts for more', () => {
    const both = [...crowded.map((one) => ({ ...one, key: 'x' })), ...timeline('c1: [read y -> 1]')];
    const verdict = linearizable(both, own, { budget: { steps: 1000 } });
    expect(verdict.verdict).toBe('broken');
  });
  test('and so is a history in which nothing succeeded', () => {
    expect(linearizable([], register).verdict).toBe('unknown');
    expect(linearizable(timeline('c1: [write 1 ?]\nc2: [write 1 !]'), register).verdict).toBe('unknown');
  });
});

describe('what cannot be judged is refused', () => {
  const [operation] = timeline('c1: [write 1]');
  const mistakes: [string, Model, Operation][] = [
    [
      'operation 1 (push): the model "register" knows read, write, not this',
      register,
      { ...operation, f: 'push' },
    ],
    [
      'operation 1 (cas): a cas needs [from, to] as its value, not 1',
      casRegister,
      { ...operation, f: 'cas', value: 1 },
    ],
    ['operation 1 (write): it returns at 1, before its call at 4', register, { ...operation, return: 1 }],
    ['operation 1 (write): it is ok but never returned', register, { ...operation, return: null }],
    ['operation 1 (write): its call NaN is not a number', register, { ...operation, call: Number.NaN }],
    [
      'operation 1 (write): its return Infinity is not a number',
      register,
      { ...operation, return: Number.POSITIVE_INFINITY },
    ],
  ];
  test.each(mistakes)('%s', (message, model, wrong) => {
    expect(() => linearizable([wrong], model)).toThrow(new HistoryError(message));
  });
  test('a model that does not exist, by naming all that do', () => {
    expect([...models.keys()].map(modelNamed)).toEqual([...models.values()]);
    expect(() => modelNamed('regsiter')).toThrow(
      new RangeError(`there is no model "regsiter"; the models are ${[...models.keys()].join(', ')}`),
    );
  });
});
