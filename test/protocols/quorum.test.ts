import { expect, test } from 'vitest';
import { majority, reachedByMajority } from '../../protocols/quorum.ts';

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
  [6, 4],
])('the majority of %i is %i', (size, expected) => {
  expect(majority(size)).toBe(expected);
});

test('any two majorities share a member', () => {
  for (let size = 1; size <= 9; size++) expect(2 * majority(size)).toBeGreaterThan(size);
});

test.each([
  [[], 0],
  [[7], 7],
  [[7, 3], 3],
  [[7, 3, 5], 5],
  [[1, 9, 9, 1], 1],
  [[4, 4, 4, 9, 9], 4],
  [[0, 10, 9, 100, 0], 9],
])('a majority of %j has reached %i', (values, expected) => {
  expect(reachedByMajority(values)).toBe(expected);
});

test('reachedByMajority agrees with its definition', () => {
  for (let code = 0; code < 4 ** 5; code++) {
    const values = Array.from({ length: 5 }, (_, at) => Math.floor(code / 4 ** at) % 4);
    const reached = reachedByMajority(values);
    const count = (least: number) => values.filter((value) => value >= least).length;
    expect(count(reached)).toBeGreaterThanOrEqual(majority(5));
    expect(count(reached + 1)).toBeLessThan(majority(5));
  }
});
