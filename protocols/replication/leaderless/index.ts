/** Leaderless replication. */
import type { Host, HostId } from '../../host.ts';
import type { Protocol } from '../../protocol.ts';
import type { Resolution } from '../conflicts/resolution.ts';
import { siblingsBy } from '../conflicts/siblings.ts';
import { firstWriteWins, lastWriteWins } from '../conflicts/stamped.ts';
import { siblingsClient, valuesClient } from './client.ts';
import type { LeaderlessWire } from './messages.ts';
import { type LeaderlessOptions, leaderlessOptions } from './options.ts';
import { type Rules, soundRules } from './rules.ts';
import { leaderlessNode } from './server.ts';

export interface Design {
  /** Rules that are replaced. */
  readonly rules?: Partial<Rules>;
  /**
   * What becomes of versions that do not know of each other, whatever the option `conflict` says; the same on all hosts:
   * `mergingWith` a function, or one of your own.
   */
  readonly resolution?: Resolution;
}

/** A leaderless store, with conflicts resolved as the application says, or with some of its rules replaced. */
export function leaderlessWith({ rules: replaced, resolution }: Design) {
  const rules = { ...soundRules, ...replaced };
  const resolutionOf = ({ conflict }: LeaderlessOptions): Resolution => {
    if (resolution !== undefined) return resolution;
    switch (conflict) {
      case 'siblings':
        return siblingsBy(rules.seen);
      case 'first-write-wins':
        return firstWriteWins;
      default:
        return lastWriteWins;
    }
  };
  const connect = (host: Host<never>, servers: readonly HostId[], options: LeaderlessOptions) =>
    siblingsClient(host as unknown as Host<LeaderlessWire>, servers, options, resolutionOf(options));
  return {
    name: 'replication/leaderless',
    about:
      'A store without a leader: N replicas a key, reads of R and writes of W of them, repaired in the background.',
    promise:
      'As it comes, each key is a linearizable register with get, put and delete, as long as a majority of its replicas is ' +
      'up: N = 3, reads and writes of a majority, timestamps from a read, and reads that write back; wall clocks play no part. ' +
      'So it is with all levels of R + W > N. Where operations ask for levels of their own, each that reads has to meet ' +
      'each that writes, and the levels of the options too, by which writes get their timestamps and reads write back. ' +
      'With any less, replicas converge once no more is written and they can reach each other; with siblings, nothing ' +
      'that was acknowledged is lost before a write that has seen it overwrites it. A cas ' +
      'is refused. What was synced survives crashes. DeCandia et al., Dynamo (SOSP 2007); Attiya, Bar-Noy & Dolev, Sharing ' +
      'Memory Robustly in Message-Passing Systems (JACM 1995); Lynch & Shvartsman (FTCS 1997); Apache Cassandra.',
    options: leaderlessOptions,
    roles: {
      node: {
        prefix: 'n',
        count: 5,
        program: (options: LeaderlessOptions) => leaderlessNode(options, rules, resolutionOf(options)),
      },
    },
    clients: {
      kv: (host: Host<never>, servers: readonly HostId[], options: LeaderlessOptions) =>
        valuesClient(connect(host, servers, options)),
      siblings: connect,
    },
  } satisfies Protocol;
}

export const leaderless = leaderlessWith({});

export { joined } from '../conflicts/context.ts';
export type { Resolution } from '../conflicts/resolution.ts';
export { keepSiblings, type Merge, mergingWith } from '../conflicts/siblings.ts';
export type { SiblingsClient } from '../conflicts/siblings-client.ts';
export { firstWriteWins, lastWriteWins } from '../conflicts/stamped.ts';
export type { LeveledClient } from './client.ts';
export type { Level } from './level.ts';
export type { Rules as LeaderlessRules } from './rules.ts';
export type { LeaderlessView } from './view.ts';
