/** How one line of the script is written: what breaks, and when. */
import { z } from 'zod';
import type { Fault, FaultKind, TimedFault, Trigger } from '../../../world/spec.ts';
import {
  distribution,
  duration,
  hostId,
  map,
  nameOf,
  positiveDuration,
  refuse,
  settled,
  text,
  whole,
} from '../notation.ts';
import { formatDuration } from '../units.ts';
import { writeDistribution } from '../write-values.ts';
import { faultKinds, faultNotations, notationOf } from './kinds.ts';
import { oneOf, only } from './notation.ts';

type Forms = { [K in FaultKind]: z.ZodOptional<(typeof faultNotations)[K]['form']> };

const forms = Object.fromEntries(
  faultKinds.map((kind) => [kind, faultNotations[kind].form.optional()]),
) as Forms;

const trigger = z
  .union([
    text(200),
    map({
      event: text(200)
        .optional()
        .describe('What a program logs, or the world does: `leader elected`, `boot`.'),
      state: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
        .optional()
        .describe('What a host exposes from now on: `{ role: leader }`.'),
      host: hostId.optional().describe('Only on this host.'),
    }),
  ])
  .transform(
    settled((value, context): Trigger => {
      if (typeof value === 'string') return { event: value };
      const { event, state, host } = value;
      const where = host === undefined ? {} : { host };
      if (event !== undefined && state === undefined) return { event, ...where };
      if (event === undefined && state !== undefined && Object.keys(state).length > 0)
        return { state, ...where };
      return refuse(context, 'a trigger is either an event or a state', {
        hint: 'when: leader elected, or when: { state: { role: leader } }',
      });
    }),
  )
  .describe('Strikes when this happens, instead of at a time.');

const kindKeys = map({ ...forms });

export const timedFault = map({
  at: duration.optional().describe('Since the start of the run; with `every` or `when`: not before this.'),
  every: distribution.optional().describe('Strikes again and again, with this time in between.'),
  when: trigger.optional(),
  after: duration.optional().describe('How long after what `when` names.'),
  times: whole(1, 1_000_000).optional().describe('How often at most, with `every` or `when`.'),
  for: positiveDuration.optional().describe('Undone after this time; without it at the recovery phase.'),
  ...kindKeys.shape,
  damage: nameOf('damage', ['none', 'recoverable', 'any'])
    .optional()
    .describe('What it may destroy of synced data, as in the budget of a nemesis; anything unless given.'),
  label: text(200)
    .optional()
    .describe(
      'What its draws are labelled with, instead of the number of the line: keeps them when lines move.',
    ),
  restartAfter: positiveDuration.optional().describe('How long after a kill the targets start again.'),
})
  .meta({ oneOf: oneOf(faultKinds) })
  .transform(
    settled((value, context): TimedFault => {
      const kind = only(value, faultKinds, 'the kind of the fault', context);
      const when = kind && moment(value, context);
      if (kind === undefined || when === undefined) return z.NEVER;
      const { for: forUs, restartAfter: restartAfterUs, label, damage } = value;
      const named = label === undefined ? {} : { label };
      const budget = damage === undefined ? {} : { damage };
      const fault: Fault = value[kind]!;
      if (restartAfterUs === undefined)
        return { ...when, ...(forUs !== undefined && { forUs }), ...named, ...budget, fault };
      if (fault.kind !== 'kill')
        return refuse(context, 'only a kill has restartAfter', { path: ['restartAfter'] });
      if (forUs !== undefined) {
        const hint = 'both say when the targets start again';
        return refuse(context, 'a kill has either for or restartAfter', { path: ['restartAfter'], hint });
      }
      return { ...when, ...named, ...budget, fault: { ...fault, restartAfterUs } };
    }),
  )
  .meta({ id: 'TimedFault', description: 'One line of the script.' });

type Moment = Pick<TimedFault, 'atUs' | 'every' | 'when' | 'afterUs' | 'times'>;

function moment(
  value: {
    readonly at?: number | undefined;
    readonly every?: TimedFault['every'] | undefined;
    readonly when?: Trigger | undefined;
    readonly after?: number | undefined;
    readonly times?: number | undefined;
  },
  context: z.core.$RefinementCtx,
): Moment | undefined {
  const { at, every, when, after, times } = value;
  if (at === undefined && every === undefined && when === undefined) {
    return refuse(context, 'it does not say when', { path: ['at'], hint: 'write at, every or when' });
  }
  if (every !== undefined && when !== undefined) {
    return refuse(context, 'every and when are two answers to one question', { path: ['when'] });
  }
  if (after !== undefined && when === undefined) {
    return refuse(context, 'after goes with when only', { path: ['after'] });
  }
  if (times !== undefined && every === undefined && when === undefined) {
    return refuse(context, 'times goes with every or when', { path: ['times'] });
  }
  return {
    ...(at !== undefined && { atUs: at }),
    ...(every !== undefined && { every }),
    ...(when !== undefined && { when }),
    ...(after !== undefined && { afterUs: after }),
    ...(times !== undefined && { times }),
  };
}

type WrittenFault = z.input<typeof timedFault>;

export function writeTimedFault(line: TimedFault): WrittenFault {
  const { atUs, every, when, afterUs, times, forUs, label, damage, fault } = line;
  const restartAfterUs = fault.kind === 'kill' ? fault.restartAfterUs : undefined;
  return {
    ...(atUs !== undefined && { at: formatDuration(atUs) }),
    ...(every !== undefined && { every: writeDistribution(every) }),
    ...(when !== undefined && { when: { ...when } }),
    ...(afterUs !== undefined && { after: formatDuration(afterUs) }),
    ...(times !== undefined && { times }),
    ...(forUs !== undefined && { for: formatDuration(forUs) }),
    ...(label !== undefined && { label }),
    ...(damage !== undefined && { damage }),
    [fault.kind]: notationOf(fault.kind).write(fault),
    ...(restartAfterUs !== undefined && { restartAfter: formatDuration(restartAfterUs) }),
  } as WrittenFault;
}
