/** How faults are written: a script of them, and a nemesis that draws them. */
import { z } from 'zod';
import type { Fault, FaultKind, NemesisSpec, TimedFault } from '../../world/spec.ts';
import { listed } from './nearest.ts';
import {
  distribution,
  duration,
  hostList,
  map,
  nameOf,
  odds,
  positiveDuration,
  refuse,
  settled,
  signedDuration,
  targets,
  whole,
} from './notation.ts';

export const FAULT_KINDS = [
  'partition',
  'packet',
  'kill',
  'pause',
  'clock',
] as const satisfies readonly FaultKind[];
const PARTITION_SHAPES = ['groups', 'one-way', 'isolate'] as const;

/** For editors: exactly one of these keys. */
const oneOf = (keys: readonly string[]) =>
  keys.map((key) => ({ type: 'object', properties: { [key]: {} }, required: [key] }));

/** The one key of `of` that `value` has; refuses none and several. */
function only<K extends string>(
  value: { readonly [key in K]?: unknown },
  of: readonly K[],
  noun: string,
  context: z.core.$RefinementCtx,
): K | undefined {
  const present = of.filter((key) => value[key] !== undefined);
  if (present.length === 0) refuse(context, `${noun} is missing`, { hint: `one of ${listed(of, 'or')}` });
  if (present.length > 1) {
    refuse(context, `${listed(present)} are two faults`, {
      path: [present[1]!],
      hint: 'write one entry each',
    });
  }
  return present.length === 1 ? present[0] : undefined;
}

const groups = z
  .array(hostList)
  .min(2)
  .superRefine((value, context) => {
    const seen = new Map<string, number>();
    for (const [group, hosts] of value.entries()) {
      for (const [index, host] of hosts.entries()) {
        const before = seen.get(host) ?? group;
        if (before !== group) refuse(context, `host "${host}" is in two groups`, { path: [group, index] });
        seen.set(host, before);
      }
    }
  })
  .describe('A host in no group is cut off from none.');

const partition = z
  .union([
    nameOf('partition', ['halves'], PARTITION_SHAPES),
    map({
      groups: groups.optional(),
      'one-way': map({ from: targets, to: targets }).optional().describe('Packets from … to … vanish.'),
      isolate: targets.optional().describe('Cut off from all other servers, and each other.'),
    }).meta({ oneOf: oneOf(PARTITION_SHAPES) }),
  ])
  .transform(
    settled((value, context): Fault => {
      if (value === 'halves') return { kind: 'partition', shape: 'halves' };
      const shape = only(value, PARTITION_SHAPES, 'the shape of the partition', context);
      if (shape === 'groups') return { kind: 'partition', shape, groups: value.groups! };
      if (shape === 'one-way') return { kind: 'partition', shape, ...value['one-way']! };
      return shape === undefined ? z.NEVER : { kind: 'partition', shape, targets: value.isolate! };
    }),
  )
  .describe('`halves` is two random groups of servers, a bare majority and the rest.');

const packet = map({
  targets,
  loss: odds.prefault('0%').describe('Odds that a packet vanishes, besides those of the link.'),
  duplicate: odds.prefault('0%').describe('Odds that a packet arrives twice.'),
  delay: distribution.prefault('0s').describe('Added to the latency of the link.'),
})
  .transform(
    settled((value, context): Fault => {
      const { loss, duplicate, delay } = value;
      const idle = loss[0] === 0 && duplicate[0] === 0 && delay.dist === 'constant' && delay.valueUs === 0;
      if (!idle) return { kind: 'packet', ...value };
      return refuse(context, 'this packet fault changes nothing', {
        hint: 'give it loss, duplicate or delay',
      });
    }),
  )
  .describe('Adds to what the links do, on all links from or to the targets.');

const kill = z
  .union([
    targets,
    map({ targets, storage: nameOf('storage', ['lose-unsynced', 'keep']).prefault('lose-unsynced') }),
  ])
  .transform(
    settled((value): Fault => {
      if (typeof value === 'object' && 'storage' in value) return { kind: 'kill', ...value };
      return { kind: 'kill', targets: value, storage: 'lose-unsynced' };
    }),
  )
  .describe(
    'Memory is lost; of the unsynced writes a drawn prefix survives, or with `storage: keep` all of them.',
  );

const pause = z
  .union([targets, map({ targets })])
  .transform(
    settled((value): Fault => {
      if (typeof value === 'object' && 'targets' in value) return { kind: 'pause', targets: value.targets };
      return { kind: 'pause', targets: value };
    }),
  )
  .describe('Stops the targets: packets and timers wait, clocks go on, then everything is late.');

const clock = map({ targets, offset: signedDuration })
  .transform(
    settled((value, context): Fault => {
      if (value.offset === 0)
        return refuse(context, 'this clock fault changes nothing', { path: ['offset'] });
      return { kind: 'clock', targets: value.targets, offsetUs: value.offset };
    }),
  )
  .describe('Moves the wall clock of the targets, and back when the fault ends.');

export const timedFault = map({
  at: duration.describe('Since the start of the run.'),
  for: positiveDuration.optional().describe('Undone after this time; without it at the recovery phase.'),
  partition: partition.optional(),
  packet: packet.optional(),
  kill: kill.optional(),
  pause: pause.optional(),
  clock: clock.optional(),
  restartAfter: positiveDuration.optional().describe('How long after a kill the targets start again.'),
})
  .meta({ oneOf: oneOf(FAULT_KINDS) })
  .transform(
    settled((value, context): TimedFault => {
      const kind = only(value, FAULT_KINDS, 'the kind of the fault', context);
      if (kind === undefined) return z.NEVER;
      const { at: atUs, for: forUs, restartAfter: restartAfterUs } = value;
      const fault = value[kind]!;
      if (restartAfterUs === undefined) return { atUs, ...(forUs !== undefined && { forUs }), fault };
      if (fault.kind !== 'kill')
        return refuse(context, 'only a kill has restartAfter', { path: ['restartAfter'] });
      if (forUs !== undefined) {
        const hint = 'both say when the targets start again';
        return refuse(context, 'a kill has either for or restartAfter', { path: ['restartAfter'], hint });
      }
      return { atUs, fault: { ...fault, restartAfterUs } };
    }),
  )
  .meta({ id: 'TimedFault', description: 'One line of the script.' });

const weighted = z
  .union([
    nameOf('fault kind', FAULT_KINDS),
    map({ kind: nameOf('fault kind', FAULT_KINDS), weight: whole(1, 1_000) }),
  ])
  .transform(settled((value) => (typeof value === 'string' ? { kind: value, weight: 1 } : value)));

export const nemesis = map({
  faults: z
    .array(weighted)
    .min(1)
    .prefault([...FAULT_KINDS])
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
  }).prefault({}),
})
  .transform(settled(({ budget, ...value }): NemesisSpec => ({ ...value, down: budget.down })))
  .describe('Chance as an adversary: draws faults during the safety phase.');
