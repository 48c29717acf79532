/** A map on a primary and its secondaries, with automatic failover. */
import type { Host, HostId } from '../../host.ts';
import type { Protocol } from '../../protocol.ts';
import { primarySecondaryClient } from './client.ts';
import type { PrimarySecondaryWire } from './messages.ts';
import { type PrimarySecondaryOptions, primarySecondaryOptions } from './options.ts';
import { type Rules, soundRules } from './rules.ts';
import { primarySecondaryServer } from './server.ts';

/** A primary and its secondaries with some of the rules replaced. */
export function primarySecondaryWith(replaced: Partial<Rules>) {
  const rules = { ...soundRules, ...replaced };
  return {
    name: 'replication/primary-secondary',
    about:
      'A map on one primary, copied to secondaries before or after a write is acknowledged; the freshest one takes ' +
      'over when enough of them miss the primary.',
    promise:
      'At most one primary serves an epoch, and no server follows one of an earlier epoch than it has promised. ' +
      'Synchronous and semi-synchronous: what was acknowledged is in the log of every later primary, or in the ' +
      'snapshot before it, as long as disks keep what was synced, and the map is linearizable (leased reads rely ' +
      'on driftPpm). With reads at any ' +
      'server it is not; each session reads its writes, its reads never go back, and whoever sees an effect sees its ' +
      'causes. Asynchronous: a failover may lose acknowledged writes; when all is whole again the servers come to ' +
      'agree. Synchronous: no writes while any server is away; else, writes while the servers needed are up and ' +
      'connected. Alsberg and Day, A Principle for Resilient Sharing of Distributed Resources (ICSE 1976); Oki and ' +
      'Liskov, Viewstamped Replication (PODC 1988); Liskov and Cowling, Viewstamped Replication Revisited (2012), ' +
      '§4 and §5; MySQL Reference Manual, Semisynchronous Replication; Redis Sentinel.',
    options: primarySecondaryOptions,
    roles: {
      node: {
        prefix: 'n',
        count: 3,
        program: (options: PrimarySecondaryOptions) => primarySecondaryServer(options, rules),
      },
    },
    clients: {
      kv: (host: Host<never>, servers: readonly HostId[], options: PrimarySecondaryOptions) =>
        primarySecondaryClient(host as unknown as Host<PrimarySecondaryWire>, servers, options, rules),
    },
  } satisfies Protocol;
}

export const primarySecondary = primarySecondaryWith({});
