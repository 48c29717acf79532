/** Whether a history could have come from one copy that does one thing at a time. */
import { assertWellFormed, type History, type Operation, partitioned } from '../history.ts';
import { assertUnderstood, type Model } from '../models/index.ts';
import { counted } from '../plain.ts';
import { broken, held, unknown, type Verdict, type Violation } from '../verdict.ts';
import { coreOf } from './core.ts';
import { evidenceOf, headline } from './explain.ts';
import { laidOut } from './part.ts';
import { type SearchBudget, type SearchResult, search } from './search.ts';

export interface LinearizableOptions {
  /** For the whole history; a key that needs less leaves the rest to the others. Counts work, not time. */
  readonly budget?: Partial<SearchBudget>;
  /** Steps for shrinking what is broken to a core. */
  readonly coreSteps?: number;
}

/** A verdict, and what it cost. */
export type LinearizableVerdict = Verdict & {
  readonly operations: number;
  readonly keys: number;
  readonly steps: number;
};

const defaults: SearchBudget = { steps: 20_000_000, words: 16_000_000 };
const coreStepsDefault = 2_000_000;

/**
 * Judges every key by itself. Broken has one violation a broken key, each with `Evidence`; unknown names the keys
 * whose budget ran out and how far they got; a broken key counts for more than an unknown one. A history without a
 * single `ok` is unknown, since it shows nothing.
 * @throws HistoryError if the history is malformed or the model does not understand it
 */
export function linearizable(
  history: History,
  model: Model,
  options: LinearizableOptions = {},
): LinearizableVerdict {
  assertWellFormed(history);
  assertUnderstood(model, history);
  const total = { ...defaults, ...options.budget };
  const parts = [...partitioned(history, model.key)].sort(
    ([, left], [, right]) => left.length - right.length,
  );
  const impossible: [key: string | undefined, part: Operation[], result: SearchResult][] = [];
  const undecided: string[] = [];
  let steps = 0;
  parts.forEach(([key, part], judged) => {
    const share = Math.ceil((total.steps - steps) / (parts.length - judged));
    const result = search(laidOut(part, model), model, { steps: share, words: total.words });
    steps += result.steps;
    if (result.outcome === 'impossible') impossible.push([key, part, result]);
    else if (result.outcome !== 'ordered') undecided.push(undecidedReason(key, part, result));
  });

  const cost = { operations: history.length, keys: parts.length, steps };
  if (impossible.length > 0) {
    const coreSteps = Math.ceil((options.coreSteps ?? coreStepsDefault) / impossible.length);
    const budget = { steps: coreSteps, words: total.words };
    const violations = impossible.map(([key, part, result]) => violationOf(key, part, model, result, budget));
    return { ...broken(...violations), ...cost };
  }
  if (undecided.length > 0) return { ...unknown(undecided.join('; ')), ...cost };
  if (!history.some((operation) => operation.type === 'ok')) {
    return { ...unknown('no operation succeeded, so there was nothing to judge'), ...cost };
  }
  return { ...held, ...cost };
}

function violationOf(
  key: string | undefined,
  part: readonly Operation[],
  model: Model,
  result: SearchResult,
  budget: SearchBudget,
): Violation {
  const evidence = evidenceOf(key, part, model, result, coreOf(part, model, result, budget));
  const atUs = result.front?.returnUs;
  return {
    check: 'linearizability',
    message: headline(evidence),
    ...(atUs === undefined || atUs === null ? {} : { atUs }),
    evidence,
  };
}

function undecidedReason(key: string | undefined, part: readonly Operation[], result: SearchResult): string {
  const where = key === undefined ? 'the history' : `key ${JSON.stringify(key)}`;
  return (
    `${where} is undecided: the search ran ${result.outcome} after ${counted(result.steps, 'step')}, ` +
    `with at most ${result.order.length} of ${counted(part.length, 'operation')} in order`
  );
}
