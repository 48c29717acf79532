import { describe, expect, test } from 'vitest';
import { lazy } from '../../../sim/check/linearizable/engines/lazy.ts';
import { kv } from '../../../sim/check/models/index.ts';
import { compared } from './compare.ts';
import { type Chance, type Copy, chance, smallHistory } from './histories.ts';

/** A register with a few values that come again and again. */
function repeating(below: Chance, functions: readonly string[], values: number): Copy {
  let stored: unknown = null;
  const some = (): number => 1 + below(values);
  return {
    ask() {
      const f = functions[below(functions.length)];
      return f === 'put' ? { f, value: some() } : { f };
    },
    answer(f, value) {
      if (f === 'get') return stored;
      stored = f === 'put' ? value : null;
      return undefined;
    },
    lie: (f) => (f === 'get' ? below(values + 1) || null : undefined),
  };
}

describe('against the definition', () => {
  test.each([
    ['two values', ['get', 'put'], 2, 0, 3],
    ['three values, deletes, some unknown', ['get', 'put', 'put', 'delete', 'get'], 3, 4, 3],
    ['two values, many unknown', ['get', 'get', 'put'], 2, 2, 3],
    ['more reads than writes', ['get', 'get', 'put'], 3, 0, 3],
  ] as const)('%s', (_, functions, values, unknownOneIn, liesOneIn) => {
    const tally = compared(lazy, kv, 'register', 20_000, (seed) => {
      const below = chance(seed);
      const shape = { operations: 3 + below(6), width: 1 + below(9), unknownOneIn, liesOneIn };
      return smallHistory(below, repeating(below, functions, values), shape);
    });
    console.log(JSON.stringify(tally));
    expect(tally.undecided).toBe(0);
  });
});
