/** A store of two servers that do not talk to each other: right until a client cannot reach the first. */
import { type Host, type HostId, Refused } from '../../protocols/host.ts';
import type { KvClient, Protocol, Value } from '../../protocols/protocol.ts';

type Wire = {
  get(ask: { key: string }): { value: Value };
  put(ask: { key: string; value: Value }): null;
};

function server(host: Host<Wire>): void {
  const map = new Map<string, Value>();
  host.expose(() => ({ role: host.id === 'n1' ? 'leader' : 'spare', keys: map.size }));
  host.on('get', ({ key }) => ({ value: map.get(key) ?? null }));
  host.on('put', ({ key, value }) => {
    map.set(key, value);
    return null;
  });
}

function client(host: Host<Wire>, servers: readonly HostId[]): KvClient {
  const within = { timeoutMs: 500 };
  const ask = async <T>(task: (to: HostId) => Promise<T>): Promise<T> =>
    task(servers[0]!).catch(() => task(servers[1]!));
  const put = (key: string, value: Value) =>
    ask(async (to) => void (await host.call(to, 'put', { key, value }, within)));
  return {
    get: (key) => ask(async (to) => (await host.call(to, 'get', { key }, within)).value),
    put,
    delete: (key) => put(key, null),
    cas: () => Promise.reject(new Refused('this store has no cas')),
  };
}

export const forgetfulPair: Protocol = {
  name: 'forgetful-pair',
  about: 'Two maps in the memory of two servers.',
  promise: 'Linearizable, it says.',
  options: {},
  roles: { node: { prefix: 'n', count: 2, program: () => server } },
  clients: { kv: (host, servers) => client(host as unknown as Host<Wire>, servers) },
};
