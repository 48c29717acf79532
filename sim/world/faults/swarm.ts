/**
 * Swarm testing (Groce et al., *Swarm Testing*, ISSTA 2012): each seed leaves some kinds of faults out and draws its own
 * intensities, for a run in which everything breaks at once hides what only some of it would show.
 */
import type { Choices } from '../../kernel/choices.ts';
import type { Distribution, NemesisSpec } from '../spec.ts';

/** What a seed made of a nemesis. */
export interface Swarm {
  readonly spec: NemesisSpec;
  /** In words, for reports: which kinds are on, and how often and how long faults strike. */
  readonly drawn: Readonly<Record<string, string>>;
}

/** Times as often, or as long: numerators over 4. 0 is calm: seldom and short. */
const gapsIn4ths = [16, 8, 4, 2, 1];
const lengthsIn4ths = [1, 2, 4, 8];

export function drawSwarm(spec: NemesisSpec, choices: Choices): Swarm {
  const draw = choices.stream('swarm');
  const switched = spec.faults.filter(() => draw.below(2) === 1);
  const faults = (switched.length > 0 ? switched : [draw.pick(spec.faults)]).map((kind) => ({
    ...kind,
    weight: kind.weight * (1 + draw.below(4)),
  }));
  const gap = draw.pick(gapsIn4ths);
  const length = draw.pick(lengthsIn4ths);
  return {
    spec: { ...spec, faults, every: scaled(spec.every, gap), lasts: scaled(spec.lasts, length) },
    drawn: {
      'fault kinds': faults.map(({ kind, weight }) => (weight === 1 ? kind : `${kind}×${weight}`)).join(', '),
      'time between faults': `×${gap / 4}`,
      'length of faults': `×${length / 4}`,
    },
  };
}

/** The distribution with every duration in it multiplied by a number of quarters. */
function scaled(distribution: Distribution, quarters: number): Distribution {
  const times = (us: number) => Math.round((us * quarters) / 4);
  const entries = Object.entries(distribution).map(([key, value]) =>
    key.endsWith('Us') ? [key, times(value as number)] : [key, value],
  );
  return Object.fromEntries(entries) as Distribution;
}
