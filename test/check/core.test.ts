import { describe, expect, test } from 'vitest';
import { type Operation, register, timeline } from '../../sim/check/index.ts';
import { type Core, coreOf } from '../../sim/check/linearizable/core.ts';
import { laidOut } from '../../sim/check/linearizable/part.ts';
import { search } from '../../sim/check/linearizable/search.ts';
import { hasOrder, randomHistory, type Shape } from './brute-force.ts';

const budget = { steps: 1e6, words: 1e6 };

/** The core of an impossible history; nothing if it has an order. */
function coreIn(history: readonly Operation[]): Core | undefined {
  const result = search(laidOut(history, register), register, budget);
  return result.outcome === 'impossible' ? coreOf(history, register, result, budget) : undefined;
}

const inWords = (core: Core | undefined): string[] | undefined =>
  core?.operations.map(({ f, value, output }) => `${f} ${value ?? output}`);

// Every one of these would explain a late read of 1, so without a cut all of them belong to the core.
const past = '[write 1] [write 1] [write 1] [write 1] [write 1] [write 1]';

describe('a core may be cut at an overwrite', () => {
  test('which hides all that returned before it: two operations are left of eight', () => {
    const core = coreIn(timeline(`c1: ${past} [write 2] [read -> 1]`));
    expect(inWords(core)).toEqual(['write 2', 'read 1']);
    expect(core).toMatchObject({ cut: { value: 2 }, aside: [], isMinimal: true });
  });
  /** A write beside `write 2`, called first; both have returned when the reads begin. */
  const besides = (write: string, reads: string): Operation[] =>
    timeline(`
      c1: ${past}    [write 2  ] ${reads}
      c2: ${past.replace(/./g, ' ')} ${write}`);
  test('but not what was beside it: that may come after the overwrite', () => {
    const core = coreIn(besides('[write 1]', '[read -> 2] [read -> 1]'));
    // From `write 2` on there is an order: read 2, write 1, read 1. From `write 1` on there is none.
    expect(inWords(core)).toEqual(['write 1', 'read 2', 'read 1']);
    expect(core).toMatchObject({ cut: { value: 1 }, aside: [{ value: 2 }] });
  });
  test('and is set aside where it does not help', () => {
    const core = coreIn(besides('[write 3]', '[read -> 1]'));
    expect(inWords(core)).toEqual(['write 2', 'read 1']);
    expect(core).toMatchObject({ cut: { value: 2 }, aside: [{ value: 3 }] });
  });
  test('what is left is impossible by brute force, and nothing that could change the state is forgotten', () => {
    const shape: Shape = {
      operations: 40,
      processes: 3,
      values: 2,
      functions: ['read', 'write'],
      uncertainOneIn: 0,
      liesOneIn: 12,
    };
    // Positions so coarse that many operations are called in the instant in which another one returns.
    const tied = (operation: Operation): Operation => ({
      ...operation,
      call: Math.floor(operation.call / 3),
      return: Math.floor((operation.return as number) / 3),
    });
    let compared = 0;
    for (let seed = 0; seed < 800; seed++) {
      const history = seed % 2 === 0 ? randomHistory(seed, shape) : randomHistory(seed, shape).map(tied);
      const core = coreIn(history);
      if (core?.cut === undefined) continue;
      const { operations, aside, cut, result } = core;
      const kept = new Set([...operations, ...aside]);
      const until = result.front?.return as number;
      expect(kept.size).toBe(operations.length + aside.length);
      for (const operation of operations) {
        if (operation !== cut) expect(operation.call).toBeGreaterThan(cut.return as number);
      }
      for (const operation of history) {
        if (operation.f !== 'write' || operation.call > until || kept.has(operation)) continue;
        expect(operation.return, `seed ${seed}`).toBeLessThan(cut.call);
      }
      const unknown = aside.map((operation) => ({ ...operation, type: 'info' as const, return: null }));
      if (kept.size > 9) continue;
      compared++;
      expect(hasOrder([...operations, ...unknown]), `seed ${seed}`).toBe(false);
    }
    expect(compared).toBeGreaterThan(10);
  });
});
