import { z } from 'zod';
import type { FaultOf } from '../../../world/spec.ts';
import { duration, map, nameOf, ppm, refuse, settled, signedDuration, targets } from '../notation.ts';
import { formatDuration, formatPpm } from '../units.ts';
import { notation, only, writeTargets } from './notation.ts';

const ways = ['offset', 'drift', 'freeze'] as const;

/** What a nemesis may bound of the clocks that it makes wrong. */
export const clockBounds = {
  offset: duration.optional().describe('Of clocks: no jump is wider than this, forward or back.'),
  drift: ppm.optional().describe('Of clocks: none is made faster or slower by more than this.'),
};

export const clock = notation({
  kind: 'clock',
  about: 'clocks that jump, run fast or slow, or stand still',
  text: 'With `offset` the wall clock of the targets jumps forward or back, and back again at the end (unless a time service has noticed). With `drift` wall and monotonic clock, and so every timer, run faster or slower by that rate. With `freeze` the wall clock stands still, and jumps to where it should be at the end. The monotonic clock never goes back whatever happens. The interval clock becomes wide enough to stay true; with `bound: broken` it does not notice. A nemesis draws jumps of up to a minute and rates of up to 200000ppm, unless `{ kind: clock, offset: 2s, drift: 500ppm }` bounds them: what a protocol promises of clocks that run at about one rate is judged on clocks that do. With a bound the nemesis leaves a clock alone that a fault has made wrong already, for the two would add up. `offset` bounds no clock that stands still: that is off by as long as it stands.',
  examples: [
    '{ at: 2s, for: 3s, clock: { targets: one, offset: -30s } }',
    '{ at: 2s, for: 3s, clock: { targets: leader, drift: 200000ppm } }',
    '{ at: 2s, for: 3s, clock: { targets: [n1], freeze: true } }',
    '{ at: 2s, for: 3s, clock: { targets: one, offset: 5s, bound: broken } }',
  ],
  form: map({
    targets,
    offset: signedDuration.optional().describe('The wall clock jumps by this.'),
    drift: ppm.optional().describe('Wall and monotonic clock run faster, or slower, by this.'),
    freeze: z.literal(true).optional().describe('The wall clock stands still.'),
    bound: nameOf('bound', ['kept', 'broken'])
      .prefault('kept')
      .describe('`broken`: the interval clock promises a bound that is not true.'),
  })
    .transform(
      settled((value, context): FaultOf<'clock'> => {
        const way = only(value, ways, 'what becomes of the clock', context);
        const { targets, offset, drift, bound } = value;
        const common = { kind: 'clock', targets, ...(bound === 'broken' && { bound }) } as const;
        if (way === undefined) return z.NEVER;
        if (way === 'freeze') return { ...common, freeze: true };
        if (value[way] === 0) return refuse(context, 'this clock fault changes nothing', { path: [way] });
        return way === 'offset' ? { ...common, offsetUs: offset! } : { ...common, driftPpm: drift! };
      }),
    )
    .describe('Wrong clocks, put right when the fault ends.'),
  write(fault) {
    const common = {
      targets: writeTargets(fault.targets),
      ...(fault.bound === 'broken' && { bound: fault.bound }),
    };
    if ('offsetUs' in fault) return { ...common, offset: formatDuration(fault.offsetUs) };
    return 'driftPpm' in fault
      ? { ...common, drift: formatPpm(fault.driftPpm) }
      : { ...common, freeze: true as const };
  },
});
