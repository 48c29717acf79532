/** What a scenario breaks, one thing at a time taken away: which of it ever changes a verdict? */
import type { Ratio } from '../../protocols/host.ts';
import type { FaultKind } from '../world/spec.ts';
import type { Outcome } from './outcome.ts';
import type { Scenario } from './scenario/index.ts';

/** A scenario in which one thing does not break any more. Everything else is drawn as before. */
export interface Variant {
  /** `kill`, `buggify`, `network loss` …; `everything` for the one without any fault. */
  readonly without: string;
  readonly scenario: Scenario;
}

/** What taking one thing away did. */
export interface AblationRow {
  readonly without: string;
  /** Seeds that broke without it. */
  readonly broken: number;
  /** Seeds that broke with it and not without it: it was needed there. */
  readonly needed: readonly string[];
  /** Seeds that broke without it only: it was in the way. */
  readonly hid: readonly string[];
}

/** The variants of a scenario: one for each kind of fault that it has, and one without any. */
export function variantsOf(scenario: Scenario): Variant[] {
  const parts = [...kindsOf(scenario).map(withoutKind), ...conditions].flatMap((part) => {
    const changed = part.remove(scenario);
    return changed === undefined ? [] : [{ without: part.name, scenario: judgedAlike(changed) }];
  });
  if (parts.length === 0) return [];
  const calm = [...kindsOf(scenario).map(withoutKind), ...conditions].reduce(
    (calmer, part) => part.remove(calmer) ?? calmer,
    scenario,
  );
  return [...parts, { without: 'everything', scenario: judgedAlike(calm) }];
}

/** Compares two sweeps over the same seeds. */
export function ablationRow(
  without: string,
  baseline: readonly Outcome[],
  outcomes: readonly Outcome[],
): AblationRow {
  const isBroken = new Set(baseline.filter(({ verdict }) => verdict === 'broken').map(({ seed }) => seed));
  const known = new Set(outcomes.map(({ seed }) => seed));
  const broken = new Set(outcomes.filter(({ verdict }) => verdict === 'broken').map(({ seed }) => seed));
  return {
    without,
    broken: broken.size,
    needed: [...isBroken].filter((seed) => known.has(seed) && !broken.has(seed)),
    hid: [...broken].filter((seed) => !isBroken.has(seed)),
  };
}

interface Part {
  readonly name: string;
  /** The scenario without it; undefined if there is nothing to take away. */
  remove(scenario: Scenario): Scenario | undefined;
}

function kindsOf({ faults, nemesis }: Scenario): FaultKind[] {
  const kinds = [
    ...faults.map(({ fault }) => fault.kind),
    ...(nemesis?.faults ?? []).map(({ kind }) => kind),
  ];
  return [...new Set(kinds)];
}

const withoutKind = (kind: FaultKind): Part => ({
  name: kind,
  // Drawn, and then not carried out: to leave it out of the draw would make other faults of the rest.
  remove: (scenario) => ({ ...scenario, without: [...(scenario.without ?? []), kind] }),
});

const never: Ratio = [0, 1];

/** Trouble that is no fault of its own but a condition of the world. */
const conditions: readonly Part[] = [
  {
    name: 'network loss',
    remove: (scenario) => network(scenario, ({ loss }) => loss[0] > 0, { loss: never }),
  },
  {
    name: 'network duplicates',
    remove: (scenario) => network(scenario, ({ duplicate }) => duplicate[0] > 0, { duplicate: never }),
  },
  {
    name: 'network reordering',
    remove: (scenario) => {
      const { reorder } = scenario.network;
      return network(scenario, (link) => link.reorder.odds[0] > 0, { reorder: { ...reorder, odds: never } });
    },
  },
  {
    name: 'clock skew',
    remove: (scenario) =>
      scenario.clocks.skewUs === 0 ? undefined : { ...scenario, clocks: { ...scenario.clocks, skewUs: 0 } },
  },
  {
    name: 'clock drift',
    remove: ({ clocks: { driftPpm = 0, ...clocks }, ...scenario }) =>
      driftPpm === 0 ? undefined : { ...scenario, clocks },
  },
  {
    name: 'buggify',
    remove: ({ buggify, ...scenario }) => (buggify === undefined ? undefined : scenario),
  },
];

function network(
  scenario: Scenario,
  has: (link: Scenario['network']) => boolean,
  calm: Partial<Scenario['network']>,
): Scenario | undefined {
  return has(scenario.network) ? { ...scenario, network: { ...scenario.network, ...calm } } : undefined;
}

/** Fewer faults are the point: a run with few of them is judged all the same. */
function judgedAlike(scenario: Scenario): Scenario {
  return { ...scenario, atLeast: { ...scenario.atLeast, faults: 0 } };
}
