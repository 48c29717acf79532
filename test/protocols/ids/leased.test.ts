/** Numbers of workers that are leased: what the allocator decides, and what a worker may believe. */
import { describe, expect, test } from 'vitest';
import { believedUntil, Numbers } from '../../../protocols/ids/index.ts';
import { loadedNamed, outcomeOf } from '../../determinism/runs.ts';

const given = { count: 2, lease: 1000, reserve: 100 };
const fresh = () => new Numbers([], given, 0);

describe('a number', () => {
  test('is one worker’s until its lease is over', () => {
    const numbers = fresh();
    expect(numbers.grant('a', 50, 0)).toEqual({ number: 0, floor: -1, bound: 150 });
    expect(numbers.grant('b', 50, 10)?.number).toBe(1);
    expect(numbers.grant('c', 50, 999), 'every number is taken').toBeUndefined();
    expect(numbers.grant('c', 50, 1000)?.number).toBe(0);
    expect(numbers.passedOn).toBe(1);
  });

  test('comes with its past: the next worker begins beyond all that the one before may have used', () => {
    const numbers = fresh();
    numbers.grant('a', 5000, 0);
    expect(numbers.grant('b', 20, 1000), 'its clock is behind').toEqual({
      number: 0,
      floor: 5100,
      bound: 5200,
    });
  });

  test('is kept by who renews it, and lost by who comes too late', () => {
    const numbers = fresh();
    numbers.grant('a', 0, 0);
    numbers.grant('b', 0, 0);
    expect(numbers.renew('a', 0, 10, 900), 'the bound needs no change').toBe(100);
    expect(numbers.renew('a', 0, 60, 900), 'soon it would').toBe(160);
    expect(numbers.grant('c', 0, 1000)?.number).toBe(1);
    expect(numbers.renew('b', 1, 0, 1001)).toBeUndefined();
    expect(numbers.renew('a', 0, 0, 5000), 'late, but nobody else asked').toBe(160);
    expect(numbers.renew('a', 7, 0, 5000), 'there is no such number').toBeUndefined();
  });

  test('is given once to a life that asks again', () => {
    const numbers = fresh();
    const first = numbers.grant('a', 0, 0);
    expect(numbers.grant('a', 0, 10)).toEqual({ number: first!.number, floor: 100, bound: 200 });
    expect(numbers.grant('b', 0, 10)?.number).toBe(1);
    expect(numbers.passedOn).toBe(0);
  });

  test('is leased anew when the allocator starts, which does not know for how long it was down', () => {
    const before = fresh();
    before.grant('a', 0, 900);
    const numbers = new Numbers(before.rows, { ...given, count: 1 }, 50);
    expect(numbers.grant('b', 0, 1049)).toBeUndefined();
    expect(numbers.renew('a', 0, 0, 1049)).toBe(100);
    expect(numbers.grant('b', 0, 2049)).toEqual({ number: 0, floor: 100, bound: 200 });
  });
});

test('a worker believes in its number from before it asked, less what its clock may be behind', () => {
  expect(believedUntil({ askedAt: 100, answeredAt: 400 }, 1000, 10_000)).toBe(100 + 1000 - 10 - 2);
  expect(believedUntil({ askedAt: 100, answeredAt: 100 }, 1000, 0)).toBe(1098);
});

describe('a worker that sleeps for longer than its lease', () => {
  test('has no number when it wakes up, and the next one has not used its time', async () => {
    const { scenario } = await loadedNamed('lessons/number-outlived');
    const { verdict, violations, sometimes } = await outcomeOf(scenario, '1');
    expect({ verdict, violations }).toEqual({ verdict: 'held', violations: [] });
    expect(sometimes).toEqual({ 'worker-number-passed-on': true });
  });

  test('a number without a past gives ids twice', async () => {
    const { scenario } = await loadedNamed('lessons/number-outlived');
    const { violations } = await outcomeOf({ ...scenario, protocol: 'zoo/ids-number-without-past' }, '1');
    expect(violations.map(({ check }) => check)).toEqual(['unique-ids']);
  });
});
