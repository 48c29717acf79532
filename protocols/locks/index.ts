/** Locks with a time to live, and a resource that they guard. */
import type { Host, HostId } from '../host.ts';
import type { Protocol } from '../protocol.ts';
import { clientsOf } from './clients.ts';
import type { LockWire } from './messages.ts';
import { lockNode } from './node.ts';
import {
  isNode,
  isResource,
  type NodeOptions,
  nodePrefix,
  redlockOptions,
  resourcePrefix,
  singleNodeOptions,
} from './options.ts';
import { redlock, redlockNodesMin } from './redlock.ts';
import { guardedResource } from './resource.ts';
import { type LockRules, soundRules } from './rules.ts';
import { singleNode } from './single-node.ts';

const rolesOf = (nodes: number, nodesMin: number, rules: LockRules) => ({
  node: {
    prefix: nodePrefix,
    count: nodes,
    countMin: nodesMin,
    program: (options: NodeOptions) => lockNode(options, rules),
  },
  resource: { prefix: resourcePrefix, count: 1, program: () => guardedResource(rules) },
});

/** The lock on one node, with some of its rules replaced. */
export function singleNodeLockWith(replaced: Partial<LockRules>) {
  const rules = { ...soundRules, ...replaced };
  return {
    name: 'locks/single-node',
    about:
      'A lock with a time to live on one node that outlives its crashes, and a resource that checks tokens.',
    promise:
      'Two clients never believe in one lock at one time, as long as no clock runs faster than another by more than ' +
      'driftPpm; clocks may jump, hosts stop and crash. The resource accepts nothing from a holder once it has ' +
      'accepted something from a later one, as long as disks keep what was synced. A lock is free at the latest ' +
      'when its ttl is over, counted anew when its node starts. While the node is down there are no locks. Distributed ' +
      'Locks with Redis (redis.io), "Correct implementation with a single instance"; Kleppmann, How to do distributed ' +
      'locking (2016).',
    options: singleNodeOptions,
    roles: rolesOf(1, 1, rules),
    clients: {
      lock: (given: Host<never>, servers: readonly HostId[], options: NodeOptions) => {
        const host = given as unknown as Host<LockWire>;
        const backend = singleNode(host, servers.find(isNode)!, options, rules);
        return clientsOf(host, servers.find(isResource)!, backend, options, rules);
      },
    },
  } satisfies Protocol;
}

export const singleNodeLock = singleNodeLockWith({});

/** Redlock, with some of its rules replaced. */
export function redlockWith(replaced: Partial<LockRules>) {
  const rules = { ...soundRules, ...replaced };
  return {
    name: 'locks/redlock',
    about:
      'A lock on a majority of independent nodes, which need not remember anything; without fencing tokens.',
    promise:
      'Two clients never believe in one lock at one time, as long as no clock runs faster than another by more than ' +
      'driftPpm; clocks may jump, hosts stop, crash and forget. It does not keep a holder that comes too late away ' +
      'from the resource. Locks are to be had while a majority of nodes is up, and has been for ttlMax unless it ' +
      'writes everything down. Distributed Locks with Redis (redis.io), "The Redlock algorithm"; Kleppmann, How to do ' +
      'distributed locking (2016); antirez, Is Redlock safe? (2016).',
    options: redlockOptions,
    roles: rolesOf(5, redlockNodesMin, rules),
    clients: {
      lock: (given: Host<never>, servers: readonly HostId[], options: NodeOptions) => {
        const host = given as unknown as Host<LockWire>;
        const backend = redlock(host, servers.filter(isNode), options, rules);
        return clientsOf(host, servers.find(isResource)!, backend, options, rules);
      },
    },
  } satisfies Protocol;
}

export const redlockLock = redlockWith({});

export { localLock, localLockWith } from './local/protocol.ts';
export type { SectionsView } from './local/sections.ts';
export { type LocalTasks, localTasks } from './local/tasks.ts';
export type {
  GuardedResource,
  Lock,
  LockClient,
  LockClients,
  LockInfo,
  LockOptions,
  SectionClient,
} from './lock.ts';
export type { NodeView } from './node.ts';
export { raftLock, raftLockWith } from './raft/protocol.ts';
export type { ReplicatedView } from './replicated/node.ts';
export { replicatedLock, replicatedLockWith } from './replicated/protocol.ts';
export type { ResourceView } from './resource.ts';
export type { LockRules } from './rules.ts';
export type { TableView } from './table.ts';
