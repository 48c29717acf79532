import type { FaultOf } from '../../../world/spec.ts';
import { bandwidthKeys, bandwidthOf, map, settled, targets } from '../notation.ts';
import { writeBandwidth } from '../write-values.ts';
import { notation, writeTargets } from './notation.ts';

export const bandwidth = notation({
  kind: 'bandwidth',
  about: 'links that carry little: packets queue, are late, and are dropped where a queue is full',
  text: 'Each direction of each link from or to the targets sends one packet after the other, at this rate. A packet that finds it busy waits in a queue, and is dropped if the queue is full. A packet is as long as its message, counted roughly as JSON, and 64 bytes. At the end what still waits goes on its way.',
  examples: ['{ at: 2s, for: 3s, bandwidth: { targets: leader, rate: 20KB/s, queue: 8KB } }'],
  form: map({ targets, ...bandwidthKeys })
    .transform(
      settled(
        ({ targets, ...value }): FaultOf<'bandwidth'> => ({
          kind: 'bandwidth',
          targets,
          ...bandwidthOf(value),
        }),
      ),
    )
    .describe('Narrows all links from or to the targets, besides what `network` says.'),
  write: ({ targets, ...value }) => ({ targets: writeTargets(targets), ...writeBandwidth(value) }),
});
