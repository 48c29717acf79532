import { expect, test } from 'vitest';
import { leaderlessChecks } from '../../scenarios/replication/leaderless-claims.ts';
import type { AlwaysClaim, FinallyClaim } from '../../sim/check/index.ts';
import { complaints, endOf } from '../check/watched.ts';

const claimNamed = (name: string) => {
  const check = leaderlessChecks.find((one) => one.name === name)!;
  return (check as unknown as { claim(options: object): unknown }).claim({});
};
const node = (versions: Record<string, number>, { deleted = '', stores = 'ab' } = {}) => ({
  versions: new Map(Object.entries(versions)),
  times: new Map(Object.entries(versions)),
  deleted: new Set(deleted),
  stores: (key: string) => stores.includes(key),
});

test('in the end all nodes that store a key store the same', () => {
  const claim = claimNamed('replicas-agree') as FinallyClaim;
  const other = { stores: 'a' };
  expect(
    endOf(claim, ['n1', node({ a: 1 }, other)], ['n2', node({ a: 2 })], ['n2', node({ a: 1, b: 7 })]),
    'only one stores b',
  ).toBe('held');
  expect(endOf(claim, ['n1', node({ a: 1 })], ['n2', node({ a: 2 })])).toBe(
    'n1 and n2 store different states of "a" in the end',
  );
  expect(endOf(claim, ['n1', node({ a: 1 })], ['n2', node({ a: 2 })], ['n2', 'down'])).toBe('unknown');
  expect(endOf(claim, ['n1', node({ a: 1 }, other)], ['n2', node({ b: 2 }, { stores: 'b' })])).toBe(
    'unknown',
  );
});

test('a deletion may be forgotten by some, and nothing else may be missing where it is stored', () => {
  const claim = claimNamed('replicas-agree') as FinallyClaim;
  const [both, one] = [node({ a: 1, b: 2 }), node({ a: 1 })];
  expect(endOf(claim, ['n1', both], ['n2', one])).toBe('n2 stores nothing of "b", and n1 does, in the end');
  expect(endOf(claim, ['n1', one], ['n2', both])).toBe('n1 stores nothing of "b", and n2 does, in the end');
  expect(endOf(claim, ['n1', one], ['n2', node({ a: 1, b: 2 }, { deleted: 'b' })])).toBe('held');
});

test('what is shown as stored outlives a crash', () => {
  const claim = claimNamed('stored-never-goes-back') as AlwaysClaim;
  expect(complaints(claim, ['n1', node({ a: 5 })], ['n1', 'down'], ['n1', node({ a: 4 }), 3, 2])).toEqual([
    'the time of "a" at n1 went back from 5, reached at 0s, to 4 at 3s',
  ]);
  expect(complaints(claim, ['n1', node({ a: 5 })], ['n1', node({})], ['n1', node({ a: 6 })])).toEqual([]);
});
