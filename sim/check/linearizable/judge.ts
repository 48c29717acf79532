/** Whether a history could have come from one copy that does one thing at a time. */
import { assertWellFormed, type History, type Operation, partitioned } from '../history.ts';
import { assertUnderstood, type Model } from '../models/index.ts';
import { counted } from '../plain.ts';
import { held, unknown, type Verdict, type Violation } from '../verdict.ts';
import { coreAmong, coreOf } from './core.ts';
import { type Decided, decide, type Found } from './decide.ts';
import { evidenceOf, type Finding, headline } from './explain.ts';
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
  /** Of the general search; engines do not count theirs. */
  readonly steps: number;
  /** Who judged, by name, joined by `, ` if several did: engines, or `search`. */
  readonly engine: string;
};

const defaults: SearchBudget = { steps: 20_000_000, words: 16_000_000 };
/** A long history may take some steps an operation. */
const stepsAnOperation = 20;
const coreStepsDefault = 2_000_000;
/** More operations than this are not searched for their longest order once an engine has found them wrong. */
const searchedMax = 20_000;

/**
 * Judges every key by itself, by the engines that know the model, and where none decides by a search. Broken has one
 * violation a broken key, each with `Evidence`; unknown names the keys whose budget ran out and how far they got; a
 * broken key counts for more than an unknown one. A history without a single `ok` is unknown, since it shows nothing.
 * @throws HistoryError if the history is malformed or the model does not understand it
 */
export function linearizable(
  history: History,
  model: Model,
  options: LinearizableOptions = {},
): LinearizableVerdict {
  assertWellFormed(history);
  assertUnderstood(model, history);
  const stepsDefault = Math.max(defaults.steps, stepsAnOperation * history.length);
  const total = { ...defaults, steps: stepsDefault, ...options.budget };
  const parts = [...partitioned(history, model.key)].sort(
    ([, left], [, right]) => left.length - right.length,
  );
  const names = new Set<string>();
  const wrong: Wrong[] = [];
  const undecided: string[] = [];
  let steps = 0;
  parts.forEach(([key, part], judged) => {
    const share = Math.ceil((total.steps - steps) / (parts.length - judged));
    const decided = decide(part, model, { steps: share, words: total.words });
    steps += decided.steps;
    if (decided.engine !== undefined) names.add(decided.engine);
    if (decided.verdict === 'illegal') wrong.push({ key, part, found: decided });
    else if (decided.verdict === 'undecided') undecided.push(undecidedReason(key, part, decided));
  });

  const engine = [...names].sort().join(', ') || 'none';
  const cost = { operations: history.length, keys: parts.length, steps, engine };
  if (wrong.length > 0) {
    const coreSteps = Math.ceil((options.coreSteps ?? coreStepsDefault) / wrong.length);
    const budget = { steps: coreSteps, words: total.words };
    return { verdict: 'broken', violations: wrong.map((one) => violationOf(one, model, budget)), ...cost };
  }
  if (undecided.length > 0) return { ...unknown(undecided.join('; ')), ...cost };
  if (!history.some((operation) => operation.type === 'ok')) {
    return { ...unknown('no operation succeeded, so there was nothing to judge'), ...cost };
  }
  return { ...held, ...cost };
}

interface Wrong {
  readonly key: string | undefined;
  readonly part: readonly Operation[];
  readonly found: Found;
}

function violationOf({ key, part, found }: Wrong, model: Model, budget: SearchBudget): Violation {
  const finding = findingOf(part, model, found, budget);
  const evidence = evidenceOf(key, part, model, finding);
  const atUs = (finding.result ?? finding.core.result).front?.returnUs;
  return {
    check: 'linearizability',
    message: headline(evidence),
    ...(atUs === undefined || atUs === null ? {} : { atUs }),
    evidence,
  };
}

/** What an engine says is verified by a search of the operations that it suspects, before they are shown to anybody. */
function findingOf(
  part: readonly Operation[],
  model: Model,
  { engine, rule, said, suspects, result }: Found,
  budget: SearchBudget,
): Finding {
  const whole = result ?? wholeSearch(part, model, budget);
  const told = { engine, rule, said, result: whole };
  const among = suspects === undefined ? undefined : coreAmong(part, suspects, model, budget);
  if (among?.isMinimal === true) return { ...told, core: among, isVerified: true };
  const core = whole === undefined ? among : coreOf(part, model, whole, budget);
  if (core !== undefined) return { ...told, core, isVerified: true };
  const operations = suspects ?? [];
  const nothing: SearchResult = {
    outcome: 'out of steps',
    order: [],
    state: model.initial,
    front: undefined,
    steps: 0,
  };
  const claimed = { operations, aside: [], cut: undefined, isMinimal: false, result: nothing };
  return { ...told, core: claimed, isVerified: false };
}

function wholeSearch(
  part: readonly Operation[],
  model: Model,
  budget: SearchBudget,
): SearchResult | undefined {
  if (part.length > searchedMax) return undefined;
  const result = search(laidOut(part, model), model, budget);
  return result.outcome === 'impossible' ? result : undefined;
}

function undecidedReason(
  key: string | undefined,
  part: readonly Operation[],
  { result, engines }: Extract<Decided, { verdict: 'undecided' }>,
): string {
  const where = key === undefined ? 'the history' : `key ${JSON.stringify(key)}`;
  const { order, outcome, steps, front } = result;
  const waiting = front === undefined ? '' : `; the next to return was ${front.f} called at ${front.call}`;
  return [
    `${where} is undecided: the search ran ${outcome} after ${counted(steps, 'step')}, ` +
      `with at most ${order.length} of ${counted(part.length, 'operation')} in order${waiting}`,
    ...engines.map(({ name, reason }) => `${name}: ${reason}`),
  ].join('; ');
}
