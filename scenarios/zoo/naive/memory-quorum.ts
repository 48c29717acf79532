/** Replicates to a majority, and keeps everything in memory only: Attiya, Bar-Noy and Dolev (JACM 1995) without disks. */
import type { Host, HostId } from '../../../protocols/host.ts';
import type { Protocol } from '../../../protocols/protocol.ts';
import { isNewer, never, type Stamped, some } from './majority.ts';
import { storeClient } from './store-client.ts';

type Wire = {
  query(ask: { readonly key: string }): Stamped;
  store(ask: { readonly key: string; readonly stamped: Stamped }): null;
};

function replica(host: Host<Wire>): void {
  const stored = new Map<string, Stamped>();
  host.on('query', ({ key }) => stored.get(key) ?? never);
  host.on('store', ({ key, stamped }) => {
    if (isNewer(stamped, stored.get(key) ?? never)) stored.set(key, stamped);
    return null;
  });
}

function client(host: Host<Wire>, servers: readonly HostId[]) {
  const majority = Math.floor(servers.length / 2) + 1;
  const ask = { timeoutMs: 500 };
  let writes = 0;

  /** The first answers of a majority. */
  const ofMajority = <T>(call: (server: HostId) => Promise<T>) => some(servers, majority, call);
  const newest = async (key: string): Promise<Stamped> => {
    const answers = await ofMajority((server) => host.call(server, 'query', { key }, ask));
    return answers.reduce((best, answer) => (isNewer(answer, best) ? answer : best));
  };
  const store = (key: string, stamped: Stamped) =>
    ofMajority((server) => host.call(server, 'store', { key, stamped }, ask));

  return storeClient(async ({ f, key, value }) => {
    const found = await newest(key);
    writes += 1;
    const writer = `${host.id} ${writes}`;
    const next = f === 'get' ? found : { number: found.number + 1, writer, value };
    // A reader writes back what it found, so that no later reader finds less.
    await store(key, next);
    return { value: next.value, ok: true };
  });
}

export const memoryQuorum: Protocol = {
  name: 'naive/memory-quorum',
  about: 'A majority register that remembers nothing over a restart. It has no cas.',
  promise: 'Linearizable as long as no server ever stops.',
  options: {},
  roles: { node: { prefix: 'n', count: 3, program: () => replica } },
  clients: { kv: (host, servers) => client(host as unknown as Host<Wire>, servers) },
};
