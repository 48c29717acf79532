/** Clients of a store that keeps siblings: they read, write what follows from what they read, and write blindly. */
import type { Host } from '../../protocols/host.ts';
import type { SiblingsClient } from '../../protocols/replication/index.ts';
import type { Question, Reply, Value, Workload, WorkloadContext } from '../../sim/index.ts';

/** What a write is recorded with: its value (null deletes), and the values that its client had seen of the key. */
interface Overwriting {
  readonly value: Value;
  readonly over: readonly Value[];
}

export const siblings: Workload = {
  name: 'siblings',
  about:
    'get, put and delete on a few keys that may have several values; a put overwrites what its client has seen',
  needs: 'siblings',
  options: {
    gets: { type: 'integer', default: 4, min: 0, about: 'Weight of get among the operations.' },
    puts: { type: 'integer', default: 4, min: 0, about: 'Weight of put among the operations.' },
    deletes: { type: 'integer', default: 1, min: 0, about: 'Weight of delete among the operations.' },
    blind: {
      type: 'integer',
      default: 25,
      min: 0,
      max: 100,
      about: 'Percentage of puts by clients that act as if they had seen nothing.',
    },
    writesUntil: {
      type: 'duration',
      default: 0,
      min: 0,
      about: 'From then on clients only get, so that the copies may become the same; 0 is never.',
    },
  },
  checks: ['siblings-kept', 'progress'],
  program: (context) => (host: Host<never>) => run(context, host),
  performer,
};

type Seen = Awaited<ReturnType<SiblingsClient['get']>>;
const nothing: Seen = { values: [], context: {} };

/**
 * Does and records single operations. A write overwrites what this client saw of the key last; one that is given as
 * `{ value, over: [] }` overwrites nothing, as if the client had seen nothing.
 */
function performer(context: WorkloadContext, host: Host<never>) {
  const store = context.connect(host) as SiblingsClient;
  const session = context.session(host);
  const seen = new Map<string, Seen>();
  return ({ f, key = '', value: given }: Question): Promise<Reply | undefined> => {
    const isBlind = isOverwriting(given) && given.over.length === 0;
    const last = isBlind ? nothing : (seen.get(key) ?? nothing);
    const over = last.values;
    const value = isOverwriting(given) ? given.value : (given as Value);
    switch (f) {
      case 'get':
        return session.operate({ f, key }, async () => {
          const found = await store.get(key);
          seen.set(key, found);
          return { value: found.values };
        });
      case 'put':
        return session.operate({ f, key, value: { value, over } }, async () => {
          await store.put(key, value, last.context);
          return {};
        });
      case 'delete':
        return session.operate({ f, key, value: { value: null, over } }, async () => {
          await store.delete(key, last.context);
          return {};
        });
      default:
        throw new TypeError(`a client of siblings can get, put and delete, not "${f}"`);
    }
  };
}

const isOverwriting = (value: unknown): value is Overwriting => typeof value === 'object' && value !== null;

async function run(context: WorkloadContext, host: Host<never>): Promise<void> {
  const { keys, options, thinkUs } = context;
  const perform = performer(context, host);
  const [gets, puts, blind] = [Number(options.gets), Number(options.puts), Number(options.blind)];
  const weights = gets + puts + Number(options.deletes);
  const quietMs = Number(options.writesUntil) || Number.POSITIVE_INFINITY;
  for (;;) {
    await host.clock.sleep(host.random.below(2 * thinkUs + 1, 'think') / 1000);
    const key = keys[host.random.below(keys.length, 'key')] as string;
    const drawn = host.random.below(Math.max(1, weights), 'operation');
    if (drawn < gets || host.clock.elapsed() >= quietMs) await perform({ f: 'get', key });
    else if (drawn < gets + puts) {
      const value = context.fresh();
      const isBlind = host.random.chance([blind, 100], 'blind');
      await perform({ f: 'put', key, value: isBlind ? { value, over: [] } : value });
    } else await perform({ f: 'delete', key });
  }
}
