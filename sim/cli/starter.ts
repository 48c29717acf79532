/** The files that `skerry init` writes. */

export const starterScenario = (name: string): string => `# Run it:            skerry run ${name}.yaml
# With more seeds:    skerry run ${name}.yaml --seeds 1000
# A slower network:   skerry run ${name}.yaml --set network.latency=80ms
# What can be named:  skerry list, skerry show kill
schema: 1
name: ${name}
about: Three servers, of which the first one does all the work. It is killed now and then and must forget nothing.
protocol: ./${name}.ts
nodes: 3
duration: 10s                     # virtual time; anything may break
recovery: 5s                      # faults stop, and it must get going again
core: all                         # everything is healed; without this line, a drawn majority of the servers
network:
  latency: { dist: lognormal, median: 2ms, p99: 20ms, max: 200ms }
workload: { type: kv, clients: 3, rate: 40, keys: 2 }
nemesis:
  faults: [kill, partition]
  every: { dist: exponential, mean: 2s }
  lasts: { dist: exponential, mean: 800ms, min: 100ms }
  targets: [one]
checks:
  - linearizable
  - progress: { within: 2s }
atLeast: { operations: 50, faults: 1 }
`;

export const starterProtocol = (name: string): string => `/**
 * A key-value store: the first server keeps everything and writes it to its disk before it answers; the others do
 * nothing yet. It is correct, and stands still whenever that one server does.
 *
 * What to try next:
 * - Take the line with \`host.disk.sync\` away and run it again: what is not synced is lost in a crash.
 * - Lose packets: \`--set network.loss=2%\`. A client that gives up makes no progress, and one that asks again may
 *   have been heard the first time.
 * - Let the other servers take over. \`skerry run\` tells you when two of them believe that it is their turn.
 */
import type { Host, HostId } from 'skerry/host';

type Value = string | number | null;
type Wire = {
  get(ask: { key: string }): { value: Value };
  /** Writes \`value\`, if the key holds \`from\` (where it is given). */
  put(ask: { key: string; value: Value; from?: Value }): { done: boolean };
};

/** Runs afresh at every boot: memory is gone, the disk is not. */
async function server(host: Host<Wire>): Promise<void> {
  const map = new Map<string, Value>(await load(host));
  let last: Promise<unknown> = Promise.resolve();

  /** One request after the other, each with the disk behind it. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };

  host.on('get', ({ key }) => inTurn(async () => ({ value: map.get(key) ?? null })));
  host.on('put', ({ key, value, from }) =>
    inTurn(async () => {
      if (from !== undefined && (map.get(key) ?? null) !== from) return { done: false };
      const after = new Map(map).set(key, value);
      await save(host, after);
      map.set(key, value);
      return { done: true };
    }),
  );
}

async function load(host: Host<Wire>): Promise<[string, Value][]> {
  const bytes = await host.disk.read('map', 0, await host.disk.size('map'));
  return bytes.length === 0 ? [] : JSON.parse(new TextDecoder().decode(bytes));
}

/** A new file takes the place of the old one at once: a crash leaves one or the other. */
async function save(host: Host<Wire>, map: ReadonlyMap<string, Value>): Promise<void> {
  await host.disk.truncate('map.next', 0);
  await host.disk.write('map.next', 0, new TextEncoder().encode(JSON.stringify([...map])));
  await host.disk.sync('map.next');
  await host.disk.rename('map.next', 'map');
  await host.disk.syncNames();
}

/** What the clients of a scenario work with. An error means: it may have happened, or may not. */
function client(host: Host<Wire>, servers: readonly HostId[]) {
  const [first] = servers as [HostId];
  const options = { timeoutMs: 500 };
  const put = async (key: string, value: Value, from?: Value): Promise<boolean> => {
    const ask = from === undefined ? { key, value } : { key, value, from };
    return (await host.call(first, 'put', ask, options)).done;
  };
  return {
    get: async (key: string) => (await host.call(first, 'get', { key }, options)).value,
    put: async (key: string, value: Value) => void (await put(key, value)),
    delete: async (key: string) => void (await put(key, null)),
    cas: (key: string, from: Value, to: Value) => put(key, to, from),
  };
}

export const protocol = {
  name: '${name}',
  about: 'A key-value store on one server.',
  promise: 'Linearizable and durable; available while the first server is.',
  options: {},
  roles: { node: { prefix: 'n', count: 3, program: () => server } },
  clients: { kv: client },
};
`;

export const starterTest = (
  name: string,
): string => `/** Run it: npx vitest run ${name}.test.ts (any runner will do for assertHolds) */
import { fileURLToPath } from 'node:url';
import { assertHolds } from 'skerry';
import { simulate } from 'skerry/vitest';
import { expect, test } from 'vitest';
import { protocol } from './${name}.ts';

simulate('what was written is there after a power failure', { protocol, seeds: 50 }, async (world) => {
  await world.client().put('x', 1);
  world.kill('n1', { storage: 'lose-unsynced' });
  await world.sleep('1s');
  world.restart('n1');
  await world.sleep('1s'); // it reads its disk before it answers anybody
  expect(await world.client().get('x')).toBe(1);
});

// It starts a worker a processor: on a busy machine that takes longer than the five seconds which vitest gives a test.
test('the scenario holds', { timeout: 120_000 }, async () => {
  await assertHolds(fileURLToPath(new URL('${name}.yaml', import.meta.url)), { seeds: 50 });
});
`;
