/** The client's half: it asks any host, and what one host has done the others learn later. */
import { askAnyServer } from '../any-server.ts';
import type { Host, HostId } from '../host.ts';
import type { Value } from '../protocol.ts';
import type { GossipWire } from './messages.ts';
import type { GossipOptions } from './options.ts';

/** A map that every host has a copy of. Methods reject as those of `KvClient` do. */
export interface MapClient {
  /** The value at one of the hosts, or null if there is none. */
  get(key: string): Promise<Value>;
  put(key: string, value: Exclude<Value, null>): Promise<void>;
  delete(key: string): Promise<void>;
}

export function mapClient(
  host: Host<GossipWire>,
  servers: readonly HostId[],
  options: GossipOptions,
): MapClient {
  const write = async (key: string, value: Value) => {
    await askAnyServer(host, servers, 'write', { key, value }, options);
  };
  return {
    get: async (key) => (await askAnyServer(host, servers, 'read', { key }, options)).value,
    put: write,
    delete: (key) => write(key, null),
  };
}
