/** One write among many hosts, and how long it takes until all have it. */

import {
  type GossipOptions,
  type GossipView,
  gossip,
  gossipOptions,
} from '../../../protocols/gossip/index.ts';
import type { AnyProgram, Host } from '../../../protocols/host.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { Choices } from '../../../sim/kernel/choices.ts';
import { limitsDefault } from '../../../sim/kernel/loop.ts';
import { makePump } from '../../../sim/platform/pump.ts';
import { World, type WorldHost } from '../../../sim/world/world.ts';

const instant = { dist: 'constant', valueUs: 100 } as const;
const intervalMs = 1000;
/** By then every host is in its first round. */
const writtenAtMs = 1500;

const defaults = defaultsOf(gossipOptions);

export interface Spread {
  /** From the write until every host has it; a round is the time in which every host turns to others once. */
  readonly rounds: number;
  /** All messages of that time, those between hosts that have nothing to tell each other included. */
  readonly messages: number;
}

/** @throws Error if it is not everywhere after a hundred rounds */
export async function spreadOf(hosts: number, given: Partial<GossipOptions>, seed: string): Promise<Spread> {
  const options: GossipOptions = { ...defaults, interval: intervalMs, durable: false, ...given };
  const program = gossip.roles.node.program(options) as AnyProgram;
  const servers = Array.from(
    { length: hosts },
    (_, index): WorldHost => ({
      id: `n${index + 1}`,
      program,
      role: 'server',
    }),
  );
  let sentBefore = 0;
  const writer: AnyProgram = async (host: Host<never>) => {
    await host.clock.sleep(writtenAtMs);
    sentBefore = world.network.counters.sent;
    await gossip.clients.map(host, ['n1'], options).put('a', 1);
  };
  const reached = new Set<string>();
  const world: World = World.build(
    {
      network: {
        latency: { dist: 'constant', valueUs: 1000 },
        loss: [0, 1],
        duplicate: [0, 1],
        reorder: { odds: [0, 1], by: instant },
        links: [],
      },
      clocks: { skewUs: 0 },
      disk: { read: instant, write: instant, sync: instant },
      ties: 'random',
      limits: { ...limitsDefault, virtualUs: 1000 * (writtenAtMs + 100 * intervalMs) },
    },
    [...servers, { id: 'c1', program: writer, role: 'client' }],
    new Choices(seed),
    {
      turn(machine) {
        const view = machine.state() as GossipView | undefined;
        if (view?.entries?.has('a') === true) reached.add(machine.id);
        if (reached.size === hosts) world.loop.stop();
      },
    },
  );
  await world.run(await makePump());
  if (reached.size < hosts) throw new Error(`only ${reached.size} of ${hosts} hosts have the entry`);
  return {
    rounds: (world.nowUs / 1000 - writtenAtMs) / intervalMs,
    messages: world.network.counters.sent - sentBefore,
  };
}
