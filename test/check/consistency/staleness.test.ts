import { describe, expect, test } from 'vitest';
import {
  boundedStaleness,
  HistoryError,
  type Operation,
  type StalenessOptions,
  timeline,
} from '../../../sim/check/index.ts';
import { randomHistory } from '../brute-force.ts';

// A column of a timeline is a virtual millisecond.
const judged = (
  picture: string,
  { versions = 1, withinUs = 0, initial = null }: Partial<StalenessOptions> = {},
) => boundedStaleness(timeline(picture), { versions, withinUs, initial });
const message = (...asked: Parameters<typeof judged>): string => {
  const verdict = judged(...asked);
  return verdict.verdict === 'broken' ? verdict.violations[0].message : verdict.verdict;
};

describe('bounded staleness (Bailis et al. 2012, §3)', () => {
  const oneBehind = `
c1: [put x 1] [put x 2]
c2:                       [get x -> 1]`;
  test('with one version a read returns the newest value', () => {
    expect(message(oneBehind)).toBe(
      `c2's get → 1 of key "x" returned the value of c1's put 1, although 1 newer write had returned: ` +
        "c1's put 2 returned at 0.022s, 0.004s before the read was called",
    );
    expect(message(oneBehind.replace('-> 1', '-> 2'))).toBe('held');
  });
  test('with two versions it may be one behind, and no more', () => {
    expect(message(oneBehind, { versions: 2 })).toBe('held');
    expect(message(oneBehind.replace('-> 1', '-> null'), { versions: 2 })).toContain(
      'returned the initial value, although 2 newer writes had returned',
    );
    expect(message(oneBehind.replace('-> 1', '-> null'), { versions: 2 })).toContain(
      '(allowed: at most 1 version behind)',
    );
  });
  test('a newer value counts from the bound of time on', () => {
    expect(message(oneBehind, { withinUs: 4000 })).toBe('held');
    expect(message(oneBehind, { withinUs: 3999 })).toContain(
      '(allowed: no newer value older than 0.003999s)',
    );
  });
  test('a regular register: a read may return what is written meanwhile, or what was there before', () => {
    const meanwhile = (value: string) => `
c1: [put x 1] [put x 2           ]
c2:              [get x -> ${value}]`;
    expect(message(meanwhile('1'))).toBe('held');
    expect(message(meanwhile('2'))).toBe('held');
    expect(message(meanwhile('null'))).toContain('returned the initial value');
  });
  test('two reads may see a write that is under way in different orders, which no linearizable register allows', () => {
    expect(
      message(`
c1: [put x 1] [put x 2                                    ]
c2:             [get x -> 2] [get x -> 1]`),
    ).toBe('held');
  });
  test('concurrent writes have no order', () => {
    expect(message('c1: [put x 1]\nc2:   [put x 2]\nc3:              [get x -> 1]')).toBe('held');
  });
  test('a write of unknown fate is never certainly old, nor certainly there', () => {
    expect(
      message('c1: [put x 1 ?]\nc2:                [put x 2]\nc3:                          [get x -> 1]'),
    ).toBe('held');
    expect(
      message('c1: [put x 1]\nc2:             [put x 2 ?]\nc3:                          [get x -> 1]'),
    ).toBe('held');
  });
  test('a value written twice is as fresh as its last write', () => {
    const again = `
c1: [put x 1] [put x 2] [put x 1]
c2:                                [get x -> 1]`;
    expect(message(again)).toBe('held');
    expect(message(again.replace('-> 1', '-> 2'))).toContain('1 newer write had returned');
  });
  test('a delete makes the initial value fresh again', () => {
    expect(message('c1: [put x 1] [delete x]   [get x -> null]')).toBe('held');
    expect(message('c1: [put x 1]   [get x -> null]')).toContain('1 newer write had returned');
  });
  test('a cas reads what it expects', () => {
    expect(message('c1: [put x 1] [put x 2]  [cas x 1 3]')).toContain(
      'c1\'s cas 1 3 of key "x" returned the value',
    );
    expect(message('c1: [put x 1] [put x 2]  [cas x 1 3 -> false]')).toBe('unknown');
  });
  test('nobody reads what nobody wrote, or what is written later', () => {
    expect(message('c1: [get x -> 7]')).toBe(
      `c1's get → 7 of key "x" read a value out of thin air: nobody wrote 7`,
    );
    expect(message('c1: [get x -> 7]\nc2:                 [put x 7]')).toContain(
      'it returned at 15, before anybody wrote 7',
    );
    expect(message('c1: [put x 7 !]  [get x -> 7]')).toContain('out of thin air');
  });
  test('keys are judged apart', () => {
    expect(message('c1: [put x 1] [put y 2] [get x -> 1]')).toBe('held');
  });
  test('nothing was read', () => {
    expect(judged('c1: [put x 1]')).toEqual({
      verdict: 'unknown',
      reason: 'no read succeeded, so there was nothing to judge',
    });
    expect(() => judged('c1: [enqueue x 1]')).toThrow(HistoryError);
  });
});

/** By definition: some candidate write of the value read, called before the read returned, misses fewer than k. */
function definition(history: readonly Operation[], versions: number, withinUs: number): boolean {
  const written = (one: Operation): unknown => (one.f === 'delete' ? null : one.value);
  const writes = history.filter((one) => one.f !== 'get');
  return history
    .filter((one) => one.f === 'get' && one.type === 'ok')
    .every((read) => {
      const missed = (returned: number): number =>
        writes.filter(
          (one) => one.type === 'ok' && one.call > returned && (one.return as number) + withinUs < read.call,
        ).length;
      const sources = writes.filter(
        (one) => written(one) === (read.output ?? null) && one.call <= (read.return as number),
      );
      const returns = sources.map((one) => (one.type === 'ok' ? (one.return as number) : Infinity));
      if ((read.output ?? null) === null) returns.push(-Infinity);
      return returns.some((returned) => missed(returned) < versions);
    });
}

test('agrees with the definition on random histories, of which many are wrong', () => {
  const verdicts = { held: 0, broken: 0, unknown: 0 };
  for (let seed = 0; seed < 6000; seed++) {
    const functions = seed % 3 === 0 ? ['get', 'put', 'delete'] : ['get', 'get', 'put'];
    const shape = { operations: 3 + (seed % 8), processes: 1 + (seed % 3), values: 3, functions };
    const history = randomHistory(seed, {
      ...shape,
      uncertainOneIn: seed % 5,
      liesOneIn: 3,
      distinct: seed % 2 === 0,
    });
    for (const [versions, withinUs] of [
      [1, 0],
      [2, 0],
      [1, 3],
    ]) {
      const { verdict } = boundedStaleness(history, { versions, withinUs });
      verdicts[verdict]++;
      if (verdict === 'unknown') continue;
      expect({ seed, versions, verdict }).toEqual({
        seed,
        versions,
        verdict: definition(history, versions, withinUs) ? 'held' : 'broken',
      });
    }
  }
  expect(verdicts.broken).toBeGreaterThan(3000);
  expect(verdicts.held).toBeGreaterThan(3000);
});
