/** The first server that is heard of is the primary: whoever hears something else has another one. */
import { type Host, type HostId, Refused } from '../../../protocols/host.ts';
import type { Protocol, Value } from '../../../protocols/protocol.ts';
import { applied, callingAny, type StoreWire } from './store-client.ts';

type Wire = StoreWire & {
  heartbeat(ask: { readonly entries: readonly (readonly [string, Value])[] }): void;
  copy(ask: { readonly key: string; readonly value: Value }): null;
};

/** A server that was silent for so long is taken for dead. */
const silentMsMax = 300;
const beatMs = 50;

function server(host: Host<Wire>): void {
  const data = new Map<string, Value>();
  const heardMs = new Map<HostId, number>(host.peers.map((peer) => [peer, host.clock.elapsed()]));
  const others = host.peers.filter((peer) => peer !== host.id);
  const isAlive = (peer: HostId): boolean =>
    peer === host.id || host.clock.elapsed() - heardMs.get(peer)! < silentMsMax;
  const isPrimary = (): boolean => host.peers.find(isAlive) === host.id;

  const beat = (): void => {
    for (const peer of others) host.send(peer, 'heartbeat', { entries: [...data] });
    host.clock.after(beatMs, beat);
  };
  beat();
  host.on('heartbeat', (_, from) => void heardMs.set(from, host.clock.elapsed()));
  host.on('copy', ({ key, value }) => {
    data.set(key, value);
    return null;
  });
  host.on('operate', async (operation) => {
    if (!isPrimary()) throw new Refused(`${host.id} is not the primary`);
    const answer = applied(data, operation);
    const copy = { key: operation.key, value: answer.value };
    if (operation.f !== 'get') {
      const copies = others.filter(isAlive).map((peer) => host.call(peer, 'copy', copy, { timeoutMs: 100 }));
      await Promise.allSettled(copies);
    }
    return answer;
  });
  host.expose(() => ({ role: isPrimary() ? 'leader' : 'follower' }));
}

export const heartbeatPrimary: Protocol = {
  name: 'naive/heartbeat-primary',
  about: 'A primary with copies, replaced by whoever has not heard its heartbeat for 300 ms.',
  promise: 'Linearizable as long as whoever is silent is dead, and everybody hears the same silence.',
  options: {},
  roles: { node: { prefix: 'n', count: 3, program: () => server } },
  clients: {
    kv: (host, servers) => callingAny(host as unknown as Host<StoreWire>, servers, 500),
  },
};
