/** A lock on a primary with replicas, one of which is promoted when the primary fails. */
import type { Host, HostId } from '../../host.ts';
import type { Protocol } from '../../protocol.ts';
import { clientsOf } from '../clients.ts';
import type { LockWire } from '../messages.ts';
import {
  isNode,
  isResource,
  nodePrefix,
  type ReplicatedOptions,
  replicatedOptions,
  resourcePrefix,
  sentinelPrefix,
} from '../options.ts';
import { guardedResource } from '../resource.ts';
import { type LockRules, soundRules } from '../rules.ts';
import { replicatedLocks } from './backend.ts';
import { replicatedNode } from './node.ts';
import { sentinel } from './sentinel.ts';

/** The lock on a primary with replicas, with some of its rules replaced. */
export function replicatedLockWith(replaced: Partial<LockRules>) {
  const rules = { ...soundRules, ...replaced };
  return {
    name: 'locks/replicated',
    about:
      'A lock on a primary that answers when a majority has a copy; a sentinel promotes another one when it fails.',
    promise:
      'Two clients never believe in one lock at one time, and tokens never go back, over any number of failovers, as ' +
      'long as disks keep what was synced and no clock runs faster than another by more than driftPpm. That is so ' +
      'because the primary waits for a majority: one that answers alone and copies later, as Redis does, promises ' +
      'neither, and `WAIT` alone does not mend it (zoo/lock-copied-later). Locks are to be had while a majority of the ' +
      'nodes is up and connected with each other, the sentinel and the clients, whatever the others do: a primary that ' +
      'is not followed by a majority leaves its office, and the sentinel, which is up, has promoted another one soon. A ' +
      'lock whose holder is gone is free when its ttl is over, counted anew with every failover. Distributed Locks with ' +
      'Redis (redis.io), "Why Failover-based Implementations Are Not Enough"; Oki and Liskov, Viewstamped Replication ' +
      '(PODC 1988).',
    options: replicatedOptions,
    roles: {
      node: {
        prefix: nodePrefix,
        count: 3,
        program: (options: ReplicatedOptions) => replicatedNode(options, rules),
      },
      // Two would each count epochs of their own, and each promote somebody.
      sentinel: {
        prefix: sentinelPrefix,
        count: 1,
        countMax: 1,
        program: (options: ReplicatedOptions) => sentinel(options),
      },
      resource: { prefix: resourcePrefix, count: 1, program: () => guardedResource(rules) },
    },
    clients: {
      lock: (given: Host<never>, servers: readonly HostId[], options: ReplicatedOptions) => {
        const host = given as unknown as Host<LockWire>;
        const backend = replicatedLocks(given as never, servers.filter(isNode), options);
        return clientsOf(host, servers.find(isResource)!, backend, options, rules);
      },
    },
  } satisfies Protocol;
}

export const replicatedLock = replicatedLockWith({});
