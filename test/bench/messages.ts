/** So many hosts, each with so many pings under way to random peers; every ping and every answer is a message. */
import type { Host, HostId } from '../../protocols/host.ts';
import type { Subject } from './measure.ts';
import { runFor } from './worlds.ts';

type Pings = {
  ping(ask: { readonly round: number }): { round: number };
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
];

function subject(
  how: string,
  hosts: number,
  underWay: number,
  program: (host: Host<never>) => void,
): Subject {
  return {
    section: 'messages',
    name: `${how} ${hosts}×${underWay}`,
    unit: 'messages',
    round: (ms) => runFor(ms, hosts, program, (world) => world.network.counters.delivered),
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
