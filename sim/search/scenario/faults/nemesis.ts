/** How the nemesis is written: what chance draws from. */
import { z } from 'zod';
import { faultRules } from '../../../world/faults/kinds.ts';
import type { FaultKind, NemesisKind, NemesisSpec } from '../../../world/spec.ts';
import { hintFor } from '../nearest.ts';
import { distribution, map, nameOf, refuse, settled, storage, targets, text, whole } from '../notation.ts';
import { formatDuration, formatPpm } from '../units.ts';
import { writeDistribution } from '../write-values.ts';
import { clockBounds } from './clock.ts';
import { faultKinds } from './kinds.ts';
import { writeTargets } from './notation.ts';

/** What a nemesis that names no kinds draws from: faults that every protocol with a majority up must live with. */
const kindsDefault = ['partition', 'packet', 'kill', 'pause', 'clock'] as const;

const weighted = z
  .union([
    nameOf('fault kind', faultKinds),
    map({
      kind: nameOf('fault kind', faultKinds),
      weight: whole(1, 1_000).prefault(1),
      variants: z
        .array(text(100))
        .min(1)
        .optional()
        .describe('Only these, of a kind that has several: `[ring, bridge]` of partition.'),
      ...clockBounds,
    }),
  ])
  .transform(
    settled((value, context): NemesisKind => {
      if (typeof value === 'string') return { kind: value, weight: 1 };
      for (const [index, variant] of (value.variants ?? []).entries()) {
        const known = variantsOf(value.kind);
        if (known.includes(variant)) continue;
        const hint = known.length === 0 ? `${value.kind} has no variants` : hintFor(variant, known);
        return refuse(context, `unknown variant "${variant}"`, { path: ['variants', index], hint });
      }
      const { offset, drift, ...kind } = value;
      for (const way of ['offset', 'drift'] as const) {
        if (value[way] === undefined) continue;
        const trouble = boundTrouble(kind, way, value[way]);
        if (trouble !== undefined)
          return refuse(context, trouble.message, { path: [way], hint: trouble.hint });
      }
      return {
        ...kind,
        ...(offset !== undefined && { offsetUsMax: offset }),
        ...(drift !== undefined && { driftPpmMax: drift }),
      };
    }),
  );

/** Why this cannot bound what a nemesis draws. */
function boundTrouble({ kind, variants }: NemesisKind, way: 'offset' | 'drift', bound: number) {
  if (kind !== 'clock')
    return { message: `${way} bounds clocks, and this is ${kind}`, hint: 'leave it away' };
  if (variants !== undefined && !variants.includes(way)) {
    return { message: `${way} is bounded, and never drawn`, hint: `name ${way} among the variants` };
  }
  if (bound > 0) return undefined;
  if (bound < 0) return { message: `${way} goes both ways, up to this`, hint: 'leave the minus away' };
  const others = variantsOf(kind).filter((variant) => variant !== way);
  return {
    message: `with a bound of 0 no ${way} is left to draw`,
    hint: `variants: [${others.join(', ')}] leaves it out`,
  };
}

const variantsOf = (kind: FaultKind): readonly string[] => faultRules[kind].variants ?? [];

export const nemesis = map({
  faults: z
    .array(weighted)
    .min(1)
    .prefault([...kindsDefault])
    .superRefine((value, context) => {
      for (const [index, { kind }] of value.entries()) {
        const first = value.findIndex((other) => other.kind === kind);
        if (first < index)
          refuse(context, `${kind} is named twice`, { path: [index], hint: 'give it a weight' });
      }
    })
    .describe('The kinds to draw from; a kind of weight 3 is drawn three times as often.'),
  every: distribution
    .prefault({ dist: 'exponential', mean: '2s' })
    .describe('Time between the starts of two faults.'),
  lasts: distribution
    .prefault({ dist: 'uniform', min: '500ms', max: '3s' })
    .describe('How long one fault lasts.'),
  targets: z
    .array(targets)
    .min(1)
    .prefault(['one', 'minority', 'leader'])
    .describe('Each fault falls on one of these.'),
  budget: map({
    down: nameOf('budget', ['minority', 'none'])
      .prefault('minority')
      .describe('`minority`: a majority of servers is always up; `none`: unrestricted.'),
    damage: nameOf('budget', ['none', 'recoverable', 'any'])
      .prefault('recoverable')
      .describe(
        'What may become of synced data: nothing; what a careful reader notices, on a minority of the servers; anything (then only safety is judged, not what comes *eventually*).',
      ),
  }).prefault({}),
  storage: z
    .array(storage)
    .min(1)
    .optional()
    .describe('What kills do to the disks; `keep`, and three times as often `lose-unsynced`, unless given.'),
  swarm: z
    .boolean()
    .prefault(false)
    .describe('Each seed switches some of the kinds off, and draws how often and how long they strike.'),
})
  .transform(
    settled(
      ({ budget, swarm, storage, ...value }): NemesisSpec => ({
        ...value,
        ...(storage !== undefined && { storage }),
        down: budget.down,
        damage: budget.damage,
        swarm,
      }),
    ),
  )
  .describe('Chance as an adversary: draws faults during the safety phase.');

export const writeNemesis = (spec: NemesisSpec): z.input<typeof nemesis> => ({
  faults: spec.faults.map(({ variants, offsetUsMax, driftPpmMax, ...kind }) => ({
    ...kind,
    ...(variants && { variants: [...variants] }),
    ...(offsetUsMax !== undefined && { offset: formatDuration(offsetUsMax) }),
    ...(driftPpmMax !== undefined && { drift: formatPpm(driftPpmMax) }),
  })),
  every: writeDistribution(spec.every),
  lasts: writeDistribution(spec.lasts),
  targets: spec.targets.map(writeTargets),
  budget: { down: spec.down, damage: spec.damage ?? 'recoverable' },
  ...(spec.storage !== undefined && { storage: [...spec.storage] }),
  swarm: spec.swarm ?? false,
});
