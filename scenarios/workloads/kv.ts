/** Clients that read and write a few keys, each in a loop of its own. */
import type { Host } from '../../protocols/host.ts';
import type { KvClient, Value } from '../../protocols/protocol.ts';
import type { Question, Reply, Workload, WorkloadContext } from '../../sim/index.ts';

/** Puts and compare-and-sets write values that nobody else writes, so that a read tells which write it saw. */
export const kv: Workload = {
  name: 'kv',
  about: 'get, put, cas and delete on a few keys, by clients that each do one thing at a time',
  needs: 'kv',
  model: 'kv',
  options: {
    gets: { type: 'integer', default: 4, min: 0, about: 'Weight of get among the operations.' },
    puts: { type: 'integer', default: 3, min: 0, about: 'Weight of put among the operations.' },
    cas: { type: 'integer', default: 2, min: 0, about: 'Weight of cas among the operations.' },
    deletes: { type: 'integer', default: 1, min: 0, about: 'Weight of delete among the operations.' },
    writesUntil: {
      type: 'duration',
      default: 0,
      min: 0,
      about: 'From then on clients only get, so that the copies may become the same; 0 is never.',
    },
  },
  checks: ['linearizable', 'progress'],
  program: (context) => (host: Host<never>) => run(context, host),
  performer,
};

type Deed = 'get' | 'put' | 'cas' | 'delete';

/** Does and records single operations. */
function performer(context: WorkloadContext, host: Host<never>) {
  const store = context.connect(host) as KvClient;
  const session = context.session(host);
  return ({ f, key = '', value }: Question): Promise<Reply | undefined> => {
    switch (f as Deed) {
      case 'get':
        return session.operate({ f, key }, async () => ({ value: await store.get(key) }));
      case 'put':
        return session.operate({ f, key, value }, () => store.put(key, value as Value).then(nothing));
      case 'delete':
        return session.operate({ f, key }, () => store.delete(key).then(nothing));
      case 'cas': {
        const [from, to] = value as [Value, Value];
        return session.operate({ f, key, value }, async () => ({ ok: await store.cas(key, from, to) }));
      }
      default:
        throw new TypeError(`a kv client can get, put, cas and delete, not "${f}"`);
    }
  };
}

async function run(context: WorkloadContext, host: Host<never>): Promise<void> {
  const { keys, options, thinkUs } = context;
  const perform = performer(context, host);
  const [gets, puts, cas] = [Number(options.gets), Number(options.puts), Number(options.cas)];
  const weights = gets + puts + cas + Number(options.deletes);
  /** What this client last saw of each key, for a cas with some hope. */
  const seen = new Map<string, Value>();
  const quietMs = Number(options.writesUntil) || Number.POSITIVE_INFINITY;
  for (;;) {
    await host.clock.sleep(host.random.below(2 * thinkUs + 1, 'think') / 1000);
    const key = keys[host.random.below(keys.length, 'key')] as string;
    const drawn = host.random.below(Math.max(1, weights), 'operation');
    if (drawn < gets || host.clock.elapsed() >= quietMs) {
      const reply = await perform({ f: 'get', key });
      if (reply !== undefined) seen.set(key, reply.value as Value);
    } else if (drawn < gets + puts) {
      const value = context.fresh();
      seen.set(key, value);
      await perform({ f: 'put', key, value });
    } else if (drawn < gets + puts + cas) {
      const to = context.fresh();
      const reply = await perform({ f: 'cas', key, value: [seen.get(key) ?? null, to] });
      if (reply?.ok === true) seen.set(key, to);
    } else {
      seen.set(key, null);
      await perform({ f: 'delete', key });
    }
  }
}

const nothing = (): Reply => ({});
