import { z } from 'zod';
import type { FaultOf } from '../../../world/spec.ts';
import { hostList, map, nameOf, settled, targets } from '../notation.ts';
import { among, notation, oneOf, only, writeTargets } from './notation.ts';

const changes = ['add', 'remove', 'replace'] as const;

export const members = notation({
  kind: 'members',
  about: 'servers that join the cluster and leave it',
  text: 'An operator adds spare servers (`spares: 2`) to the cluster, removes some of its members, or replaces them: then a spare one joins before the old one leaves. It uses the library of the protocol, changes one server at a time, and tries again until that is done or the recovery phase begins. What has changed stays so. A nemesis whose budget keeps a majority up never makes the cluster smaller than it was at the start, and where members change the recovery core is a majority of the members there are then.',
  examples: [
    '{ at: 2s, members: { add: one-spare } }',
    '{ at: 2s, members: { add: [n4, n5] } }',
    '{ at: 2s, members: { remove: leader } }',
    '{ at: 2s, members: { replace: [n1] } }',
  ],
  form: map({
    add: z.union([nameOf('spare server', ['one-spare']), hostList]).optional(),
    remove: targets.optional(),
    replace: targets.optional().describe('A spare server joins for each of them before it leaves.'),
  })
    .meta({ oneOf: oneOf(changes) })
    .transform(
      settled((value, context): FaultOf<'members'> => {
        const change = only(value, changes, 'what happens to the members', context);
        if (change === undefined) return z.NEVER;
        if (change === 'add') return { kind: 'members', change, servers: value.add! };
        return { kind: 'members', change, targets: value[change]! };
      }),
    )
    .describe('Servers join the cluster or leave it, for good.'),
  write(fault) {
    if (fault.change !== 'add') return { [fault.change]: writeTargets(fault.targets) };
    return { add: fault.servers === 'one-spare' ? fault.servers : [...fault.servers] };
  },
  mentions: (fault, path) =>
    fault.change === 'add'
      ? among(fault.servers === 'one-spare' ? [] : fault.servers, [...path, 'add'])
      : among(fault.targets, [...path, fault.change]),
});
