import type { FaultOf } from '../../../world/spec.ts';
import { map, refuse, settled, signedDuration, targets } from '../notation.ts';
import { formatDuration } from '../units.ts';
import { notation, writeTargets } from './notation.ts';

export const clock = notation({
  kind: 'clock',
  about: 'wall clocks that jump',
  text: 'Moves the wall clock of the targets forward or back; it is moved back at the end. Timers follow the monotonic clock and are not touched.',
  examples: ['{ at: 2s, for: 3s, clock: { targets: one, offset: -30s } }'],
  form: map({ targets, offset: signedDuration })
    .transform(
      settled((value, context): FaultOf<'clock'> => {
        if (value.offset === 0)
          return refuse(context, 'this clock fault changes nothing', { path: ['offset'] });
        return { kind: 'clock', targets: value.targets, offsetUs: value.offset };
      }),
    )
    .describe('Moves the wall clock of the targets, and back when the fault ends.'),
  write: ({ targets, offsetUs }) => ({ targets: writeTargets(targets), offset: formatDuration(offsetUs) }),
});
