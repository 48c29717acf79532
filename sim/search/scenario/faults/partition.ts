import { z } from 'zod';
import type { FaultOf } from '../../../world/spec.ts';
import { hostList, map, nameOf, refuse, settled, targets } from '../notation.ts';
import { among, notation, oneOf, only, writeTargets } from './notation.ts';

const shapes = ['groups', 'one-way', 'isolate'] as const;
/** Those that say all there is to say by their name. */
const names = ['halves', 'bridge', 'ring', 'random'] as const;

const groups = z
  .array(hostList)
  .min(2)
  .superRefine((value, context) => {
    const seen = new Map<string, number>();
    for (const [group, hosts] of value.entries()) {
      for (const [index, host] of hosts.entries()) {
        const before = seen.get(host) ?? group;
        if (before !== group) refuse(context, `host "${host}" is in two groups`, { path: [group, index] });
        seen.set(host, before);
      }
    }
  })
  .describe('A host in no group is cut off from none.');

export const partition = notation({
  kind: 'partition',
  about: 'hosts that cannot reach each other',
  text: 'Packets between the sides vanish, also those under way (with `network: { partitions: send }` those under way arrive). A partition may work in one direction only. `halves` puts a bare majority on one side; `bridge` leaves one server that reaches both halves; with `ring` every server hears a majority of its own and no two hear the same one; `random` cuts a third of all directions between servers. It heals after `for`, or at the recovery phase.',
  examples: [
    '{ at: 2s, for: 3s, partition: { groups: [[n1, n2], [n3]] } }',
    '{ at: 2s, for: 3s, partition: { isolate: leader } }',
    '{ at: 2s, for: 3s, partition: { one-way: { from: [n1], to: [n2, n3] } } }',
    '{ at: 2s, for: 3s, partition: halves }',
    '{ at: 2s, for: 3s, partition: ring }',
    '{ at: 2s, for: 3s, partition: bridge }',
    '{ at: 2s, for: 3s, partition: random }',
  ],
  form: z
    .union([
      nameOf('partition', names, shapes),
      map({
        groups: groups.optional(),
        'one-way': map({ from: targets, to: targets }).optional().describe('Packets from … to … vanish.'),
        isolate: targets.optional().describe('Cut off from all other servers, and each other.'),
      }).meta({ oneOf: oneOf(shapes) }),
    ])
    .transform(
      settled((value, context): FaultOf<'partition'> => {
        if (typeof value === 'string') return { kind: 'partition', shape: value };
        const shape = only(value, shapes, 'the shape of the partition', context);
        if (shape === 'groups') return { kind: 'partition', shape, groups: value.groups! };
        if (shape === 'one-way') return { kind: 'partition', shape, ...value['one-way']! };
        return shape === undefined ? z.NEVER : { kind: 'partition', shape, targets: value.isolate! };
      }),
    )
    .describe(
      '`halves`: two random groups of servers, a bare majority and the rest. `bridge`: two halves, and one server that reaches both. `ring`: every server hears a majority, no two the same one. `random`: a third of all directions between servers.',
    ),
  write(fault) {
    switch (fault.shape) {
      case 'groups':
        return { groups: fault.groups.map((group) => [...group]) };
      case 'one-way':
        return { 'one-way': { from: writeTargets(fault.from), to: writeTargets(fault.to) } };
      case 'isolate':
        return { isolate: writeTargets(fault.targets) };
      default:
        return fault.shape;
    }
  },
  mentions(fault, path) {
    switch (fault.shape) {
      case 'groups':
        return fault.groups.flatMap((group, index) => among(group, [...path, 'groups', index]));
      case 'one-way':
        return [
          ...among(fault.from, [...path, 'one-way', 'from']),
          ...among(fault.to, [...path, 'one-way', 'to']),
        ];
      case 'isolate':
        return among(fault.targets, [...path, 'isolate']);
      default:
        return [];
    }
  },
});
