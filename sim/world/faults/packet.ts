/** Links that lose, repeat and delay. */
import type { Ratio } from '../../../protocols/host.ts';
import { Sampler } from '../distribution.ts';
import type { Disturbance } from '../network.ts';
import type { FaultRules } from './effect.ts';
import { named } from './scene.ts';

const losses: readonly Ratio[] = [
  [1, 10],
  [3, 10],
  [6, 10],
];
const delaysUs = [2_000, 20_000, 100_000, 300_000];

export const packet: FaultRules<'packet'> = {
  start(fault, scene) {
    const targets = scene.targets(fault.targets);
    if (targets.length === 0) return undefined;
    const { disturbances } = scene.world.network;
    const disturbance: Disturbance = {
      hosts: new Set(targets.map(({ index }) => index)),
      link: { loss: fault.loss, duplicate: fault.duplicate, delay: new Sampler(fault.delay) },
      label: scene.how.label,
      bites: 0,
    };
    disturbances.push(disturbance);
    return {
      text: `the links of ${named(targets)}`,
      undo: () => void disturbances.splice(disturbances.indexOf(disturbance), 1),
      touched: () => disturbance.bites > 0,
    };
  },

  draw(draw, targets) {
    return {
      kind: 'packet',
      targets,
      loss: draw.pick(losses),
      duplicate: draw.pick(losses),
      delay: { dist: 'exponential', meanUs: draw.pick(delaysUs) },
    };
  },
};
