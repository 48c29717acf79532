/** Clients that read and write through a cache, most of them the same few keys. */
import type { CacheClient } from '../../protocols/caching/index.ts';
import type { Host } from '../../protocols/host.ts';
import type { Value } from '../../protocols/protocol.ts';
import type { Question, Reply, Workload, WorkloadContext } from '../../sim/index.ts';

export const cache: Workload = {
  name: 'cache',
  about:
    'get, put, delete and invalidate on keys of which some are hot, by clients that do one thing at a time',
  needs: 'cache',
  options: {
    gets: { type: 'integer', default: 8, min: 0, about: 'Weight of get among the operations.' },
    puts: { type: 'integer', default: 2, min: 0, about: 'Weight of put among the operations.' },
    deletes: { type: 'integer', default: 0, min: 0, about: 'Weight of delete among the operations.' },
    invalidations: {
      type: 'integer',
      default: 0,
      min: 0,
      about: 'Weight of invalidate among the operations: of all keys, or those that begin like one.',
    },
    skewed: {
      type: 'flag',
      default: true,
      about: 'The n-th key is drawn as often as one part in n of the first one (Zipf); otherwise all alike.',
    },
    stopAfter: {
      type: 'duration',
      default: 1_000_000,
      min: 0,
      about: 'Clients begin nothing after this, so that at the end of the run all is quiet.',
    },
  },
  checks: ['read-your-writes', 'monotonic-reads', 'progress'],
  program: (context) => (host: Host<never>) => run(context, host),
  performer,
};

/** Does and records single operations, under the names that judges of reads and writes know. */
function performer(context: WorkloadContext, host: Host<never>) {
  const client = context.connect(host) as CacheClient;
  const session = context.session(host);
  return ({ f, key = '', value }: Question): Promise<Reply | undefined> => {
    switch (f) {
      case 'get':
        return session.operate({ f, key }, async () => ({ value: await client.get(key) }));
      case 'put':
        return session.operate({ f, key, value }, () => client.set(key, value as Value).then(nothing));
      case 'delete':
        return session.operate({ f, key }, () => client.delete(key).then(nothing));
      case 'invalidate':
        return session.operate({ f, value }, () => client.invalidateAll(value as string).then(nothing));
      default:
        throw new TypeError(`a client of a cache can get, put, delete and invalidate, not "${f}"`);
    }
  };
}

async function run(context: WorkloadContext, host: Host<never>): Promise<void> {
  const { keys, options, thinkUs } = context;
  const perform = performer(context, host);
  const choose = keyChoice(context.keys, options.skewed === true);
  const [gets, puts, deletes] = [Number(options.gets), Number(options.puts), Number(options.deletes)];
  const weights = gets + puts + deletes + Number(options.invalidations);
  while (host.clock.elapsed() < Number(options.stopAfter)) {
    await host.clock.sleep(host.random.below(2 * thinkUs + 1, 'think') / 1000);
    const key = choose(host);
    const drawn = host.random.below(Math.max(1, weights), 'operation');
    if (drawn < gets) await perform({ f: 'get', key });
    else if (drawn < gets + puts) await perform({ f: 'put', key, value: context.fresh() });
    else if (drawn < gets + puts + deletes) await perform({ f: 'delete', key });
    else {
      const prefix = keys[host.random.below(keys.length, 'pattern')]![0];
      const value = host.random.chance([1, 2], 'part of the keys') ? `${prefix}*` : '*';
      await perform({ f: 'invalidate', value });
    }
  }
}

/** Zipf's law in whole numbers. */
function keyChoice(keys: readonly string[], isSkewed: boolean): (host: Host<never>) => string {
  let total = 0;
  const sums = keys.map((_, at) => {
    total += isSkewed ? Math.max(1, Math.floor(1_000_000 / (at + 1))) : 1;
    return total;
  });
  return (host) => {
    const drawn = host.random.below(total, 'key');
    return keys[sums.findIndex((sum) => drawn < sum)] as string;
  };
}

const nothing = (): Reply => ({});
