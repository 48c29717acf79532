/** The section `network` of a scenario file: what links do, between which hosts, and what messages travel over. */
import { z } from 'zod';
import type { NetworkSpec } from '../../world/spec.ts';
import {
  bandwidthKeys,
  bandwidthOf,
  distribution,
  hostId,
  hostList,
  map,
  nameOf,
  odds,
  reorder,
  settled,
  text,
} from './notation.ts';

const LAN_LATENCY = { dist: 'lognormal', median: '1ms', p99: '5ms' } as const;

const latency = distribution.describe('How long a packet travels.');
const loss = odds.describe('Odds that a packet vanishes.');
const duplicate = odds.describe('Odds that a packet arrives twice, each copy with a latency of its own.');
const corrupt = odds.describe('Odds that a bit of a packet flips; see `checksums`.');
const bandwidth = map(bandwidthKeys)
  .transform(settled(bandwidthOf))
  .describe('What one direction of a link carries; anything unless given.');

const linkKeys = {
  latency: latency.optional(),
  loss: loss.optional(),
  duplicate: duplicate.optional(),
  reorder: reorder.optional(),
  corrupt: corrupt.optional(),
  bandwidth: bandwidth.optional(),
};

const region = text(100);

export const network = map({
  latency: latency.prefault(LAN_LATENCY),
  loss: loss.prefault('0%'),
  duplicate: duplicate.prefault('0%'),
  reorder: reorder.prefault('0%'),
  corrupt: corrupt.optional(),
  bandwidth: bandwidth.optional(),
  links: z
    .array(map({ from: hostId, to: hostId, ...linkKeys }))
    .prefault([])
    .describe('Exceptions for one direction of one link.'),
  regions: z
    .record(region, hostList)
    .optional()
    .describe('Groups of hosts by name: `{ eu: [n1, n2, c1], us: [n3] }`.'),
  between: z
    .array(map({ regions: z.tuple([region, region]), ...linkKeys }))
    .optional()
    .describe('Exceptions for all links between two regions, both ways, or inside one: `[eu, eu]`.'),
  checksums: z
    .boolean()
    .optional()
    .describe('Whether a host notices flipped bits and drops the packet; true unless given.'),
  partitions: nameOf('moment', ['delivery', 'send'])
    .optional()
    .describe('When a partition decides about a packet: when it arrives, unless given, or when it is sent.'),
  transport: nameOf('transport', ['datagram', 'stream'])
    .optional()
    .describe(
      'Each message for itself, unless given, or over connections as with TCP: in order and once, late instead of lost, until the connection is reset.',
    ),
  reset: odds.optional().describe('With streams: odds that a packet finds its connection reset.'),
})
  .transform(settled((value): NetworkSpec => value))
  .describe('What every link does to packets; a local network unless said otherwise.');
