/** Hosts that cannot reach each other. */
import type { Machine } from '../machine.ts';
import type { Cut } from '../network.ts';
import type { FaultOf } from '../spec.ts';
import type { Effect, FaultRules } from './effect.ts';
import { named, type Scene } from './scene.ts';

export const partition: FaultRules<'partition'> = {
  start(fault, scene) {
    switch (fault.shape) {
      case 'groups':
        return cut(scene, scene.between(fault.groups), fault.groups.map(named).join(' | '));
      case 'halves':
        return halves(scene);
      case 'isolate':
        return isolate(fault, scene);
      case 'one-way':
        return oneWay(fault, scene);
    }
  },

  draw(draw, targets) {
    const shape = draw.pick(['halves', 'isolate', 'one-way'] as const);
    if (shape === 'halves') return { kind: 'partition', shape };
    if (shape === 'isolate') return { kind: 'partition', shape, targets };
    return draw.below(2) === 0
      ? { kind: 'partition', shape, from: targets, to: 'all' }
      : { kind: 'partition', shape, from: 'all', to: targets };
  },
};

function halves(scene: Scene): Effect {
  const order = scene.shuffled(scene.servers);
  const majority = Math.floor(order.length / 2) + 1;
  const groups = [order.slice(0, majority), order.slice(majority)];
  for (const client of scene.clients) groups[scene.below(2)]!.push(client);
  const ids = groups.map((group) => group.map(({ id }) => id));
  return cut(scene, scene.between(ids), ids.map(named).join(' | '));
}

function isolate(fault: FaultOf<'partition'> & { shape: 'isolate' }, scene: Scene): Effect | undefined {
  const targets = scene.targetsToDown(fault.targets);
  if (targets.length === 0) return undefined;
  const cutOff = scene.mask(targets);
  const others = scene.mask([...scene.servers, ...targets]);
  const blocks = (from: number, to: number) =>
    (cutOff[from] === 1 && others[to] === 1) || (cutOff[to] === 1 && others[from] === 1);
  return cut(scene, blocks, `${named(targets)} alone`, targets);
}

function oneWay(fault: FaultOf<'partition'> & { shape: 'one-way' }, scene: Scene): Effect | undefined {
  // Nobody is cut off from himself: the smaller group is chosen first, and the other one among the rest.
  const isFromAll = fault.from === 'all';
  const first = scene.targets(isFromAll ? fault.to : fault.from);
  const rest = scene.servers.filter((machine) => !first.includes(machine));
  const second = scene
    .chosen(isFromAll ? fault.from : fault.to, rest)
    .filter((machine) => !first.includes(machine));
  const [from, to] = isFromAll ? [second, first] : [first, second];
  if (from.length === 0 || to.length === 0) return undefined;
  const [sources, sinks] = [scene.mask(from), scene.mask(to)];
  return cut(
    scene,
    (source, sink) => sources[source] === 1 && sinks[sink] === 1,
    `${named(from)} → ${named(to)}`,
  );
}

function cut(scene: Scene, blocks: Cut['blocks'], text: string, down: readonly Machine[] = []): Effect {
  const made: Cut = { blocks, bites: 0 };
  const { cuts } = scene.world.network;
  cuts.push(made);
  return {
    text,
    down,
    undo: () => void cuts.splice(cuts.indexOf(made), 1),
    touched: () => made.bites > 0,
  };
}
