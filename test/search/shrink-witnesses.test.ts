import { expect, test } from 'vitest';
import { witnessScripts } from '../../sim/search/shrink/witnesses.ts';

const script = [
  { client: 'c1', atUs: 1, f: 'put', key: 'a', value: 1 },
  { client: 'c2', atUs: 2, f: 'put', key: 'b', value: 2 },
  { client: 'c2', atUs: 3, f: 'put', key: 'a', value: 3 },
  { client: 'c3', atUs: 4, f: 'get', key: 'a' },
  { client: 'c1', atUs: 5, f: 'get', key: 'b' },
];
const times = (...violation: Parameters<typeof witnessScripts>[1][]) =>
  witnessScripts(script, violation[0]).map((kept) => kept.map(({ atUs }) => atUs));

test('what contradicts each other alone is tried first, then its clients with its key, its key, its clients', () => {
  const core = [
    { client: 'c1', f: 'put', key: 'a', value: 1 },
    { client: 'c3', f: 'get', key: 'a' },
  ];
  const message = 'key "a" of the kv is not linearizable: c3 read 1, which c1 had put';
  expect(times({ check: 'linearizable', message, evidence: { key: 'a', core } })).toEqual([
    [1, 4],
    [1, 3, 4],
    [1, 4, 5],
  ]);
});

test('without evidence the message says which keys and clients it is about', () => {
  expect(times({ check: 'mutual-exclusion', message: 'c1 and c2 both held "b"' })).toEqual([
    [2, 5],
    [1, 2, 3, 5],
  ]);
});

test('nothing is tried that is not smaller, or empty', () => {
  expect(times({ check: 'progress', message: 'nothing happened' })).toEqual([]);
  expect(times(undefined)).toEqual([]);
});
