/** Hosts that cannot reach each other. */

import { hashText, joinHash } from '../../kernel/choices.ts';
import type { Machine } from '../machine.ts';
import type { FaultOf } from '../spec.ts';
import type { Cut } from '../trouble.ts';
import type { Effect, FaultRules } from './effect.ts';
import { named, type Scene } from './scene.ts';

type Shape = FaultOf<'partition'>['shape'];

/** All that chance can draw; a nemesis draws the first three unless it names others. */
const shapes = ['halves', 'isolate', 'one-way', 'bridge', 'ring', 'random'] as const satisfies Shape[];

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
      case 'ring':
        return ring(scene);
      case 'bridge':
        return bridge(scene);
      case 'random':
        return random(scene);
    }
  },

  draw(draw, targets, _, { variants = shapes.slice(0, 3) }) {
    const shape = draw.pick(shapes.filter((shape) => variants.includes(shape)));
    switch (shape) {
      case 'isolate':
        return { kind: 'partition', shape, targets };
      case 'one-way':
        return draw.below(2) === 0
          ? { kind: 'partition', shape, from: targets, to: 'all' }
          : { kind: 'partition', shape, from: 'all', to: targets };
      default:
        return { kind: 'partition', shape };
    }
  },

  variants: shapes,
};

function halves(scene: Scene): Effect {
  const order = scene.shuffled(scene.servers);
  const majority = Math.floor(order.length / 2) + 1;
  const groups = [order.slice(0, majority), order.slice(majority)];
  for (const client of scene.clients) groups[scene.below(2)]!.push(client);
  const ids = groups.map((group) => group.map(({ id }) => id));
  return { ...cut(scene, scene.between(ids), ids.map(named).join(' | ')), ...asGroups(ids) };
}

/** What was drawn, as a script writes it. */
function asGroups(groups: readonly (readonly string[])[]): Pick<Effect, 'concrete'> {
  if (groups.some(({ length }) => length === 0)) return {};
  return { concrete: { kind: 'partition', shape: 'groups', groups } };
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

/** Each server hears itself and its nearest neighbours in a circle, a bare majority together. */
function ring(scene: Scene): Effect | undefined {
  const order = scene.shuffled(scene.servers);
  const size = order.length;
  if (size < 3) return undefined;
  const majority = Math.floor(size / 2) + 1;
  const place = new Int16Array(scene.world.names.length).fill(-1);
  for (const [index, machine] of order.entries()) place[machine.index] = index;
  // As in Jepsen: of an even majority, one more neighbour on the near side.
  const before = Math.floor(majority / 2);
  const blocks = (from: number, to: number) => {
    const [source, sink] = [place[from]!, place[to]!];
    return source >= 0 && sink >= 0 && (source - sink + before + size) % size >= majority;
  };
  return cut(scene, blocks, `a ring of ${named(order)}`);
}

function bridge(scene: Scene): Effect | undefined {
  const [middle, ...rest] = scene.shuffled(scene.servers);
  if (middle === undefined || rest.length < 2) return undefined;
  const half = Math.ceil(rest.length / 2);
  const groups = [rest.slice(0, half), rest.slice(half)];
  for (const client of scene.clients) groups[scene.below(2)]!.push(client);
  const ids = groups.map((group) => group.map(({ id }) => id));
  const text = `${ids.map(named).join(' | ')} bridged by ${middle.id}`;
  return { ...cut(scene, scene.between(ids), text), ...asGroups(ids) };
}

/** Drawn anew for every packet, always with the same outcome: nothing is kept for the pairs of hosts. */
function random(scene: Scene): Effect | undefined {
  if (scene.servers.length < 2) return undefined;
  const { choices, names, servers } = scene.world;
  const { label } = scene.how;
  const hash = hashText(`${label} cuts`);
  const blocks = (from: number, to: number) => {
    if (from === to || from >= servers.length || to >= servers.length) return false;
    const text = choices.labelled ? `${label} cuts ${names[from]}>${names[to]}` : '';
    return choices.draw(joinHash(joinHash(hash, from), to), 0, 3, text) === 2;
  };
  return cut(scene, blocks, `random cuts among {${servers[0]} … ${servers.at(-1)}}`);
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
