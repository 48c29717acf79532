/** Clients that put, delete and read entries of a map of which every server has a copy. */
import type { MapClient } from '../../protocols/gossip/index.ts';
import type { Host } from '../../protocols/host.ts';
import type { Question, Reply, Workload, WorkloadContext } from '../../sim/index.ts';

export const entries: Workload = {
  name: 'entries',
  about: 'get, put and delete on a few keys, at any server; from some time on only get',
  needs: 'map',
  model: 'kv',
  options: {
    gets: { type: 'integer', default: 3, min: 0, about: 'Weight of get among the operations.' },
    puts: { type: 'integer', default: 4, min: 0, about: 'Weight of put among the operations.' },
    deletes: { type: 'integer', default: 3, min: 0, about: 'Weight of delete among the operations.' },
    writesUntil: {
      type: 'duration',
      default: 10000,
      min: 0,
      about: 'From then on clients only get, so that the copies may become the same.',
    },
  },
  checks: ['deleted-stays-deleted', 'copies-converge', 'progress'],
  program: (context) => (host: Host<never>) => run(context, host),
  performer,
};

/** Does and records single operations. */
function performer(context: WorkloadContext, host: Host<never>) {
  const map = context.connect(host) as MapClient;
  const session = context.session(host);
  return ({ f, key = '', value }: Question): Promise<Reply | undefined> => {
    switch (f) {
      case 'get':
        return session.operate({ f, key }, async () => ({ value: await map.get(key) }));
      case 'put':
        return session.operate({ f, key, value }, () => map.put(key, value as number).then(nothing));
      case 'delete':
        return session.operate({ f, key }, () => map.delete(key).then(nothing));
      default:
        throw new TypeError(`a client of a map can get, put and delete, not "${f}"`);
    }
  };
}

async function run(context: WorkloadContext, host: Host<never>): Promise<void> {
  const { keys, options, thinkUs } = context;
  const perform = performer(context, host);
  const [gets, puts, deletes] = [Number(options.gets), Number(options.puts), Number(options.deletes)];
  for (;;) {
    await host.clock.sleep(host.random.below(2 * thinkUs + 1, 'think') / 1000);
    const key = keys[host.random.below(keys.length, 'key')] as string;
    const drawn = host.random.below(Math.max(1, gets + puts + deletes), 'operation');
    if (host.clock.elapsed() >= Number(options.writesUntil) || drawn < gets) await perform({ f: 'get', key });
    else if (drawn < gets + puts) await perform({ f: 'put', key, value: context.fresh() });
    else await perform({ f: 'delete', key });
  }
}

const nothing = (): Reply => ({});
