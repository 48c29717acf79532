import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../sim/check/index.ts';
import { siblingsKept } from '../../../sim/check/index.ts';

type Spec = readonly [f: string, given: unknown, call: number, ret: number | null, type?: Operation['type']];

/** Each line is one client's operation on x: what was put over what, or what a get answered. */
const judged = (...lines: Spec[]): string => {
  const history = lines.map(([f, given, call, returned, type = 'ok'], at): Operation => {
    const own = f === 'get' ? { output: given } : { value: given };
    return { process: at, client: `c${at + 1}`, f, key: 'x', type, call, return: returned, ...own };
  });
  const verdict = siblingsKept(history);
  return verdict.verdict === 'broken' ? verdict.violations[0]!.message : verdict.verdict;
};
const put = (value: number, over: number[], call: number, returned: number | null, type?: 'info' | 'fail') =>
  ['put', { value, over }, call, returned, ...(type === undefined ? [] : [type])] as unknown as Spec;
const remove = (over: number[], call: number, returned: number | null, type?: 'info' | 'fail') =>
  ['delete', { value: null, over }, call, returned, ...(type === undefined ? [] : [type])] as unknown as Spec;
const get = (values: number[], call: number, returned: number): Spec => ['get', values, call, returned];

describe('an acknowledged put', () => {
  test('is there, alone or beside others', () => {
    expect(judged(put(1, [], 0, 1), put(2, [], 0, 1), get([1, 2], 2, 3))).toBe('held');
  });
  test('is lost if nothing that follows from it is there', () => {
    expect(judged(put(1, [], 0, 1), put(2, [], 0, 1), get([2], 2, 3))).toBe(
      `c3's get of "x" (called at 2) answered [2]: c1's put 1, acknowledged at 1, is lost, and nothing that follows from it is there`,
    );
    expect(judged(put(1, [], 0, 1), get([], 2, 3))).toContain("c1's put 1, acknowledged at 1, is lost");
  });
  test('may be overwritten, and what overwrote it, too', () => {
    expect(judged(put(1, [], 0, 1), put(2, [1], 2, 3), put(3, [2], 4, 5), get([3], 6, 7))).toBe('held');
  });
  test('may be overwritten by a put of which nobody knows whether it happened', () => {
    expect(judged(put(1, [], 0, 1), put(2, [1], 2, null, 'info'), get([2], 6, 7))).toBe('held');
    expect(judged(put(1, [], 0, 1), put(2, [1], 2, null, 'info'), get([1], 6, 7))).toBe('held');
  });
  test('may be deleted, by a delete that was called before the answer', () => {
    expect(judged(put(1, [], 0, 1), remove([1], 2, null, 'info'), get([], 6, 7))).toBe('held');
    expect(judged(put(1, [], 0, 1), get([], 6, 7), remove([1], 8, 9))).toContain('is lost');
    expect(judged(put(1, [], 0, 1), remove([1], 2, 3, 'fail'), get([], 6, 7))).toContain('is lost');
  });
  test('need not be there yet while it is under way', () => {
    expect(judged(put(1, [], 0, 5), get([], 2, 3))).toBe('held');
    expect(judged(put(1, [], 0, null, 'info'), get([], 2, 3))).toBe('held');
  });
});

describe('what was overwritten', () => {
  test('is not there once that is acknowledged', () => {
    expect(judged(put(1, [], 0, 1), put(2, [1], 2, 3), get([1, 2], 4, 5))).toBe(
      `c3's get of "x" (called at 4) answered [1,2], although c1's put 1 had been overwritten by c2's put 2, acknowledged at 3`,
    );
    expect(judged(put(1, [], 0, 1), remove([1], 2, 3), get([1], 4, 5))).toContain(
      "had been overwritten by c2's delete, acknowledged at 3",
    );
  });
  test('is not there either if that was overwritten in turn', () => {
    const chain = [put(1, [], 0, 1), put(2, [1], 2, null, 'info'), put(3, [2], 4, 5)];
    expect(judged(...chain, get([1, 3], 6, 7))).toContain("c1's put 1 had been overwritten by c3's put 3");
  });
  test('may be there still while the write is under way', () => {
    expect(judged(put(1, [], 0, 1), put(2, [1], 2, 6), get([1], 4, 5))).toBe('held');
  });
});

test('what nobody wrote is not there', () => {
  expect(judged(put(1, [], 0, 1), get([1, 9], 2, 3))).toContain('not all of that was ever written');
});
test('without a get nothing is known', () => {
  expect(judged(put(1, [], 0, 1))).toBe('unknown');
});
