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
  const configurations = world.membership?.possible ?? [world.servers];
  const inCore = new Set<HostId>();
  const isMajority = (members: readonly HostId[]) =>
    members.filter((id) => inCore.has(id)).length > members.length / 2;
  for (const { id } of soundFirst) if (!configurations.every(isMajority)) inCore.add(id);
  return servers.filter(({ id }) => inCore.has(id));
}
