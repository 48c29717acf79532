import { z } from 'zod';
import type { DiskTrouble, FaultOf } from '../../../world/spec.ts';
import { distribution, map, nameOf, odds, refuse, settled, targets, whole } from '../notation.ts';
import { formatOdds } from '../units.ts';
import { writeDistribution } from '../write-values.ts';
import { notation, oneOf, only, writeTargets } from './notation.ts';

const shapes = ['slow', 'io-error', 'full', 'corrupt', 'misdirect', 'lie'] as const;
const operations = ['read', 'write', 'sync', 'all'] as const;
const rots = ['transient', 'stored'] as const;

const someOdds = odds.transform(
  settled((value, context) =>
    value[0] > 0 ? value : refuse(context, 'odds of 0 change nothing here', { hint: 'write more than 0%' }),
  ),
);

const slow = z
  .union([
    distribution,
    map({
      factor: whole(1, 1_000).prefault(1).describe('Everything takes this many times as long.'),
      delay: distribution.prefault('0s').describe('And then this much longer.'),
    }),
  ])
  .transform(
    settled((value, context): DiskTrouble => {
      const { delay, factor } = 'dist' in value ? { delay: value, factor: 1 } : value;
      if (factor > 1 || delay.dist !== 'constant' || delay.valueUs > 0)
        return { shape: 'slow', delay, factor };
      return refuse(context, 'this disk is as fast as before', { hint: 'give it a factor or a delay' });
    }),
  )
  .describe('Every operation takes this much longer; or a factor, a delay, or both.');

const ioError = z
  .union([someOdds, map({ odds: someOdds, on: nameOf('operation', operations).prefault('all') })])
  .transform(
    settled((value): DiskTrouble => {
      if ('on' in value) return { shape: 'io-error', ...value };
      return { shape: 'io-error', odds: value, on: 'all' };
    }),
  )
  .describe('Odds that an operation fails; `on` says which: read, write, sync or all.');

const corrupt = z
  .union([someOdds, map({ odds: someOdds, rot: nameOf('rot', rots).prefault('transient') })])
  .transform(
    settled((value): DiskTrouble => {
      if ('rot' in value) return { shape: 'corrupt', ...value };
      return { shape: 'corrupt', odds: value, rot: 'transient' };
    }),
  )
  .describe('Odds that a read returns a wrong byte: only that read, or with `rot: stored` every later one.');

export const disk = notation({
  kind: 'disk',
  about: 'disks that are slow, full, broken, forgetful, or wrong',
  text: '`slow`: operations take longer. `io-error`: they fail; after a failed sync what it should have made durable is lost with the power, though readers still see it and later syncs succeed, as on Linux. `full`: no file can grow. `corrupt`: reads return wrong bytes, once or for good. `misdirect`: writes land in another place. `lie`: syncs succeed and make nothing durable. A program that does not catch the error of its disk ends, and is booted again a second later. A nemesis damages synced data as far as its budget allows: with `damage: recoverable` only what a reader can notice, and only on a minority of the servers; it lies with `damage: any` only.',
  examples: [
    '{ at: 2s, for: 3s, disk: { targets: leader, slow: 100ms } }',
    '{ at: 2s, for: 3s, disk: { targets: one, slow: { factor: 20, delay: { dist: exponential, mean: 5ms } } } }',
    '{ at: 2s, for: 3s, disk: { targets: minority, io-error: { odds: 10%, on: sync } } }',
    '{ at: 2s, for: 3s, disk: { targets: one, full: true } }',
    '{ at: 2s, for: 3s, disk: { targets: [n1], corrupt: { odds: 5%, rot: stored } } }',
    '{ at: 2s, for: 3s, disk: { targets: [n1], misdirect: 5% } }',
    '{ at: 2s, for: 3s, disk: { targets: all, lie: true } }',
  ],
  form: map({
    targets,
    slow: slow.optional(),
    'io-error': ioError.optional(),
    full: z.literal(true).optional().describe('What would make a file longer fails.'),
    corrupt: corrupt.optional(),
    misdirect: someOdds.optional().describe('Odds that a write lands elsewhere.'),
    lie: z.literal(true).optional().describe('Syncs succeed and make nothing durable.'),
  })
    .meta({ oneOf: oneOf(shapes) })
    .transform(
      settled((value, context): FaultOf<'disk'> => {
        const shape = only(value, shapes, 'what is wrong with the disk', context);
        if (shape === undefined) return z.NEVER;
        const { targets } = value;
        if (shape === 'full' || shape === 'lie') return { kind: 'disk', targets, shape };
        if (shape === 'misdirect') return { kind: 'disk', targets, shape, odds: value.misdirect! };
        return { kind: 'disk', targets, ...value[shape]! };
      }),
    )
    .describe('What goes wrong on the disks of the targets: one of the kinds.'),
  write: (fault) => ({ targets: writeTargets(fault.targets), ...written(fault) }),
});

function written(fault: DiskTrouble) {
  switch (fault.shape) {
    case 'slow':
      return { slow: { factor: fault.factor, delay: writeDistribution(fault.delay) } };
    case 'io-error':
      return { 'io-error': { odds: formatOdds(fault.odds), on: fault.on } };
    case 'full':
      return { full: true as const };
    case 'corrupt':
      return { corrupt: { odds: formatOdds(fault.odds), rot: fault.rot } };
    case 'misdirect':
      return { misdirect: formatOdds(fault.odds) };
    case 'lie':
      return { lie: true as const };
  }
}
