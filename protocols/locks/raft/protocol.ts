/** A lock service on Raft: as available as a majority, with fencing tokens. */
import type { Host, HostId } from '../../host.ts';
import type { Protocol } from '../../protocol.ts';
import { paperRules, type Rules, raftServer, serviceOf } from '../../raft/index.ts';
import { clientsOf } from '../clients.ts';
import type { LockWire } from '../messages.ts';
import {
  isNode,
  isResource,
  nodePrefix,
  type RaftLockOptions,
  raftLockOptions,
  resourcePrefix,
} from '../options.ts';
import { guardedResource } from '../resource.ts';
import { type LockRules, soundRules } from '../rules.ts';
import { raftLocks } from './backend.ts';
import { LockMachine } from './machine.ts';

/** The lock service on Raft, with some of the rules of locks, or of Raft, replaced. */
export function raftLockWith(replaced: Partial<LockRules>, replacedOfRaft: Partial<Rules> = {}) {
  const rules = { ...soundRules, ...replaced };
  const raftRules = { ...paperRules, ...replacedOfRaft };
  const service = serviceOf(
    () => new LockMachine(rules),
    (servers) => servers.filter(isNode),
  );
  return {
    name: 'locks/raft',
    about: 'Locks as a state machine that Raft replicates: leases that end in the log, and fencing tokens.',
    promise:
      'Two clients never believe in one lock at one time, as long as no clock runs faster than another by more than ' +
      'driftPpm; wall clocks may jump, hosts stop and crash. Tokens grow for ever, so that the resource accepts nothing ' +
      'from a holder once it has accepted something from a later one. Fair callers are served in the order in which ' +
      'the log has them. Locks are to be had while a majority of the nodes is up and connected; one whose holder is gone ' +
      'is free when its ttl is over, in the time for which there was a leader. Ongaro, Consensus: Bridging Theory and ' +
      'Practice, §6.3; Burrows, The Chubby lock service (OSDI 2006), §2.4.',
    options: raftLockOptions,
    roles: {
      node: {
        prefix: nodePrefix,
        count: 3,
        program: (options: RaftLockOptions) => raftServer(options, raftRules, service),
      },
      resource: { prefix: resourcePrefix, count: 1, program: () => guardedResource(rules) },
    },
    clients: {
      lock: (given: Host<never>, servers: readonly HostId[], options: RaftLockOptions) => {
        const host = given as unknown as Host<LockWire>;
        const backend = raftLocks(given as never, servers.filter(isNode), options);
        return clientsOf(host, servers.find(isResource)!, backend, options, rules);
      },
    },
  } satisfies Protocol;
}

export const raftLock = raftLockWith({});
