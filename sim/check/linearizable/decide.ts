/** Who decides about one key: the engines that know the model, in their order, and the search if none of them does. */
import type { Operation } from '../history.ts';
import type { Model } from '../models/index.ts';
import type { Engine } from './engine.ts';
import { engines } from './engines/index.ts';
import { laidOut } from './part.ts';
import { type SearchBudget, type SearchResult, search } from './search.ts';

/** An engine, or a search, that found that there is no order. */
export interface Found {
  readonly verdict: 'illegal';
  readonly engine: string;
  readonly rule?: string;
  readonly said?: string;
  /** What an engine suspects. */
  readonly suspects?: readonly Operation[];
  /** What a search came upon. */
  readonly result?: SearchResult;
  readonly steps: number;
}

export type Decided =
  /** `engine` is missing where nothing was certain, so that there was nothing to decide. */
  | { readonly verdict: 'linearizable'; readonly engine?: string; readonly steps: number }
  | Found
  | {
      readonly verdict: 'undecided';
      readonly engine: string;
      readonly result: SearchResult;
      /** Why the engines left it undecided. */
      readonly engines: readonly { readonly name: string; readonly reason: string }[];
      readonly steps: number;
    };

export function decide(
  history: readonly Operation[],
  model: Model,
  budget: SearchBudget,
  asked: readonly Engine[] = engines,
): Decided {
  const part = history.some(({ type }) => type === 'fail')
    ? history.filter(({ type }) => type !== 'fail')
    : history;
  if (!part.some(({ type }) => type === 'ok')) return { verdict: 'linearizable', steps: 0 };
  const passed: { name: string; reason: string }[] = [];
  for (const engine of asked) {
    if (!engine.models.includes(model.name)) continue;
    const decision = engine.judge(part, model);
    if (decision.verdict === 'linearizable') {
      return { verdict: 'linearizable', engine: engine.name, steps: 0 };
    }
    if (decision.verdict === 'illegal') {
      const { rule, why, suspects } = decision;
      const suspected = suspects.map((at) => part[at]);
      return { verdict: 'illegal', engine: engine.name, rule, said: why, suspects: suspected, steps: 0 };
    }
    passed.push({ name: engine.name, reason: decision.reason });
  }
  const result = search(laidOut(part, model), model, budget);
  const { outcome, steps } = result;
  if (outcome === 'ordered') return { verdict: 'linearizable', engine: 'search', steps };
  if (outcome === 'impossible') return { verdict: 'illegal', engine: 'search', result, steps };
  return { verdict: 'undecided', engine: 'search', result, engines: passed, steps };
}
