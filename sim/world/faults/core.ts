/** Which servers a cluster must get going again with. */
import type { HostId } from '../../../protocols/host.ts';
import type { Machine } from '../machine.ts';
import type { Core } from '../spec.ts';
import type { World } from '../world.ts';

/**
 * The machines of the core: the clients and the operator, and of the servers a drawn majority, all, or the ones named.
 * Where members come and go, it is a majority of every configuration that may be in force.
 */
export function chooseCore(world: World, core: Core): Machine[] {
  const servers = world.serverMachines;
  return [...chosen(world, servers, core), ...world.machines.slice(servers.length)];
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
  const lacking = (world.membership?.possible ?? [world.servers]).map((members) => ({
    members: new Set(members),
    count: Math.floor(members.length / 2) + 1,
  }));
  const inCore = new Set<HostId>();
  for (const { id } of soundFirst) {
    if (lacking.every(({ count }) => count <= 0)) break;
    inCore.add(id);
    for (const configuration of lacking) if (configuration.members.has(id)) configuration.count -= 1;
  }
  return servers.filter(({ id }) => inCore.has(id));
}
