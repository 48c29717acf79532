import { z } from 'zod';
import type { FaultOf } from '../../../world/spec.ts';
import { map, settled, targets } from '../notation.ts';
import { notation, writeTargets } from './notation.ts';

export const pause = notation({
  kind: 'pause',
  about: 'hosts that stop and then go on as if nothing had been',
  text: 'The world of the targets stands still while clocks go on: packets and timers wait, and then everything is late. What a long garbage collection or a sleeping laptop does.',
  examples: ['{ at: 2s, for: 3s, pause: { targets: one-client } }'],
  form: z
    .union([targets, map({ targets })])
    .transform(
      settled((value): FaultOf<'pause'> => {
        if (typeof value === 'object' && 'targets' in value) return { kind: 'pause', targets: value.targets };
        return { kind: 'pause', targets: value };
      }),
    )
    .describe('Stops the targets: packets and timers wait, clocks go on, then everything is late.'),
  write: ({ targets }) => ({ targets: writeTargets(targets) }),
});
