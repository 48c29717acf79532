import type { FaultOf } from '../../../world/spec.ts';
import { distribution, map, odds, refuse, reorder, settled, targets } from '../notation.ts';
import { formatOdds } from '../units.ts';
import { writeDistribution, writeReorder } from '../write-values.ts';
import { notation, writeTargets } from './notation.ts';

export const packet = notation({
  kind: 'packet',
  about: 'links that lose, repeat, delay, reorder and corrupt',
  text: 'Adds loss, duplication, delay, reordering and flipped bits to all links from or to the targets, on top of what `network` says. A receiving host drops what is corrupt; with `network: { checksums: false }` the program gets it, with one value changed.',
  examples: [
    '{ at: 2s, for: 3s, packet: { targets: minority, loss: 20%, duplicate: 5%, delay: 50ms } }',
    '{ at: 2s, for: 3s, packet: { targets: one, reorder: { odds: 30%, by: 20ms } } }',
    '{ at: 2s, for: 3s, packet: { targets: leader, corrupt: 5% } }',
  ],
  form: map({
    targets,
    loss: odds.prefault('0%').describe('Odds that a packet vanishes, besides those of the link.'),
    duplicate: odds.prefault('0%').describe('Odds that a packet arrives twice.'),
    delay: distribution.prefault('0s').describe('Added to the latency of the link.'),
    reorder: reorder.optional(),
    corrupt: odds.optional().describe('Odds that a bit of a packet flips on the way.'),
  })
    .transform(
      settled((value, context): FaultOf<'packet'> => {
        const { loss, duplicate, delay, reorder, corrupt } = value;
        const chances = [loss, duplicate, reorder?.odds, corrupt];
        const idle = chances.every((odds) => odds === undefined || odds[0] === 0);
        if (!idle || delay.dist !== 'constant' || delay.valueUs > 0) return { kind: 'packet', ...value };
        return refuse(context, 'this packet fault changes nothing', {
          hint: 'give it loss, duplicate, delay, reorder or corrupt',
        });
      }),
    )
    .describe('Adds to what the links do, on all links from or to the targets.'),
  write: ({ targets, loss, duplicate, delay, reorder, corrupt }) => ({
    targets: writeTargets(targets),
    loss: formatOdds(loss),
    duplicate: formatOdds(duplicate),
    delay: writeDistribution(delay),
    ...(reorder && { reorder: writeReorder(reorder) }),
    ...(corrupt && { corrupt: formatOdds(corrupt) }),
  }),
});
