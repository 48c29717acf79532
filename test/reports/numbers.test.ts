import { expect, test } from 'vitest';
import { compact, counted, duration, grouped, moment, percent, virtual } from '../../reports/index.ts';

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1k'],
  [9_849, '9.8k'],
  [9_951, '10k'],
  [99_950, '100k'],
  [999_499, '999k'],
  [999_500, '1M'],
  [1_204_000, '1.2M'],
  [12_300_000, '12M'],
  [1_500_000_000, '1.5G'],
  [2e12, '2T'],
])('compact(%d) is %s', (value, text) => expect(compact(value)).toBe(text));

test.each([
  [0, '0s'],
  [0.25, '250us'],
  [0.0001, '1us'],
  [0.9999, '1ms'],
  [85.4, '85ms'],
  [999.4, '999ms'],
  [999.5, '1s'],
  [9_800, '9.8s'],
  [9_960, '10s'],
  [59_499, '59s'],
  [59_500, '1m'],
  [134_000, '2m14s'],
  [3_599_499, '59m59s'],
  [3_599_500, '1h'],
  [9_960_000, '2h46m'],
  [86_370_000, '1d'],
  [273_600_000, '3d4h'],
])('duration(%d ms) is %s', (ms, text) => expect(duration(ms)).toBe(text));

test('virtual time is in microseconds', () => {
  expect(virtual(9_960_000_000)).toBe('2h46m');
  expect(virtual(15_000_000)).toBe('15s');
});

test('a moment has three decimals of a second', () => {
  expect(moment(7_412_300)).toBe('7.412s');
  expect(moment(0)).toBe('0.000s');
  expect(moment(83_412_000)).toBe('83.412s');
});

test('all digits, in groups', () => {
  expect([0, 999, 1000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
});

test('one seed, several seeds', () => {
  expect(counted(1, 'seed')).toBe('1 seed');
  expect(counted(1500, 'seed')).toBe('1,500 seeds');
  expect(counted(0, 'failure')).toBe('0 failures');
});

test('what is not nothing is not 0%', () => {
  expect([0, 0.001, 0.005, 0.449, 1].map(percent)).toEqual(['0%', '<1%', '1%', '45%', '100%']);
});
