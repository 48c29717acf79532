/** Compares an engine with the definition on many small histories, and counts what it said. */
import type { Operation } from '../../../sim/check/history.ts';
import type { Engine } from '../../../sim/check/linearizable/engine.ts';
import type { Model } from '../../../sim/check/models/index.ts';
import { isLinearizable } from './twin.ts';

export interface Tally {
  linearizable: number;
  illegal: number;
  undecided: number;
  /** By rule, how often it was broken. */
  readonly rules: Record<string, number>;
  /** By reason, how often nothing was said. */
  readonly reasons: Record<string, number>;
}

/** How many histories a test looks at: ten times more in a long run. */
export const trials = (count: number): number => (process.env.SKERRY_LONG === '1' ? 10 * count : count);

/** @throws Error with the history, if the engine contradicts the definition, or its suspects are innocent */
export function compared(
  engine: Engine,
  model: Model,
  specification: string,
  count: number,
  historyOf: (seed: number) => Operation[],
): Tally {
  const tally: Tally = { linearizable: 0, illegal: 0, undecided: 0, rules: {}, reasons: {} };
  for (let seed = 0; seed < trials(count); seed++) {
    const history = historyOf(seed);
    const decision = engine.judge(history, model);
    tally[decision.verdict]++;
    const wrong = (what: string): Error =>
      new Error(
        `seed ${seed}: ${what}\n${JSON.stringify(decision)}\n${history.map((o) => JSON.stringify(o)).join('\n')}`,
      );
    if (decision.verdict === 'undecided') {
      const reason = decision.reason.replace(/^-?\d+ /, '… ');
      tally.reasons[reason] = (tally.reasons[reason] ?? 0) + 1;
      continue;
    }
    const isRight = isLinearizable(specification, history, model.initial);
    if (isRight !== (decision.verdict === 'linearizable')) throw wrong(`the definition says ${isRight}`);
    if (decision.verdict !== 'illegal') continue;
    tally.rules[decision.rule] = (tally.rules[decision.rule] ?? 0) + 1;
    const suspects = decision.suspects.map((at) => history[at]);
    if (suspects.length === 0 || suspects.some((operation) => operation === undefined))
      throw wrong('no suspects');
    if (isLinearizable(specification, suspects, model.initial)) throw wrong('the suspects are innocent');
    if (!/\w/.test(decision.why) || /undefined|NaN/.test(decision.why)) throw wrong('the sentence is broken');
  }
  return tally;
}
