/** One JSON object for machines. Names are stable: fields are added, never renamed or removed. */
import type { Outcome, Smallest, Sweep } from '../sim/index.ts';
import { isExpected, isGood, type Nondeterminism, type Report, type Result, statusOf } from './result.ts';
import type { Reporter } from './style.ts';

export interface JsonReport {
  readonly tool: 'skerry';
  readonly version: string;
  /** Every scenario met its `expect`. */
  readonly ok: boolean;
  /** One a scenario and seed. */
  readonly results: readonly JsonResult[];
  /** One a scenario: expectations are judged per sweep. */
  readonly sweeps: readonly JsonSweep[];
}

export interface JsonResult extends Pick<Outcome, 'seed' | 'verdict' | 'fingerprint' | 'events'> {
  readonly scenario: string;
  /** False for the seeds on account of which the scenario did not meet its `expect`. */
  readonly expected: boolean;
  readonly virtualUs: number;
  readonly wallMs: number;
  readonly faults: Outcome['faults'];
  readonly drawn?: Outcome['drawn'];
  readonly damage?: Outcome['damage'];
  readonly halts?: number;
  readonly violations: readonly {
    readonly check: string;
    readonly message: string;
    readonly atUs?: number;
  }[];
  readonly reasons: readonly string[];
  readonly operations: Outcome['operations'];
  readonly messages: Outcome['messages'];
  readonly escape?: Outcome['escape'];
  /** The command that shows a broken seed again. */
  readonly replay?: string;
  /** How small the failure of this seed became. */
  readonly shrunk?: Pick<
    Smallest,
    | 'seed'
    | 'fingerprint'
    | 'before'
    | 'after'
    | 'runs'
    | 'wallMs'
    | 'isCutShort'
    | 'ranOutOfTime'
    | 'necessity'
    | 'decisions'
    | 'story'
  >;
}

export interface JsonSweep
  extends Pick<Sweep, 'scenario' | 'file' | 'verdict' | 'expected' | 'reasons' | 'medians' | 'sometimes'> {
  readonly seeds: number;
  readonly seedsAsked: number;
  readonly wallMs: number;
  readonly nondeterministic: readonly Nondeterminism[];
}

export const jsonReporter: Reporter = {
  name: 'json',
  about: 'one JSON object at the end, for machines',
  result: () => '',
  end: formatJson,
};

export function jsonReport({ version, results }: Report): JsonReport {
  return {
    tool: 'skerry',
    version,
    ok: results.every((result) => isGood(statusOf(result))),
    results: results.flatMap((result) => result.sweep.outcomes.map((outcome) => jsonResult(result, outcome))),
    sweeps: results.map(jsonSweep),
  };
}

function jsonResult(result: Result, outcome: Outcome): JsonResult {
  const { seed, verdict, fingerprint, events, virtualUs, wallMs, faults, drawn, damage, halts } = outcome;
  const finding = result.findings.find((found) => found.outcome.seed === seed);
  return {
    scenario: result.sweep.scenario,
    seed,
    verdict,
    expected: isExpected(result, outcome),
    fingerprint,
    events,
    virtualUs,
    wallMs: Math.round(wallMs * 1000) / 1000,
    faults,
    ...(drawn !== undefined && { drawn }),
    ...(damage !== undefined && { damage }),
    ...(halts !== undefined && { halts }),
    violations: outcome.violations.map(({ check, message, atUs }) => ({
      check,
      message,
      ...(atUs !== undefined && { atUs }),
    })),
    reasons: outcome.reasons,
    operations: outcome.operations,
    messages: outcome.messages,
    ...(outcome.escape && { escape: outcome.escape }),
    ...(finding && { replay: finding.replay }),
    ...(finding?.shrunk && { shrunk: jsonShrunk(finding.shrunk) }),
  };
}

function jsonShrunk(smallest: Smallest): NonNullable<JsonResult['shrunk']> {
  const { seed, fingerprint, before, after, runs, wallMs, necessity, decisions, story } = smallest;
  const { isCutShort, ranOutOfTime } = smallest;
  const cost = { runs, wallMs, isCutShort, ranOutOfTime };
  return { seed, fingerprint, before, after, ...cost, necessity, decisions, story };
}

function jsonSweep(result: Result): JsonSweep {
  const { scenario, file, verdict, expected, reasons, medians, sometimes, outcomes } = result.sweep;
  return {
    scenario,
    file,
    verdict,
    expected: expected && isGood(statusOf(result)),
    reasons,
    medians,
    sometimes,
    seeds: outcomes.length,
    seedsAsked: result.seedsAsked,
    wallMs: Math.round(result.wallMs),
    nondeterministic: result.nondeterministic,
  };
}

/** One line a seed, so that the text can be read, searched and compared line by line. */
function formatJson(report: Report): string {
  const { results, sweeps, ...head } = jsonReport(report);
  const list = (values: readonly object[]): string =>
    values.length === 0
      ? '[]'
      : `[\n${values.map((value) => `    ${JSON.stringify(value)}`).join(',\n')}\n  ]`;
  const fields = Object.entries(head).map(([name, value]) => `  "${name}": ${JSON.stringify(value)},\n`);
  return `{\n${fields.join('')}  "results": ${list(results)},\n  "sweeps": ${list(sweeps)}\n}`;
}
