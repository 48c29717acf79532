/** So many hosts, each with so many pings under way to random peers; every ping and every answer is a message. */
import type { Host, HostId } from '../../protocols/host.ts';
import type { NetworkSpec } from '../../sim/world/spec.ts';
import type { Subject } from './measure.ts';
import { runFor } from './worlds.ts';

type Pings = {
  ping(ask: { readonly round: number }): { round: number };
};
type Rumours = {
  rumour(ask: { readonly count: number }): void;
};
type Datagrams = {
  ping(ask: { readonly round: number }): void;
  pong(ask: { readonly round: number }): void;
};

const shapes: readonly (readonly [hosts: number, underWay: number])[] = [
  [5, 1],
  [5, 40],
  [50, 4],
  [200, 1],
  [1000, 1],
];

export const messages: readonly Subject[] = [
  ...shapes.map(([hosts, underWay]) => subject('send', hosts, underWay, sender(underWay))),
  ...shapes.map(([hosts, underWay]) => subject('call', hosts, underWay, caller(underWay))),
  ...[5, 50, 1000].map(gossip),
  subject('stream', 5, 40, sender(40), { transport: 'stream' }),
  subject('narrow', 5, 40, sender(40), { bandwidth: { bytesPerSecond: 10_000_000, queueBytes: 1_000_000 } }),
];

/** Everybody tells a random peer something every ten milliseconds, and one message in fifty is lost. */
function gossip(hosts: number): Subject {
  const program = (host: Host<Rumours>) => {
    let heard = 0;
    host.on('rumour', ({ count }) => {
      heard = Math.max(heard, count);
    });
    const tell = () => {
      heard += 1;
      host.send(randomPeer(host as Host<never>), 'rumour', { count: heard });
      host.clock.after(10, tell);
    };
    host.clock.after(20, tell);
  };
  return {
    section: 'messages',
    name: `gossip ${hosts}, 2% loss`,
    unit: 'events',
    round: (ms) => runFor(ms, hosts, program, (world) => world.loop.event, undefined, { loss: [1, 50] }),
  };
}

function subject(
  how: string,
  hosts: number,
  underWay: number,
  program: (host: Host<never>) => void,
  network: Partial<NetworkSpec> = {},
): Subject {
  return {
    section: 'messages',
    name: `${how} ${hosts}×${underWay}`,
    unit: 'messages',
    round: (ms) =>
      runFor(ms, hosts, program, (world) => world.network.counters.delivered, undefined, network),
  };
}

function sender(underWay: number): (host: Host<never>) => void {
  return (host: Host<Datagrams>) => {
    host.on('ping', ({ round }, from) => host.send(from, 'pong', { round }));
    host.on('pong', ({ round }) => host.send(randomPeer(host), 'ping', { round: round + 1 }));
    // Everybody is up after this time.
    host.clock.after(20, () => {
      for (let i = 0; i < underWay; i += 1) host.send(randomPeer(host), 'ping', { round: 0 });
    });
  };
}

function caller(underWay: number): (host: Host<never>) => void {
  return (host: Host<Pings>) => {
    host.on('ping', async ({ round }) => ({ round }));
    const keepCalling = async () => {
      await host.clock.sleep(20);
      for (let round = 0; ; round += 1) {
        await host.call(randomPeer(host), 'ping', { round }, { timeoutMs: 1_000 });
      }
    };
    for (let i = 0; i < underWay; i += 1) void keepCalling();
  };
}

function randomPeer(host: Host<never>): HostId {
  const { peers, id } = host;
  const peer = peers[host.random.below(peers.length - 1, 'peer')]!;
  return peer === id ? peers[peers.length - 1]! : peer;
}
