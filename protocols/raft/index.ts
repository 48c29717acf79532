/** Raft, as in the extended paper, with pre-vote, check-quorum, client sessions, ReadIndex reads and membership changes of the thesis. */
import type { Host, HostId } from '../host.ts';
import type { Protocol } from '../protocol.ts';
import { raftClient } from './kv-client.ts';
import { raftMembers } from './members.ts';
import type { RaftWire } from './messages.ts';
import { type RaftOptions, raftOptions } from './options.ts';
import { paperRules, type Rules } from './rules.ts';
import { raftServer } from './server.ts';

/** Raft with some of its rules replaced: what becomes of it if the paper is not followed there? */
export function raftWith(rules: Partial<Rules>) {
  return {
    name: 'raft',
    about:
      'A replicated map: one elected leader, a replicated log, exactly-once commands, linearizable reads, ' +
      'servers added and removed one at a time.',
    promise:
      'Linearizable and durable as long as disks keep what was synced; available while a majority of servers ' +
      'is up and connected. Ongaro and Ousterhout, In Search of an Understandable Consensus Algorithm ' +
      '(extended version), §5 and §8; Ongaro, Consensus: Bridging Theory and Practice, §4.1, §4.2, §6, §9.6.',
    options: raftOptions,
    roles: {
      node: {
        prefix: 'n',
        count: 3,
        program: (options: RaftOptions) => raftServer(options, { ...paperRules, ...rules }),
      },
    },
    clients: {
      kv: (host: Host<never>, servers: readonly HostId[], options: RaftOptions) =>
        raftClient(host as unknown as Host<RaftWire>, servers, options),
      members: (host: Host<never>, servers: readonly HostId[], options: RaftOptions) =>
        raftMembers(host as unknown as Host<RaftWire>, servers, options),
    },
  } satisfies Protocol;
}

export const raft = raftWith({});

export { RaftClient } from './client.ts';
export { type Configuration, isQuorum, reachedByQuorum } from './configuration.ts';
export type { Vote, VoteDecision, Voter } from './election.ts';
export { raftClient } from './kv-client.ts';
export type { Machine, MachineTime } from './machine.ts';
export type { Command, Entry, RaftWire } from './messages.ts';
export { type RaftOptions, raftOptions } from './options.ts';
export { encodeVote, paperRules, type Rules } from './rules.ts';
export { raftServer } from './server.ts';
export { type Service, serviceOf } from './service.ts';
export type { RaftRole, RaftView } from './view.ts';
