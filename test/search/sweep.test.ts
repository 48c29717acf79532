import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../sim/search/outcome.ts';
import type { AtLeast, Expectation } from '../../sim/search/scenario/index.ts';
import { judgeSweep } from '../../sim/search/sweep.ts';
import { scenarioOf } from './run-lab.ts';

const expecting = (expect: Expectation, atLeast: Partial<AtLeast> = {}) =>
  scenarioOf({
    change: (scenario) => ({ ...scenario, expect, atLeast: { ...scenario.atLeast, ...atLeast } }),
  });

const holding = expecting({ verdict: 'held' });

function outcome(seed: number, change: Partial<Outcome> = {}): Outcome {
  return {
    seed: String(seed),
    verdict: 'held',
    violations: [],
    reasons: [],
    fingerprint: '0'.repeat(16),
    events: 100,
    virtualUs: 1_000_000,
    wallMs: 1,
    faults: { kill: 2, partition: 1 },
    messages: { sent: 0, delivered: 0, lost: 0, duplicated: 0 },
    operations: { invoked: 12, ok: 10, fail: 2, info: 0, overlapping: 4 },
    sometimes: {},
    ...change,
  };
}

const outcomes = (count: number, change: Partial<Outcome> = {}) =>
  Array.from({ length: count }, (_, index) => outcome(index + 1, change));

const breaking = (seed: number, ...checks: string[]) =>
  outcome(seed, { verdict: 'broken', violations: checks.map((check) => ({ check, message: 'seen' })) });

const inDoubt = (seed: number) => outcome(seed, { verdict: 'unknown', reasons: ['no operation succeeded'] });

test('held: no seed broke', () => {
  expect(judgeSweep(holding, outcomes(10))).toMatchObject({ verdict: 'held', expected: true, reasons: [] });
});

test('no seed proves nothing', () => {
  expect(judgeSweep(holding, [])).toMatchObject({
    verdict: 'unknown',
    expected: false,
    reasons: ['no seed was run'],
  });
});

test('broken: one seed is enough, whatever the others are', () => {
  const swept = judgeSweep(holding, [...outcomes(98), inDoubt(99), breaking(100, 'linearizable')]);
  expect(swept).toMatchObject({ verdict: 'broken', expected: false });
});

describe('unknown', () => {
  test('over a tenth of the seeds, not a tenth', () => {
    const tenth = [...outcomes(18), inDoubt(19), inDoubt(20)];
    expect(judgeSweep(holding, tenth)).toMatchObject({ verdict: 'held', reasons: [] });
    expect(judgeSweep(holding, [...tenth, inDoubt(21)])).toMatchObject({
      verdict: 'unknown',
      expected: false,
      reasons: ['3 of 21 seeds are unknown; seed 19: no operation succeeded'],
    });
  });

  test.each<[string, Partial<AtLeast>, string]>([
    ['operations', { operations: 11 }, 'at the median 10 operations succeeded; at least 11 are asked for'],
    [
      'overlapping',
      { overlapping: [41, 100] },
      'at the median 40% of the operations overlapped another on their key; 41% are asked for',
    ],
    ['faults', { faults: 4 }, 'at the median 3 faults took effect; at least 4 are asked for'],
  ])('too little happened at the median: %s', (_, atLeast, reason) => {
    const judged = judgeSweep(expecting({ verdict: 'held' }, atLeast), outcomes(3));
    expect(judged).toMatchObject({ verdict: 'unknown', expected: false, reasons: [reason] });
  });

  test('just enough is enough', () => {
    const scenario = expecting({ verdict: 'held' }, { operations: 10, overlapping: [40, 100], faults: 3 });
    expect(judgeSweep(scenario, outcomes(3))).toMatchObject({ verdict: 'held', reasons: [] });
  });

  test('what must happen sometimes never did, from 50 seeds on', () => {
    const never = { sometimes: { 'leader-replaced': false } };
    expect(judgeSweep(holding, outcomes(49, never))).toMatchObject({ verdict: 'held' });
    expect(judgeSweep(holding, outcomes(50, never))).toMatchObject({
      verdict: 'unknown',
      reasons: ['leader-replaced came true in none of 50 seeds'],
      sometimes: { 'leader-replaced': 0 },
    });
    const once = [...outcomes(49, never), outcome(50, { sometimes: { 'leader-replaced': true } })];
    expect(judgeSweep(holding, once)).toMatchObject({ verdict: 'held', sometimes: { 'leader-replaced': 1 } });
  });
});

describe('what is expected to break', () => {
  const canary = expecting({ verdict: 'broken', by: 'election-safety' });

  test('breaks by the named check, in some of the seeds', () => {
    const swept = judgeSweep(canary, [...outcomes(9), breaking(10, 'election-safety')]);
    expect(swept).toMatchObject({ verdict: 'broken', expected: true, reasons: [] });
  });

  test('may break others too, after the named one', () => {
    expect(judgeSweep(canary, [breaking(1, 'election-safety', 'linearizable')])).toMatchObject({
      expected: true,
    });
  });

  test('may break by no other check in any seed', () => {
    const swept = judgeSweep(canary, [
      breaking(1, 'election-safety'),
      breaking(2, 'linearizable', 'election-safety'),
    ]);
    expect(swept).toMatchObject({
      verdict: 'broken',
      expected: false,
      reasons: ['seed 2 broke linearizable, but only election-safety was expected to break'],
    });
  });

  test('and holds, is not as expected', () => {
    expect(judgeSweep(canary, outcomes(5))).toMatchObject({
      verdict: 'held',
      expected: false,
      reasons: ['a violation of election-safety was expected and did not happen'],
    });
  });

  test('and is unknown, says both', () => {
    const swept = judgeSweep(canary, [inDoubt(1)]);
    expect(swept).toMatchObject({ verdict: 'unknown', expected: false });
    expect(swept.reasons).toEqual([
      '1 of 1 seeds are unknown; seed 1: no operation succeeded',
      'a violation of election-safety was expected and did not happen',
    ]);
  });

  test('by no check in particular may break by any', () => {
    const any = expecting({ verdict: 'broken' });
    expect(judgeSweep(any, [breaking(1, 'linearizable')])).toMatchObject({ expected: true, reasons: [] });
    expect(judgeSweep(any, outcomes(1)).reasons).toEqual(['a violation was expected and did not happen']);
  });
});

describe('medians', () => {
  test('are the lower one of the two in the middle', () => {
    const swept = judgeSweep(
      holding,
      [40, 10, 30, 20].map((events, index) => outcome(index + 1, { events })),
    );
    expect(swept.medians).toEqual({
      operations: 10,
      overlapping: 0.4,
      faults: 3,
      events: 20,
      virtualUs: 1_000_000,
    });
  });

  test('leave failed operations out of what could overlap', () => {
    const idle = { invoked: 3, ok: 0, fail: 3, info: 0, overlapping: 0 };
    expect(judgeSweep(holding, [outcome(1, { operations: idle })]).medians.overlapping).toBe(0);
  });
});
