/** A client sends what it wants to store ahead, and then the order to store it. */
import { type Host, type HostId, Refused } from '../../../protocols/host.ts';
import type { Protocol, Value } from '../../../protocols/protocol.ts';
import { applied, type StoreAnswer, type StoreOperation, storeClient } from './store-client.ts';

type Wire = {
  value(ask: { readonly value: Value }): void;
  operate(ask: Omit<StoreOperation, 'value'>): StoreAnswer;
};

function server(host: Host<Wire>): void {
  const data = new Map<string, Value>();
  /** The value that each client has sent last. */
  const ahead = new Map<HostId, Value>();
  host.on('value', ({ value }, from) => void ahead.set(from, value));
  host.on('operate', (operation, from) => {
    const value = ahead.get(from);
    // Before this server was up.
    if (value === undefined && operation.f !== 'get') throw new Refused('no value came ahead');
    return applied(data, { ...operation, value: value ?? null });
  });
}

function client(host: Host<Wire>, servers: readonly HostId[]) {
  return storeClient(async ({ f, key, value, from }) => {
    const server = servers[0]!;
    if (f !== 'get') {
      host.send(server, 'value', { value });
      await host.clock.sleep(1);
    }
    return host.call(server, 'operate', { f, key, from }, { timeoutMs: 500 });
  });
}

export const valueAhead: Protocol = {
  name: 'naive/value-ahead',
  about: 'One server that stores what came last from a client when that client tells it to.',
  promise: 'Linearizable as long as every message arrives, once, unchanged, and in the order of sending.',
  options: {},
  roles: { node: { prefix: 'n', count: 1, program: () => server } },
  clients: { kv: (host, servers) => client(host as unknown as Host<Wire>, servers) },
};
