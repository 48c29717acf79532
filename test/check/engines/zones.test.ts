import { describe, expect, test } from 'vitest';
import { zones } from '../../../sim/check/linearizable/engines/zones.ts';
import { kv } from '../../../sim/check/models/index.ts';
import { compared } from './compare.ts';
import { type Chance, type Copy, chance, smallHistory } from './histories.ts';

/** A register whose values are numbered in order of asking; lies and expectations are among the last few. */
function numbered(below: Chance, functions: readonly string[], repeatOneIn: number): Copy {
  let stored: unknown = null;
  let written = 0;
  const fresh = (): number =>
    repeatOneIn > 0 && below(repeatOneIn) === 0 ? 1 + below(written + 1) : ++written;
  const recent = (): unknown => Math.max(0, written + 1 - below(5)) || null;
  return {
    ask() {
      const f = functions[below(functions.length)];
      if (f === 'cas') return { f, value: [below(2) === 0 ? stored : recent(), fresh()] };
      return f === 'put' ? { f, value: fresh() } : { f };
    },
    answer(f, value) {
      if (f === 'get') return stored;
      if (f === 'cas') {
        const [from, to] = value as unknown[];
        if (from !== stored) return false;
        stored = to;
        return true;
      }
      stored = f === 'put' ? value : null;
      return undefined;
    },
    lie: (f) => (f === 'get' ? recent() : f === 'cas' ? below(2) === 0 : undefined),
  };
}

describe('against the definition', () => {
  test.each([
    ['reads and writes', ['get', 'put'], 0, 0, 3],
    ['reads and writes, some unknown', ['get', 'put'], 3, 0, 2],
    ['cas', ['get', 'put', 'cas', 'cas'], 0, 0, 3],
    ['cas, some unknown', ['get', 'put', 'cas', 'cas', 'cas'], 3, 0, 2],
    ['all, some values again', ['get', 'put', 'cas', 'cas', 'delete'], 4, 4, 2],
  ] as const)('%s', (_, functions, unknownOneIn, repeatOneIn, liesOneIn) => {
    const tally = compared(zones, kv, 'register', 20_000, (seed) => {
      const below = chance(seed);
      const shape = { operations: 2 + below(7), width: 1 + below(9), unknownOneIn, liesOneIn };
      return smallHistory(below, numbered(below, functions, repeatOneIn), shape);
    });
    console.log(JSON.stringify(tally));
    expect(tally.illegal).toBeGreaterThan(0);
  });
});
