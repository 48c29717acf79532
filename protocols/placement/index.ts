/** Keys that are shared among servers by hashing, and that move when servers come and go. */
import type { Host, HostId } from '../host.ts';
import type { OptionTable, Protocol } from '../protocol.ts';
import { placementClient } from './client.ts';
import { type DirectoryWire, directory, directoryMembers } from './directory.ts';
import type { PlacementWire } from './messages.ts';
import {
  directoryPrefix,
  isDirectory,
  isServer,
  type PlacementOptions,
  type RingOptions,
  rendezvousOptions,
  ringOptions,
  serverPrefix,
  weightOf,
} from './options.ts';
import { rendezvous } from './rendezvous.ts';
import { ring } from './ring.ts';
import { type PlacementRules, soundRules } from './rules.ts';
import { placementServer } from './server.ts';
import type { Place } from './view.ts';

const promise =
  'Linearizable and durable, as long as disks keep what was synced: a key has one owner at any time, whatever views ' +
  'servers and clients know, and it moves only to a server that joins or away from one that leaves. There are no ' +
  'copies: a key is to be had while its owner is up, and, if it has just changed, the owner before. Views come from one ' +
  'directory; while that is down nobody joins or leaves. A server that has left must stay up until it has handed over ' +
  'its keys. ';

interface Kind<Options extends PlacementOptions> {
  readonly name: string;
  readonly about: string;
  readonly source: string;
  readonly options: OptionTable;
  place(options: Options): Place;
}

const protocolOf = <Options extends PlacementOptions>(kind: Kind<Options>, rules: PlacementRules) =>
  ({
    name: kind.name,
    about: kind.about,
    promise: promise + kind.source,
    options: kind.options,
    roles: {
      server: {
        prefix: serverPrefix,
        count: 3,
        program: (options: Options) => placementServer(options, kind.place(options), rules),
      },
      directory: {
        prefix: directoryPrefix,
        count: 1,
        program: (options: Options) => (host: Host<DirectoryWire>) =>
          directory(host, host.peers.filter(isServer), weightOf(options)),
      },
    },
    clients: {
      kv: (given: Host<never>, servers: readonly HostId[], options: Options) => {
        const host = given as unknown as Host<PlacementWire>;
        return placementClient(host, servers.find(isDirectory)!, rules.place ?? kind.place(options), options);
      },
      members: (given: Host<never>, servers: readonly HostId[], options: Options) => {
        const host = given as unknown as Host<DirectoryWire>;
        return directoryMembers(host, servers.find(isDirectory)!, options.callTimeout, weightOf(options));
      },
    },
  }) satisfies Protocol;

/** Placement on a ring, with some of its rules replaced. */
export const ringPlacementWith = (replaced: Partial<PlacementRules>): Protocol =>
  protocolOf<RingOptions>(
    {
      name: 'placement/ring',
      about:
        'A store whose keys are shared among servers by a consistent-hash ring, each key at one of them.',
      source: 'Karger et al., Consistent Hashing and Random Trees, STOC 1997, §4.',
      options: ringOptions,
      place: ({ points }) => ring(points),
    },
    { ...soundRules, ...replaced },
  );

export const ringPlacement: Protocol = ringPlacementWith({});

export const rendezvousPlacement: Protocol = protocolOf<PlacementOptions>(
  {
    name: 'placement/rendezvous',
    about: 'A store whose keys are shared among servers by rendezvous hashing, each key at one of them.',
    source:
      'Thaler & Ravishankar, Using Name-Based Mappings to Increase Hit Rates, IEEE/ACM Transactions on Networking, 1998.',
    options: rendezvousOptions,
    place: () => rendezvous,
  },
  soundRules,
);

export type { DirectoryView } from './directory.ts';
export { hashText } from './hash.ts';
export { rendezvous } from './rendezvous.ts';
export { ring } from './ring.ts';
export type { PlacementRules } from './rules.ts';
export type { ServerView } from './server.ts';
export type { Member, Place, Placement, View } from './view.ts';
