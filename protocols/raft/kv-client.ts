/** The replicated map as a client sees it. */
import type { Host, HostId } from '../host.ts';
import type { KvClient, Value } from '../protocol.ts';
import { RaftClient } from './client.ts';
import type { KvOperation } from './kv.ts';
import type { RaftWire } from './messages.ts';
import type { RaftOptions } from './options.ts';

export function raftClient(host: Host<RaftWire>, servers: readonly HostId[], options: RaftOptions): KvClient {
  const client = new RaftClient(host, servers, options);
  const change = (operation: KvOperation) => client.submit(operation);
  return {
    get: async (key) => (await client.read({ key })) as Value,
    put: async (key, value) => {
      await change({ kind: 'put', key, value });
    },
    delete: async (key) => {
      await change({ kind: 'delete', key });
    },
    cas: async (key, from, to) => (await change({ kind: 'cas', key, from, to })) === true,
  };
}
