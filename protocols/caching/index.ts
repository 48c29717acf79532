/** A cluster of caches on a consistent-hash ring, in front of a store. */
import type { Host, HostId } from '../host.ts';
import { type DirectoryWire, directory, directoryMembers } from '../placement/directory.ts';
import { weightOf } from '../placement/options.ts';
import type { Protocol } from '../protocol.ts';
import { cacheClient, storeClient } from './client.ts';
import type { CacheWire, StoreWire } from './messages.ts';
import { cacheNode } from './node.ts';
import {
  type CachingOptions,
  cachePrefix,
  cachingOptions,
  isCache,
  isStore,
  storePrefix,
} from './options.ts';
import { type CachingRules, soundRules } from './rules.ts';
import { store } from './store.ts';

/** The store, which also keeps the views: who the caches are. */
const storeProgram = (options: CachingOptions) => async (host: Host<StoreWire>) => {
  const views = host.mount<DirectoryWire>('views');
  await Promise.all([store(host), directory(views, host.peers.filter(isCache), weightOf(options))]);
};

/** The cache cluster, with some of its rules replaced. */
export function cachingWith(replaced: Partial<CachingRules>) {
  const rules = { ...soundRules, ...replaced };
  return {
    name: 'caching',
    about: 'Caches on a ring in front of a store: cache-aside, read-through or write-through, with leases.',
    promise:
      'The store is linearizable and durable, as long as its disk keeps what was synced and no write is repeated after ' +
      '1,024 other sessions have written. A value from a cache is no ' +
      'staler than the ttl (by the clocks of the caches, which may drift), and a session never sees an older value of a ' +
      'key than it has read or written: for it a key only goes forward. A session is one execution of a client; what it ' +
      'has seen is in its memory, so that a client that is started again begins another. Of more than sessionKeys keys it ' +
      'remembers one version for all that it forgets, which is newer than it need be. After invalidateAll no member ' +
      'serves what it had cached before; a cache that has left and has not heard of it may, for the ttl at most, to ' +
      'clients that have not heard of it either. While caches ' +
      'follow the changes of the store (invalidation: feed), they hold what the store holds once all is quiet; with ' +
      '`writers` they do if every message arrives, no client ends or gives up while it writes, and the caches stay the ' +
      'same, with `none` they need not before the ' +
      'ttl is over. As long as the caches stay the same, a key has one copy and loads end within leaseTtl, one load of it ' +
      'is under way at a time. ' +
      'Nishtala et al., Scaling Memcache at Facebook, NSDI 2013, §3.2.1 (leases), §4.1 (invalidation by the log of the ' +
      'store); Terry et al., Session Guarantees for Weakly Consistent Replicated Data, PDIS 1994.',
    options: cachingOptions,
    roles: {
      cache: {
        prefix: cachePrefix,
        count: 3,
        program: (options: CachingOptions) => cacheNode(options, rules),
      },
      store: { prefix: storePrefix, count: 1, program: storeProgram },
    },
    clients: {
      cache: (host: Host<never>, servers: readonly HostId[], options: CachingOptions) =>
        cacheClient(host as unknown as Host<CacheWire>, servers, options, rules),
      kv: (host: Host<never>, servers: readonly HostId[], options: CachingOptions) =>
        storeClient(host as unknown as Host<CacheWire>, servers, options, rules),
      members: (host: Host<never>, servers: readonly HostId[], options: CachingOptions) => {
        const views = (host as unknown as Host<CacheWire>).mount<DirectoryWire>('views');
        return directoryMembers(views, servers.find(isStore)!, options.storeTimeout, weightOf(options));
      },
    },
  } satisfies Protocol;
}

export const caching = cachingWith({});

export type { CacheClient, Statistics } from './cache.ts';
export { matches } from './glob.ts';
export type { CacheNodeView } from './node.ts';
export type { CachingRules } from './rules.ts';
export type { StoreView } from './store.ts';
