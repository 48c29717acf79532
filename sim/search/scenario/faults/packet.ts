import type { FaultOf } from '../../../world/spec.ts';
import { distribution, map, odds, refuse, settled, targets } from '../notation.ts';
import { formatOdds } from '../units.ts';
import { writeDistribution } from '../write-values.ts';
import { notation, writeTargets } from './notation.ts';

export const packet = notation({
  kind: 'packet',
  about: 'links that lose, repeat and delay',
  text: 'Adds loss, duplication and delay to all links from or to the targets, on top of what `network` says.',
  examples: ['{ at: 2s, for: 3s, packet: { targets: minority, loss: 20%, duplicate: 5%, delay: 50ms } }'],
  form: map({
    targets,
    loss: odds.prefault('0%').describe('Odds that a packet vanishes, besides those of the link.'),
    duplicate: odds.prefault('0%').describe('Odds that a packet arrives twice.'),
    delay: distribution.prefault('0s').describe('Added to the latency of the link.'),
  })
    .transform(
      settled((value, context): FaultOf<'packet'> => {
        const { loss, duplicate, delay } = value;
        const idle = loss[0] === 0 && duplicate[0] === 0 && delay.dist === 'constant' && delay.valueUs === 0;
        if (!idle) return { kind: 'packet', ...value };
        return refuse(context, 'this packet fault changes nothing', {
          hint: 'give it loss, duplicate or delay',
        });
      }),
    )
    .describe('Adds to what the links do, on all links from or to the targets.'),
  write: ({ targets, loss, duplicate, delay }) => ({
    targets: writeTargets(targets),
    loss: formatOdds(loss),
    duplicate: formatOdds(duplicate),
    delay: writeDistribution(delay),
  }),
});
