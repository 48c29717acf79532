/** Compares an engine with the definition on many small histories, and counts what it said. */
import { expect } from 'vitest';
import type { Operation } from '../../../sim/check/history.ts';
import type { Decision, Engine } from '../../../sim/check/linearizable/engine.ts';
import type { Model } from '../../../sim/check/models/index.ts';
import { type Chance, type Copy, chance, lines, type Shape, smallHistory } from './histories.ts';
import { isLinearizable } from './twin.ts';

export interface Tally {
  linearizable: number;
  illegal: number;
  undecided: number;
  /** By rule, how often it was broken. */
  readonly rules: Record<string, number>;
}

export interface Comparison {
  readonly engine: Engine;
  readonly model: Model;
  /** The specification in twin.ts. */
  readonly specification: string;
  /** How many histories; ten times more in a long run. */
  readonly count: number;
  readonly shape: Pick<Shape, 'unknownOneIn' | 'liesOneIn'>;
  copy(below: Chance): Copy;
  /** Whether nothing needs to be said about a history; by default something must be said about all. */
  mayShrug?(history: readonly Operation[]): boolean;
  /** The state before the first operation in twin.ts, if it is another one there. */
  readonly initial?: unknown;
}

/** @throws Error with the history, if the engine contradicts the definition, its suspects are innocent, or it shrugs */
export function compared(comparison: Comparison): Tally {
  const { engine, model, specification, count, shape, copy, mayShrug = () => false } = comparison;
  const initial = comparison.initial ?? model.initial;
  const tally: Tally = { linearizable: 0, illegal: 0, undecided: 0, rules: {} };
  const total = process.env.SKERRY_LONG === '1' ? 10 * count : count;
  for (let seed = 0; seed < total; seed++) {
    const below = chance(seed);
    const size = { operations: 3 + below(6), width: 1 + below(10) };
    const history = smallHistory(below, copy(below), { ...shape, ...size });
    const decision = engine.judge(history, model);
    tally[decision.verdict]++;
    const complaint = complaintAbout(decision, history, specification, initial, mayShrug);
    if (complaint !== undefined) {
      const text = history.map((operation) => JSON.stringify(operation)).join('\n');
      throw new Error(`seed ${seed}: ${complaint}\n${JSON.stringify(decision)}\n${text}`);
    }
    if (decision.verdict === 'illegal') tally.rules[decision.rule] = (tally.rules[decision.rule] ?? 0) + 1;
  }
  return tally;
}

function complaintAbout(
  decision: Decision,
  history: readonly Operation[],
  specification: string,
  initial: unknown,
  mayShrug: (history: readonly Operation[]) => boolean,
): string | undefined {
  if (decision.verdict === 'undecided') return mayShrug(history) ? undefined : 'there is no reason to shrug';
  const isRight = isLinearizable(specification, history, initial);
  if (isRight !== (decision.verdict === 'linearizable')) return `the definition says ${isRight}`;
  if (decision.verdict !== 'illegal') return undefined;
  const suspects = decision.suspects.map((at) => history[at]);
  if (suspects.length === 0 || suspects.includes(undefined as never)) return 'there are no suspects';
  if (isLinearizable(specification, suspects, initial)) return 'the suspects are innocent';
  return /undefined|NaN|Infinity/.test(decision.why) ? 'the sentence is broken' : undefined;
}

/** Judges a history written as lines, and checks the answer against the definition. */
export function judged(
  engine: Engine,
  model: Model,
  specification: string,
  text: string,
  initial: unknown = model.initial,
): Decision {
  const history = lines(text);
  const decision = engine.judge(history, model);
  expect(complaintAbout(decision, history, specification, initial, () => true)).toBeUndefined();
  return decision;
}
