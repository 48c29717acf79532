/** What reports are made from, and how it is to be taken. Plain data. */
import type { Outcome, Scenario, Smallest, Story, Sweep } from '../sim/index.ts';

/** One scenario, run. */
export interface Result {
  readonly sweep: Sweep;
  readonly scenario: Scenario;
  /** Real time that the sweep took. */
  readonly wallMs: number;
  /** How many seeds were asked for: more than there are outcomes if the sweep was cut short. */
  readonly seedsAsked: number;
  /** What cut it short. */
  readonly stopped?: 'bail' | 'budget' | 'interrupt';
  /** The broken seeds worth telling: the first one of each check. */
  readonly findings: readonly Finding[];
  /** Seeds that ran differently the second time. */
  readonly nondeterministic: readonly Nondeterminism[];
}

export interface Finding {
  readonly outcome: Outcome;
  readonly story?: Story;
  /** The smallest failure that was found for its seed. */
  readonly shrunk?: Smallest;
  /** The command that shows it again. */
  readonly replay: string;
}

export interface Nondeterminism {
  readonly seed: string;
  /** What differed. */
  readonly message: string;
  /** Where the runs parted: the event, its virtual time, its host. */
  readonly event?: number;
  readonly atUs?: number;
  readonly host?: string;
  /** The program's frames at that moment, innermost first. */
  readonly stack?: readonly string[];
}

/** All scenarios of one command. */
export interface Report {
  readonly version: string;
  readonly results: readonly Result[];
  readonly wallMs: number;
}

/**
 * How a result is to be taken. `passed`: it held, as it should. `found`: it broke, as it should. `failed`: a
 * violation that nobody expected, or an expected one that did not happen. `unknown`: nothing was proved.
 * `nondeterministic`: the runs depended on more than their seeds, so that nothing can be said.
 */
export type Status = 'passed' | 'found' | 'failed' | 'unknown' | 'nondeterministic';

export function statusOf({ sweep, nondeterministic }: Result): Status {
  if (nondeterministic.length > 0 || sweep.outcomes.some((outcome) => outcome.escape !== undefined)) {
    return 'nondeterministic';
  }
  if (sweep.verdict === 'unknown') return 'unknown';
  if (!sweep.expected) return 'failed';
  return sweep.verdict === 'broken' ? 'found' : 'passed';
}

export const isGood = (status: Status): boolean => status === 'passed' || status === 'found';

/** Whether the outcome of one seed is part of why the result is not as it should be. */
export function isExpected(result: Result, outcome: Outcome): boolean {
  if (isGood(statusOf(result))) return true;
  // If no seed is to blame alone (a violation that never came, too little work), all of them are.
  const { outcomes } = result.sweep;
  return outcomes.some((other) => isToBlame(result, other)) && !isToBlame(result, outcome);
}

function isToBlame({ scenario: { expect }, nondeterministic }: Result, outcome: Outcome): boolean {
  if (outcome.escape !== undefined || nondeterministic.some(({ seed }) => seed === outcome.seed)) return true;
  switch (outcome.verdict) {
    case 'held':
      return false;
    case 'unknown':
      return true;
    case 'broken':
      if (expect.verdict === 'held') return true;
      return expect.by !== undefined && outcome.violations[0]?.check !== expect.by;
  }
}

/** What is added up over seeds. */
export interface Totals {
  readonly seeds: number;
  readonly events: number;
  readonly virtualUs: number;
  /** Most frequent first. */
  readonly faults: readonly (readonly [kind: string, count: number])[];
}

export function totalsOf(outcomes: readonly Outcome[]): Totals {
  let events = 0;
  let virtualUs = 0;
  const faults = new Map<string, number>();
  for (const outcome of outcomes) {
    events += outcome.events;
    virtualUs += outcome.virtualUs;
    for (const [kind, count] of Object.entries(outcome.faults)) {
      if (count > 0) faults.set(kind, (faults.get(kind) ?? 0) + count);
    }
  }
  return {
    seeds: outcomes.length,
    events,
    virtualUs,
    faults: [...faults].sort((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1)),
  };
}
