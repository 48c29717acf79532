/** Judges a scenario by all its seeds. */
import type { Medians, Outcome, Sweep } from './outcome.ts';
import type { Scenario } from './scenario/index.ts';

/** From so many seeds on, a *sometimes* claim that never came true makes a sweep unknown. */
export const sometimesSeedsMin = 50;

/**
 * `held`: no seed broke. `broken`: some seed did. `unknown`: over a tenth of the seeds are unknown, the medians are
 * below what the scenario asks for, or something that must happen sometimes never did.
 */
export function judgeSweep(
  scenario: Scenario,
  outcomes: readonly Outcome[],
): Pick<Sweep, 'verdict' | 'expected' | 'reasons' | 'medians' | 'sometimes'> {
  const medians = mediansOf(outcomes);
  const sometimes = countSometimes(outcomes);
  const broken = outcomes.filter(({ verdict }) => verdict === 'broken');
  const doubts = broken.length > 0 ? [] : doubtsOf(scenario, outcomes, medians, sometimes);
  const verdict = broken.length > 0 ? 'broken' : doubts.length > 0 ? 'unknown' : 'held';
  const surprises = surprisesOf(scenario, broken, verdict);
  return {
    verdict,
    expected: verdict === scenario.expect.verdict && surprises.length === 0,
    reasons: [...doubts, ...surprises],
    medians,
    sometimes,
  };
}

function doubtsOf(
  scenario: Scenario,
  outcomes: readonly Outcome[],
  medians: Medians,
  sometimes: Readonly<Record<string, number>>,
): string[] {
  if (outcomes.length === 0) return ['no seed was run'];
  const doubts: string[] = [];
  const unknown = outcomes.filter((outcome) => outcome.verdict === 'unknown');
  if (unknown.length * 10 > outcomes.length) {
    const first = unknown[0]!;
    doubts.push(
      `${unknown.length} of ${outcomes.length} seeds are unknown; seed ${first.seed}: ${first.reasons.join('; ')}`,
    );
    return doubts;
  }
  const { operations, overlapping, faults } = scenario.atLeast;
  if (medians.operations < operations) {
    doubts.push(
      `at the median ${medians.operations} operations succeeded; at least ${operations} are asked for`,
    );
  }
  if (medians.overlapping * overlapping[1] < overlapping[0]) {
    const asked = percent(overlapping[0] / overlapping[1]);
    doubts.push(
      `at the median ${percent(medians.overlapping)} of the operations overlapped another on their key; ${asked} are asked for`,
    );
  }
  if (medians.faults < faults) {
    doubts.push(`at the median ${medians.faults} faults took effect; at least ${faults} are asked for`);
  }
  if (outcomes.length >= sometimesSeedsMin) {
    for (const [name, count] of Object.entries(sometimes)) {
      if (count === 0) doubts.push(`${name} came true in none of ${outcomes.length} seeds`);
    }
  }
  return doubts;
}

function surprisesOf(scenario: Scenario, broken: readonly Outcome[], verdict: Sweep['verdict']): string[] {
  const { expect } = scenario;
  if (expect.verdict === 'held') return [];
  if (verdict !== 'broken') {
    return [
      `a violation${expect.by === undefined ? '' : ` of ${expect.by}`} was expected and did not happen`,
    ];
  }
  if (expect.by === undefined) return [];
  const other = broken.find(({ violations }) => violations[0]?.check !== expect.by);
  if (other === undefined) return [];
  return [
    `seed ${other.seed} broke ${other.violations[0]?.check}, but only ${expect.by} was expected to break`,
  ];
}

function mediansOf(outcomes: readonly Outcome[]): Medians {
  return {
    operations: median(outcomes.map(({ operations }) => operations.ok)),
    overlapping: median(
      outcomes.map(({ operations }) =>
        operations.invoked === operations.fail
          ? 0
          : operations.overlapping / (operations.invoked - operations.fail),
      ),
    ),
    faults: median(
      outcomes.map(({ faults }) => Object.values(faults).reduce((sum, count) => sum + count, 0)),
    ),
    events: median(outcomes.map(({ events }) => events)),
    virtualUs: median(outcomes.map(({ virtualUs }) => virtualUs)),
  };
}

function countSometimes(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    for (const [name, isTrue] of Object.entries(outcome.sometimes)) {
      counts[name] = (counts[name] ?? 0) + (isTrue ? 1 : 0);
    }
  }
  return counts;
}

/** The lower one of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

const percent = (part: number): string => `${Math.round(part * 100)}%`;
