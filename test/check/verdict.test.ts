import { expect, test } from 'vitest';
import { broken, combined, held, unknown, type Violation } from '../../sim/check/index.ts';
import { canonical, same, show, showUs } from '../../sim/check/plain.ts';

const violation = (check: string): Violation => ({ check, message: `${check} broke` });

test('of many verdicts broken counts most, then unknown', () => {
  expect(combined([])).toEqual(held);
  expect(combined([held, held])).toEqual(held);
  expect(combined([unknown('a'), held, unknown('b')])).toEqual(unknown('a; b'));
  expect(combined([broken(violation('a')), unknown('b'), broken(violation('c'))])).toEqual(
    broken(violation('a'), violation('c')),
  );
});

test('nothing is broken without evidence', () => {
  expect(() => broken()).toThrow(new RangeError('a broken verdict needs at least one violation'));
});

test('plain values are compared in depth, whatever the order of their keys', () => {
  expect(same({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: undefined }] })).toBe(true);
  expect(same([1, 2], [2, 1])).toBe(false);
  expect(same(null, undefined)).toBe(true);
  expect(same(null, 0)).toBe(false);
  expect(same('1', 1)).toBe(false);
  expect(canonical({ b: 1, a: '"' })).toBe('{"a":"\\"","b":1}');
});

test('long values are cut off, times are in seconds', () => {
  expect(show('x'.repeat(100))).toHaveLength(60);
  expect([0, 1, 7_412_000, -1_500_000, 60_000_000].map(showUs)).toEqual([
    '0s',
    '0.000001s',
    '7.412s',
    '-1.5s',
    '60s',
  ]);
});
