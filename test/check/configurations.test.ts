import { describe, expect, test } from 'vitest';
import { Configurations, States } from '../../sim/check/linearizable/configurations.ts';

describe('a set of configurations', () => {
  const window = new Int32Array(2);
  const bits = (certain: number, optional: number): void => {
    window.set([certain, optional]);
  };
  // The hash of a configuration with state 0 that another one with state 1 collides with.
  const colliding = Math.imul(1, 0x9e3779b1);

  test('tells configurations of the same hash apart', () => {
    const seen = new Configurations(window, 1, 1000);
    bits(1, 0);
    expect([seen.add(colliding, 0, 1), seen.add(colliding, 0, 1)]).toEqual([true, false]);
    expect(seen.add(0, 0, 0), 'by state').toBe(true);
    bits(2, 0);
    expect(seen.add(0, 0, 0), 'by determinate operations').toBe(true);
    expect(seen.add(Math.imul(3, 0x85ebca6b), 3, 0), 'by front').toBe(true);
  });
  test('covers a configuration by one with fewer optional operations, not with more or others', () => {
    const seen = new Configurations(window, 1, 1000);
    bits(1, 0b011);
    expect(seen.add(0, 0, 0)).toBe(true);
    bits(1, 0b111);
    expect(seen.add(0, 0, 0)).toBe(false);
    bits(1, 0b101);
    expect(seen.add(0, 0, 0)).toBe(true);
    bits(1, 0b001);
    expect(seen.add(0, 0, 0)).toBe(true);
  });
  test('grows, and is full at its limit', () => {
    const seen = new Configurations(window, 1, 50_000);
    let added = 0;
    while (!seen.isFull()) {
      bits(added++, 0);
      seen.add(added, 0, 0);
    }
    expect(added).toBe(10_000);
    bits(7, 0);
    expect(seen.add(8, 0, 0)).toBe(false);
  });
});

test('states are numbered by value', () => {
  const states = new States();
  const values = [null, 1, '1', [1], '[1]', { a: 1, b: 2 }];
  expect(values.map((value) => states.number(value))).toEqual([0, 1, 2, 3, 4, 5]);
  expect([undefined, 1, [1], { b: 2, a: 1 }].map((value) => states.number(value))).toEqual([0, 1, 3, 5]);
  expect(states.value(3)).toEqual([1]);
});
