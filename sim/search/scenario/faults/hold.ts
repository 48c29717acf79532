import { z } from 'zod';
import type { FaultOf } from '../../../world/spec.ts';
import { map, nameOf, settled, targets } from '../notation.ts';
import { notation, writeTargets } from './notation.ts';

export const hold = notation({
  kind: 'hold',
  about: 'links that are clogged, and then let everything through',
  text: 'Packets that arrive from or at the targets wait until the fault ends: nothing is lost, everything is late. Then they all come at once, in the order in which they came (`release: in-order`, the default) or in any order (`at-once`). What is held for hosts outside the recovery core stays held.',
  examples: [
    '{ at: 2s, for: 3s, hold: leader }',
    '{ at: 2s, for: 3s, hold: { targets: minority, release: at-once } }',
  ],
  form: z
    .union([
      targets,
      map({ targets, release: nameOf('release', ['in-order', 'at-once']).prefault('in-order') }),
    ])
    .transform(
      settled((value): FaultOf<'hold'> => {
        if (typeof value === 'object' && 'targets' in value) return { kind: 'hold', ...value };
        return { kind: 'hold', targets: value, release: 'in-order' };
      }),
    )
    .describe('What arrives from or at the targets waits for the end of the fault.'),
  write: ({ targets, release }) => ({ targets: writeTargets(targets), release }),
});
