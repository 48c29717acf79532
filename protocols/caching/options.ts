/** What may be set from outside. The same on all hosts. */
import type { HostId } from '../host.ts';
import type { OptionsOf, OptionTable } from '../protocol.ts';

/** Hosts are known by what their names begin with. */
export const cachePrefix = 'n';
export const storePrefix = 's';

export const isCache = (id: HostId): boolean => id.startsWith(cachePrefix);
export const isStore = (id: HostId): boolean => id.startsWith(storePrefix);

export const cachingOptions = {
  strategy: {
    type: 'choice',
    default: 'cache-aside',
    of: ['cache-aside', 'read-through', 'write-through'],
    about:
      'Who loads what is missing: the client (cache-aside) or the cache; and who writes to the store: the client, or ' +
      'with write-through the cache.',
  },
  invalidation: {
    type: 'choice',
    default: 'feed',
    of: ['none', 'writers', 'feed'],
    about:
      'How caches learn of writes: never, so that entries are stale for up to their ttl; from whoever writes, if the ' +
      'message arrives; or also from the store, whose changes each cache follows, so that it misses none.',
  },
  ttl: { type: 'duration', default: 10_000, min: 1, about: 'An entry is served no longer than this.' },
  size: {
    type: 'integer',
    default: 1000,
    min: 1,
    about: 'How many entries a cache has room for; the one that was not asked for the longest makes room.',
  },
  sessionKeys: {
    type: 'integer',
    default: 10_000,
    min: 1,
    about:
      'How many keys a client remembers the versions of, for its session. Of any other key it takes from a cache only ' +
      'what is as new as the newest version that it has forgotten; whatever is older is loaded anew for it.',
  },
  copies: { type: 'integer', default: 1, min: 1, max: 16, about: 'How many caches may hold a key.' },
  shares: {
    type: 'choice',
    default: 'equal',
    of: ['equal', 'numbered'],
    about:
      'How many keys a cache has: as many as any other, or n2 twice as many as n1, n3 three times as many.',
  },
  points: { type: 'integer', default: 128, min: 1, max: 4096, about: 'Points of each cache on the ring.' },
  leaseTtl: {
    type: 'duration',
    default: 1000,
    min: 1,
    about:
      'A client that may load a value must have set it after this; then another one may: well above storeTimeout, or two ' +
      'load one key at a time.',
  },
  leaseWait: {
    type: 'duration',
    default: 20,
    min: 1,
    about: 'A client asks again after this for what somebody else is loading.',
  },
  feedInterval: {
    type: 'duration',
    default: 100,
    min: 1,
    about: 'How often a cache asks for the changes of the store.',
  },
  viewInterval: { type: 'duration', default: 500, min: 1, about: 'How often a cache looks for newer views.' },
  storeTimeout: {
    type: 'duration',
    default: 200,
    min: 1,
    about: 'Caches and clients give up on one call to the store after this.',
  },
  attemptTimeout: {
    type: 'duration',
    default: 300,
    min: 1,
    about: 'A client gives up on one cache after this; above the storeTimeout.',
  },
  requestTimeout: {
    type: 'duration',
    default: 2000,
    min: 1,
    about: 'A client gives up on an operation after this, retries included.',
  },
} as const satisfies OptionTable;

export type CachingOptions = OptionsOf<typeof cachingOptions>;
