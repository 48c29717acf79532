/** The arm of the simulator: a hostile network (repeats, overtaking, ties in any order) that loses nothing. */

import { Choices } from '../../sim/kernel/choices.ts';
import { limitsDefault } from '../../sim/kernel/loop.ts';
import { makePump } from '../../sim/platform/pump.ts';
import type { WorldHost, WorldSpec } from '../../sim/world/world.ts';
import { World } from '../../sim/world/world.ts';
import type { Control, Lab, LooseHost, Main, Pausables, Servers } from './lab.ts';

export const spec: WorldSpec = {
  network: {
    latency: { dist: 'uniform', minUs: 100, maxUs: 2000 },
    loss: [0, 1],
    duplicate: [1, 10],
    reorder: { odds: [1, 10], by: { dist: 'constant', valueUs: 3000 } },
    links: [],
  },
  clocks: { skewUs: 500_000 },
  disk: {
    read: { dist: 'constant', valueUs: 50 },
    write: { dist: 'constant', valueUs: 80 },
    sync: { dist: 'uniform', minUs: 500, maxUs: 3000 },
  },
  ties: 'random',
  limits: { ...limitsDefault, virtualUs: 600_000_000 },
};

/**
 * @param seed what the network, the disks and the ties of this lab follow from
 * @param transport what messages travel over
 */
export function simulatedLab(seed: string, transport: 'datagram' | 'stream' = 'datagram'): Lab {
  return {
    async play<T>(servers: Servers, main: Main<T>, pausable: Pausables = {}): Promise<T> {
      let outcome: { value: T } | { error: unknown } | undefined;
      const settle = (given: typeof outcome) => {
        outcome ??= given;
        world.loop.stop();
      };
      const client = async (host: LooseHost) => {
        // Boots take their time: the client is the last, as over sockets.
        await host.clock.sleep(50);
        await main(host, control).then(
          (value) => settle({ value }),
          (error) => settle({ error }),
        );
      };
      const hosts: WorldHost[] = Object.entries(servers).map(([id, program]) => ({
        id,
        program,
        role: 'server',
      }));
      hosts.push({ id: 'c1', program: client, role: 'client' });
      for (const [id, { file, name }] of Object.entries(pausable)) {
        const { [name]: program } = await import(file.href);
        hosts.push({ id, program, role: 'client' });
      }
      const world = World.build(
        { ...spec, network: { ...spec.network, transport } },
        hosts,
        new Choices(seed),
      );
      const control: Control = {
        kill: (id) => void world.machine(id).kill('lose-unsynced'),
        restart: (id) => world.restart(world.machine(id)),
        stop: (id) => world.machine(id).stop(),
        pause: (id, ms) => {
          const machine = world.machine(id);
          machine.pause();
          world.at(world.nowUs + Math.round(ms * 1000), () => void machine.resume());
        },
        view: (id) => world.machine(id).state(),
        counters: () => world.network.counters,
      };
      const stop = await world.run(await makePump());
      if (outcome === undefined) throw new Error(`the client never came to an end: ${JSON.stringify(stop)}`);
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    },
  };
}
