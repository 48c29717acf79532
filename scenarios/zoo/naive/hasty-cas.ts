/** One server whose cas looks, and then acts: usually within one turn, but not on its rare path. */
import type { Host } from '../../../protocols/host.ts';
import type { Protocol, Value } from '../../../protocols/protocol.ts';
import { applied, callingAny, type StoreWire } from './store-client.ts';

function server(host: Host<StoreWire>): void {
  const data = new Map<string, Value>();
  host.on('operate', async (operation) => {
    if (operation.f !== 'cas') return applied(data, operation);
    const isExpected = (data.get(operation.key) ?? null) === operation.from;
    if (host.buggify('slow cas')) await host.clock.sleep(20);
    if (!isExpected) return { value: null, ok: false };
    data.set(operation.key, operation.value);
    return { value: operation.value, ok: true };
  });
}

export const hastyCas: Protocol = {
  name: 'naive/hasty-cas',
  about: 'One server that may wait between the look and the act of a compare-and-set.',
  promise: 'Linearizable as long as the wait never happens.',
  options: {},
  roles: { node: { prefix: 'n', count: 1, program: () => server } },
  clients: {
    kv: (host, servers) => callingAny(host as unknown as Host<StoreWire>, servers, 1000),
  },
};
