/** The judges of sessions and of causal consistency beside their definitions, on thousands of small histories. */
import { describe, expect, test } from 'vitest';
import {
  causal,
  monotonicReads,
  monotonicWrites,
  type Operation,
  readYourWrites,
  type Verdict,
  writesFollowReads,
} from '../../../sim/check/index.ts';
import {
  type Causal,
  chance,
  guarantees,
  hasCausalOrder,
  hasServers,
  hasThinAir,
  randomSessions,
  writeOrders,
} from './definitions.ts';

const times = process.env.SKERRY_LONG === '1' ? 20 : 1;

/** Runs both on many histories; enough of them are wrong, and enough are right. */
function agree(
  count: number,
  operations: number,
  judge: (history: readonly Operation[]) => Verdict,
  definition: (history: readonly Operation[]) => Verdict['verdict'],
  brokenMin = count / 6,
): void {
  const seen = { held: 0, broken: 0, unknown: 0 };
  for (let seed = 0; seed < count * times; seed++) {
    const below = chance(seed);
    const shape = { operations: operations - (seed % 3), processes: 2 + (seed % 2), keys: 1 + (seed % 2) };
    const history = randomSessions(below, shape);
    if (!history.some((one) => one.f === 'get')) continue;
    const expected = definition(history);
    const verdict = judge(history);
    seen[verdict.verdict]++;
    if (verdict.verdict !== expected) expect({ seed, verdict, history }).toEqual({ seed, verdict: expected });
  }
  const all = seen.held + seen.broken + seen.unknown;
  expect(seen.broken).toBeGreaterThan(brokenMin * times);
  expect(seen.held / all).toBeGreaterThan(0.3);
}

const judgedBy = (isRight: boolean): Verdict['verdict'] => (isRight ? 'held' : 'broken');

describe('session guarantees, by the definition of Terry et al. 1994', () => {
  describe.each(Object.keys(writeOrders) as ('any' | 'session' | 'real-time')[])(
    'writes in %s order',
    (order) => {
      test('§3.1 read your writes', () => {
        const asked = [guarantees.readYourWrites];
        agree(
          2500,
          7,
          (history) => readYourWrites(history, { writeOrder: order }),
          (history) => judgedBy(hasServers(history, asked, writeOrders[order])),
        );
      });
      test('§3.2 monotonic reads', () => {
        const asked = [guarantees.monotonicReads];
        agree(
          2500,
          7,
          (history) => monotonicReads(history, { writeOrder: order }),
          (history) => judgedBy(hasServers(history, asked, writeOrders[order])),
        );
      });
    },
  );
  // On the premise of monotonic reads.
  test.each([
    ['§4.2 monotonic writes', monotonicWrites, guarantees.monotonicWrites],
    ['§4.1 writes follow reads', writesFollowReads, guarantees.writesFollowReads],
  ])('%s', (_, judge, guarantee) => {
    const premise = [guarantees.monotonicReads];
    const definition = (history: readonly Operation[]): Verdict['verdict'] => {
      if (hasServers(history, [...premise, guarantee])) return 'held';
      // If the premise is false, something may be wrong besides or not; but it does not hold.
      if (hasServers(history, premise) || judge(history).verdict === 'held') return 'broken';
      return judge(history).verdict;
    };
    agree(3000, 7, judge, definition, 80);
  });
});

describe('causal consistency, by the definitions of Bouajjani et al. 2017', () => {
  test.each<[Causal, number, number]>([
    ['causal', 2500, 5],
    ['convergence', 2500, 5],
    ['memory', 2500, 5],
    ['causal', 800, 6],
    ['convergence', 800, 6],
    ['memory', 800, 6],
  ])('%s: %i histories of at most %i operations', (variant, count, operations) => {
    agree(
      count,
      operations,
      (history) => causal(history, { variant }),
      (history) => judgedBy(!hasThinAir(history) && hasCausalOrder(history, variant)),
    );
  });
});
