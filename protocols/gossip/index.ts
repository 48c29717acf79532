/** A map that spreads like an epidemic: each host resolves its differences with drawn others. */
import type { Host, HostId } from '../host.ts';
import type { Protocol } from '../protocol.ts';
import { mapClient } from './map.ts';
import type { GossipWire } from './messages.ts';
import { gossipNode } from './node.ts';
import { type GossipOptions, gossipOptions } from './options.ts';
import { ownRules, type TombstoneRules } from './tombstones.ts';

/** Gossip with its rules about tombstones replaced: what becomes of what was deleted? */
export function gossipWith(rules: Partial<TombstoneRules>) {
  return {
    name: 'gossip/map',
    about: 'A map of which every host has a copy; hosts resolve their differences in pairs, round by round.',
    promise:
      'Every host takes reads and writes alone. When writes have stopped and hosts can reach each other all copies become ' +
      'the same; of two writes to a key the one with the larger stamp stays. What a host has seen deleted never comes ' +
      'back there, however long anybody was away. Demers et al., Epidemic Algorithms for Replicated Database Maintenance, ' +
      'PODC 1987, §1 and §2; Karp et al., Randomized Rumor Spreading, FOCS 2000.',
    options: gossipOptions,
    roles: {
      node: {
        prefix: 'n',
        count: 5,
        program: (options: GossipOptions) => gossipNode(options, { ...ownRules, ...rules }),
      },
    },
    clients: {
      map: (host: Host<never>, servers: readonly HostId[], options: GossipOptions) =>
        mapClient(host as unknown as Host<GossipWire>, servers, options),
    },
  } satisfies Protocol;
}

export const gossip = gossipWith({});

export {
  covers,
  type Entry,
  hasSeen,
  type Seen,
  type Stamp,
  stampText,
  supersedes,
  union,
} from './entries.ts';
export type { MapClient } from './map.ts';
export type { GossipView } from './node.ts';
export { type GossipOptions, gossipOptions } from './options.ts';
export { Replica } from './replica.ts';
export { Rumours } from './rumours.ts';
export { mayForget, type TombstoneRules, wasForgotten } from './tombstones.ts';
