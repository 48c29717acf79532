/** Links that are clogged: what travels on them waits, and then comes in order or all at once. */
import { apart } from '../chance.ts';
import type { FaultOf } from '../spec.ts';
import type { Hold } from '../trouble.ts';
import type { FaultRules } from './effect.ts';
import { named } from './scene.ts';

const releases = ['in-order', 'at-once'] as const satisfies FaultOf<'hold'>['release'][];

export const hold: FaultRules<'hold'> = {
  start(fault, scene) {
    // Nobody hears of them, nor they of anybody: to the others they are as good as cut off.
    const targets = scene.targetsToDown(fault.targets);
    if (targets.length === 0) return undefined;
    const { machines, network } = scene.world;
    const { holds } = network.road;
    const made: Hold = { hosts: scene.mask(targets), held: [], bites: 0 };
    holds.push(made);
    const own = apart(scene.how.label);
    return {
      text: named(targets),
      down: targets,
      undo() {
        holds.splice(holds.indexOf(made), 1);
        network.release(made, fault.release, own, () => true);
      },
      spare(core) {
        const isCore = (index: number) => core.has(machines[index]!);
        network.release(made, fault.release, own, ({ from, to }) => isCore(from) && isCore(to));
      },
      touched: () => made.bites > 0,
    };
  },

  draw: (draw, targets, _, { variants = releases }) => ({
    kind: 'hold',
    targets,
    release: draw.pick(releases.filter((release) => variants.includes(release))),
  }),

  variants: releases,
};
