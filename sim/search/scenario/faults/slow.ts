import type { FaultOf } from '../../../world/spec.ts';
import { distribution, map, refuse, settled, targets } from '../notation.ts';
import { writeDistribution } from '../write-values.ts';
import { notation, writeTargets } from './notation.ts';

export const slow = notation({
  kind: 'slow',
  about: 'hosts whose processor has too much to do',
  text: 'Each event of the targets (a packet, a timer, the end of a disk operation) takes `cost` of a processor that does one thing at a time: it happens that much later, and the next one waits for it. Work that comes faster than it can be done piles up.',
  examples: ['{ at: 2s, for: 3s, slow: { targets: leader, cost: { dist: exponential, mean: 20ms } } }'],
  form: map({ targets, cost: distribution.describe('What each event takes.') })
    .transform(
      settled((value, context): FaultOf<'slow'> => {
        const { cost } = value;
        if (cost.dist === 'constant' && cost.valueUs === 0)
          return refuse(context, 'this slow fault changes nothing', { path: ['cost'] });
        return { kind: 'slow', ...value };
      }),
    )
    .describe('Each event of the targets takes this much of their processor.'),
  write: ({ targets, cost }) => ({ targets: writeTargets(targets), cost: writeDistribution(cost) }),
});
