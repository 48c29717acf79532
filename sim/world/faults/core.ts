/** Which servers a cluster must get going again with. */
import type { Machine } from '../machine.ts';
import type { Core } from '../spec.ts';
import type { World } from '../world.ts';

/** The machines of the core: the clients, and of the servers a drawn bare majority, all, or the ones named. */
export function chooseCore(world: World, core: Core): Machine[] {
  const servers = world.machines.slice(0, world.servers.length);
  const clients = world.machines.slice(world.servers.length);
  return [...chosen(world, servers, core), ...clients];
}

function chosen(world: World, servers: readonly Machine[], core: Core): readonly Machine[] {
  if (core === 'all') return servers;
  if (core !== 'majority') return core.map((id) => world.machine(id));
  const order = world.choices.stream('recovery core').shuffled(servers);
  // What was damaged may never boot again: the rest must do.
  const { damaged } = world.atlas;
  const soundFirst = [
    ...order.filter(({ id }) => !damaged.has(id)),
    ...order.filter(({ id }) => damaged.has(id)),
  ];
  const majority = new Set(soundFirst.slice(0, Math.floor(servers.length / 2) + 1));
  return servers.filter((machine) => majority.has(machine));
}
