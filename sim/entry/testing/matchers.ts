/** What the matchers of `skerry/vitest` decide and say; they know no test runner. */
import {
  type Evidence,
  formatFinding,
  type History,
  type HistoryEvent,
  historyOf,
  linearizable,
  type Model,
  modelNamed,
  type Operation,
  type Outcome,
  operationLine,
  readHistory,
  type TestWorld,
  type Verdict,
} from '../../index.ts';
import { type CheckOptions, type CheckResult, checkAt } from './check.ts';
import type { Place } from './commands.ts';
import type { ScenarioValue } from './input.ts';

/** As vitest and jest want it. */
export interface Match {
  readonly pass: boolean;
  message(): string;
}

/** Operations, events in Jepsen's shape, or text in any format that `skerry check` reads. */
export type HistoryInput = History | readonly HistoryEvent[] | string;

/** @throws RangeError if there is no such model; HistoryError or TypeError if that is no history of it */
export function matchLinearizable(received: unknown, model: string | Model): Match {
  const wanted = typeof model === 'string' ? modelNamed(model) : model;
  const verdict = linearizable(historyIn(received), wanted);
  const evidence = verdict.verdict === 'broken' ? verdict.violations.flatMap(evidenceLines) : [];
  return match(verdict, `linearizable as a ${wanted.name}`, evidence);
}

function historyIn(received: unknown): History {
  if (typeof received === 'string') {
    const { operations, findings } = readHistory(received);
    if (findings.length === 0) return operations;
    throw new TypeError(
      `this is no history: ${findings.map((finding) => formatFinding('text', finding)).join('\n')}`,
    );
  }
  if (Array.isArray(received)) {
    const isEvents = received.some(({ type, call }) => type === 'invoke' || call === undefined);
    return isEvents ? historyOf(received as HistoryEvent[]) : (received as Operation[]);
  }
  const { operations } = (received ?? {}) as { operations?: unknown };
  if (Array.isArray(operations)) return operations as Operation[];
  throw new TypeError(
    'a history is a list of operations or of events, or the text of one; world.history is one',
  );
}

function evidenceLines({ evidence }: { readonly evidence?: unknown }): string[] {
  const { core = [] } = (evidence ?? {}) as Partial<Evidence>;
  return core.map((operation) => `  ${operationLine(operation)}`);
}

/**
 * Whether a check held: in the world of a body so far, in one outcome, in a sweep, or, as a promise, in a scenario that
 * is run for it. Without a name: whether all of them did.
 * @throws TypeError if nothing of the kind was judged
 */
export function matchHolds(
  place: Place,
  received: unknown,
  check: string | undefined,
  options: CheckOptions,
): Match | Promise<Match> {
  if (typeof received === 'string' || isScenario(received)) {
    return checkAt(place, received, { bail: true, ...options }).then((result) => {
      const match = matchSweep(result, check);
      return match.pass || result.ok ? match : { pass: false, message: () => result.text };
    });
  }
  if (isWorld(received)) {
    if (check === undefined) throw new TypeError('toHold wants the name of a check of this world');
    const standing = received.standing(check);
    if (standing !== undefined) return match(standing, name(check));
    throw new TypeError(`nobody watches "${check}" in this world; name it in the checks of the simulation`);
  }
  if (isSweep(received)) return matchSweep(received, check);
  if (isOutcome(received)) return match(verdictOf(received, check), name(check));
  throw new TypeError('toHold judges a world, an outcome, the result of check(), or a scenario');
}

function matchSweep(
  { outcomes, checks, verdict, reasons, text }: CheckResult,
  check: string | undefined,
): Match {
  if (check !== undefined && !checks.includes(check) && !outcomes.some((outcome) => breaks(outcome, check))) {
    throw new TypeError(`"${check}" was not judged; the checks were ${checks.join(', ') || 'none'}`);
  }
  const verdicts = outcomes.map((outcome) => ({ seed: outcome.seed, verdict: verdictOf(outcome, check) }));
  const broken = verdicts.find((one) => one.verdict.verdict === 'broken');
  if (broken !== undefined) {
    return match(broken.verdict, `${name(check)} in seed ${broken.seed}`, text === '' ? [] : ['', text]);
  }
  return match(
    verdict === 'unknown' ? { verdict, reason: reasons.join('; ') } : { verdict: 'held' },
    name(check),
  );
}

const breaks = ({ violations }: Outcome, check: string): boolean =>
  violations.some((violation) => violation.check === check);

/** A run ends when something breaks: what else would have come of it nobody knows. */
function verdictOf(outcome: Outcome, check: string | undefined): Verdict {
  const { verdict, violations, reasons } = outcome;
  if (verdict === 'held') return { verdict };
  if (verdict === 'unknown') return { verdict, reason: reasons.join('; ') };
  const own = check === undefined ? violations : violations.filter((violation) => violation.check === check);
  if (own.length > 0) return { verdict, violations: own };
  return { verdict: 'unknown', reason: `the run ended when ${violations[0]?.check} broke` };
}

/** Whether every run of a scenario can be repeated. */
export async function matchDeterministic(
  place: Place,
  received: unknown,
  options: CheckOptions,
): Promise<Match> {
  if (typeof received !== 'string' && !isScenario(received)) {
    throw new TypeError('toBeDeterministic runs a scenario: a file, or a value with a protocol');
  }
  const { nondeterministic } = await checkAt(place, received, { seeds: 3, ...options, twice: true });
  const differences = nondeterministic.map(({ seed, message }) => `  seed ${seed}: ${message}`);
  const pass = differences.length === 0;
  return {
    pass,
    message: () =>
      pass
        ? 'two runs of each seed were the same'
        : ['two runs of one seed were not the same', ...differences].join('\n'),
  };
}

function match(verdict: Verdict, what: string, more: readonly string[] = []): Match {
  const lines = {
    held: () => [`${what} was expected not to hold, and held`],
    broken: () => (verdict.verdict === 'broken' ? verdict.violations.map(({ message }) => message) : []),
    unknown: () => (verdict.verdict === 'unknown' ? [`nobody knows about ${what}: ${verdict.reason}`] : []),
  }[verdict.verdict]();
  return { pass: verdict.verdict === 'held', message: () => [...lines, ...more].join('\n') };
}

const name = (check: string | undefined): string => check ?? 'everything';

const has = <K extends string>(value: unknown, ...keys: readonly K[]): value is Record<K, unknown> =>
  typeof value === 'object' && value !== null && keys.every((key) => key in value);

const isScenario = (value: unknown): value is ScenarioValue => has(value, 'protocol');
const isSweep = (value: unknown): value is CheckResult => has(value, 'outcomes', 'checks');
const isOutcome = (value: unknown): value is Outcome => has(value, 'violations', 'fingerprint');
const isWorld = (value: unknown): value is TestWorld & { standing(check: string): Verdict | undefined } =>
  has(value, 'standing', 'history');
