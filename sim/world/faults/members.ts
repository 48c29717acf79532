/** Servers that join and leave the cluster. */
import type { HostId } from '../../../protocols/host.ts';
import type { Membership, Order } from '../membership.ts';
import type { FaultOf } from '../spec.ts';
import type { FaultRules } from './effect.ts';
import type { Scene } from './scene.ts';

type Change = Pick<Order, 'change' | 'server'>;

export const members: FaultRules<'members'> = {
  start(fault, scene) {
    const { membership } = scene.world;
    if (membership === undefined) return undefined;
    const changes = planned(fault, scene, membership);
    if (changes.length === 0) return undefined;
    const orders = changes.map(({ change, server }) => membership.order(change, server));
    return {
      text: changes.map(({ change, server }) => `${change} ${server}`).join(', '),
      concrete: concrete(fault, changes),
      // Members stay what they have become.
      undo: () => {},
      touched: () => orders.some(({ isDone }) => isDone),
    };
  },

  draw(draw, targets) {
    const change = draw.pick(['add', 'replace', 'remove'] as const);
    return change === 'add'
      ? { kind: 'members', change, servers: 'one-spare' }
      : { kind: 'members', change, targets };
  },
};

/** The fault with its servers named. Which spare one comes in the place of another is drawn again, with the same label. */
function concrete(fault: FaultOf<'members'>, changes: readonly Change[]): FaultOf<'members'> {
  const serversTo = (change: Change['change']) =>
    changes.filter((own) => own.change === change).map(({ server }) => server);
  return fault.change === 'add'
    ? { ...fault, servers: serversTo('add') }
    : { ...fault, targets: serversTo('remove') };
}

function planned(fault: FaultOf<'members'>, scene: Scene, membership: Membership): Change[] {
  const outside = scene.servers.map(({ id }) => id).filter((id) => !membership.planned.includes(id));
  const add = (server: HostId): Change => ({ change: 'add', server });
  const remove = (server: HostId): Change => ({ change: 'remove', server });
  switch (fault.change) {
    case 'add': {
      const { servers } = fault;
      if (servers === 'one-spare') return scene.shuffled(outside).slice(0, 1).map(add);
      return servers.filter((id) => outside.includes(id)).map(add);
    }
    case 'remove':
      return leaving(fault, scene, membership).slice(0, removable(scene, membership)).map(remove);
    case 'replace': {
      const spares = scene.shuffled(outside);
      // The new one first: the cluster is never smaller than it was.
      return leaving(fault, scene, membership)
        .slice(0, spares.length)
        .flatMap((server, index) => [add(spares[index]!), remove(server)]);
    }
  }
}

function leaving(
  { targets }: { readonly targets: Parameters<Scene['chosen']>[0] },
  scene: Scene,
  { planned }: Membership,
): HostId[] {
  const machines = scene.servers.filter(({ id }) => planned.includes(id));
  return scene
    .chosen(targets, machines)
    .map(({ id }) => id)
    .filter((id) => planned.includes(id));
}

/**
 * How many servers may leave. Where a majority must stay up, the cluster keeps its first size: so the servers that may
 * be down, fewer than half of that, are fewer than half of any configuration. Otherwise chance leaves one place empty
 * at most, and a script somebody to talk to.
 */
function removable(scene: Scene, { planned, initial }: Membership): number {
  const { downMax, midTurn } = scene.how;
  const empty = midTurn === true ? 1 : initial.length - 1;
  const left = downMax === undefined ? initial.length - empty : initial.length;
  return Math.max(0, planned.length - left);
}
