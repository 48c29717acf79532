/** The claims about caches accept what is right and reject what is wrong, and say what. */
import { describe, expect, test } from 'vitest';
import { cachingChecks, freshAfterInvalidation } from '../../scenarios/caching/claims.ts';
import { type AlwaysClaim, type FinallyClaim, type HistoryEvent, historyOf } from '../../sim/index.ts';

const claimNamed = <Claim>(name: string): Claim =>
  (cachingChecks.find((check) => check.name === name) as unknown as { claim(options: object): Claim }).claim(
    {},
  );
const cache = (cached: object, ...loading: string[]) => ({
  role: 'cache',
  cached: Object.entries(cached),
  loading,
});
const store = (stored: object) => ({ role: 'store', stored: Object.entries(stored) });
type Shown = readonly [host: string, state: object, up?: boolean];
const observed = ([host, state, up = true]: Shown, seq: number) =>
  ({ seq, atUs: seq * 1000, host, incarnation: 1, up, state }) as const;

describe('cache-coherent', () => {
  const inTheEnd = (...shown: Shown[]) => {
    const fold = claimNamed<FinallyClaim>('cache-coherent').start();
    for (const [seq, one] of shown.entries()) fold.observe(observed(one, seq));
    return fold.judge().verdict;
  };

  test('what is cached is what is stored, or that nothing is', () => {
    expect(inTheEnd(['s1', store({ a: 1, b: null })], ['n1', cache({ a: 1, b: null, c: null })])).toBe(
      'held',
    );
  });

  test('another value, or one that was deleted, or that there is none, is wrong', () => {
    expect(inTheEnd(['s1', store({ a: 2 })], ['n1', cache({ a: 1 })])).toBe('broken');
    expect(inTheEnd(['s1', store({ a: null })], ['n1', cache({ a: 1 })])).toBe('broken');
    expect(inTheEnd(['s1', store({ a: 2 })], ['n1', cache({ a: null })])).toBe('broken');
  });

  test('only the end counts, and a cache that is down holds nothing', () => {
    expect(inTheEnd(['s1', store({ a: 2 })], ['n1', cache({ a: 1 })], ['n1', cache({ a: 2 })])).toBe('held');
    const stale: Shown = ['n1', cache({ a: 1 })];
    expect(inTheEnd(['s1', store({ a: 2 })], ['n2', cache({ a: 2 })], stale, ['n1', {}, false])).toBe('held');
  });
});

test('single-flight: two loads of a key at one time are wrong, one after the other or of other keys are not', () => {
  const judged = (...shown: Shown[]) => {
    const fold = claimNamed<AlwaysClaim>('single-flight').start();
    return shown.flatMap((one, seq) => fold.observe(observed(one, seq))?.message ?? []);
  };
  expect(judged(['n1', cache({}, 'a', 'b')], ['n1', cache({}, 'b')], ['n2', cache({}, 'a')])).toEqual([]);
  expect(judged(['n1', cache({}, 'a', 'a')])).toHaveLength(1);
  expect(judged(['n1', cache({}, 'a')], ['n2', cache({}, 'a')])).toHaveLength(1);
});

describe('fresh-after-invalidation', () => {
  /** One operation after another: function, key or pattern, and value. */
  const judged = (...done: [f: string, of: string, value: unknown][]) =>
    freshAfterInvalidation(
      historyOf(
        done.flatMap(([f, of, value], at): HistoryEvent[] => {
          const key = f === 'invalidate' ? {} : { key: of };
          const asked = f === 'invalidate' ? { value: of } : f === 'put' ? { value } : {};
          return [
            { type: 'invoke', process: 0, atUs: 10 * at, f, ...key, ...asked },
            { type: 'ok', process: 0, atUs: 10 * at + 5, f, ...key, ...(f === 'get' ? { value } : {}) },
          ];
        }),
      ),
    );

  test('what was overwritten before it was invalidated must not be read', () => {
    const verdict = judged(['put', 'a', 1], ['put', 'a', 2], ['invalidate', '*', null], ['get', 'a', 1]);
    expect(verdict).toMatchObject({
      verdict: 'broken',
      violations: [
        {
          message:
            '0\'s get → 1 of key "a" is older than 0\'s put 2, which had returned before "*" was invalidated',
        },
      ],
    });
  });

  test('what was deleted before it was invalidated neither', () => {
    expect(
      judged(['put', 'a', 1], ['delete', 'a', null], ['invalidate', 'a*', null], ['get', 'a', 1]).verdict,
    ).toBe('broken');
  });

  test('what was overwritten after it may be, and what does not match', () => {
    const [old, now, all] = [
      ['put', 'a', 1],
      ['put', 'a', 2],
      ['invalidate', '*', null],
    ] as [string, string, unknown][];
    expect(judged(old!, all!, now!, ['get', 'a', 1]).verdict).toBe('held');
    expect(judged(old!, now!, ['invalidate', 'b*', null], ['get', 'a', 1]).verdict).toBe('held');
    expect(judged(old!, now!, ['get', 'a', 1], all!, ['get', 'a', 2]).verdict).toBe('held');
  });

  test('without an invalidation nothing is known', () => {
    expect(judged(['put', 'a', 1], ['get', 'a', 1]).verdict).toBe('unknown');
  });
});
