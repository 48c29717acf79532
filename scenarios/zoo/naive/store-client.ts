/** A client library for the naive stores: one operation is one call of whichever server the store says. */
import type { Host, HostId } from '../../../protocols/host.ts';
import { Refused } from '../../../protocols/host.ts';
import type { KvClient, Value } from '../../../protocols/protocol.ts';

export interface StoreOperation {
  readonly f: 'get' | 'put' | 'cas';
  readonly key: string;
  readonly value: Value;
  /** What a cas expects. */
  readonly from: Value;
}

/** What a store answers: the value of a get, whether a cas succeeded. */
export interface StoreAnswer {
  readonly value: Value;
  readonly ok: boolean;
}

export type StoreWire = { operate(ask: StoreOperation): StoreAnswer };

/** @param operate carries one operation out, or rejects as `Host.call` does */
export function storeClient(operate: (operation: StoreOperation) => Promise<StoreAnswer>): KvClient {
  return {
    get: async (key) => (await operate({ f: 'get', key, value: null, from: null })).value,
    put: async (key, value) => void (await operate({ f: 'put', key, value, from: null })),
    delete: async (key) => void (await operate({ f: 'put', key, value: null, from: null })),
    cas: async (key, from, value) => (await operate({ f: 'cas', key, value, from })).ok,
  };
}

/** Calls one server after another until one does not refuse; what timed out may have happened, and is not tried again. */
export function callingAny(host: Host<StoreWire>, servers: readonly HostId[], timeoutMs: number): KvClient {
  return storeClient(async (operation) => {
    const first = host.random.below(servers.length, 'first server');
    for (let tried = 0; tried < servers.length; tried += 1) {
      const server = servers[(first + tried) % servers.length]!;
      try {
        return await host.call(server, 'operate', operation, { timeoutMs });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }
    throw new Refused('no server would do it');
  });
}

/** Calls always the same server, c1 the first one, c2 the second and so on, and passes on what it says. */
export function callingHome(host: Host<StoreWire>, servers: readonly HostId[], timeoutMs: number): KvClient {
  const home = servers[(Number(host.id.slice(1)) - 1) % servers.length]!;
  return storeClient((operation) => host.call(home, 'operate', operation, { timeoutMs }));
}

/** Applies an operation to a map. */
export function applied(map: Map<string, Value>, { f, key, value, from }: StoreOperation): StoreAnswer {
  const stored = map.get(key) ?? null;
  if (f === 'get') return { value: stored, ok: true };
  if (f === 'cas' && stored !== from) return { value: stored, ok: false };
  map.set(key, value);
  return { value, ok: true };
}
