/** Links that lose, repeat, delay, reorder and corrupt. */
import type { Ratio } from '../../../protocols/host.ts';
import { apart } from '../chance.ts';
import { samplerOf } from '../distribution.ts';
import type { Disturbance } from '../trouble.ts';
import type { FaultRules } from './effect.ts';
import { named } from './scene.ts';

const never: Ratio = [0, 1];
const losses: readonly Ratio[] = [
  [1, 10],
  [3, 10],
  [6, 10],
];
const delaysUs = [2_000, 20_000, 100_000, 300_000];
const reordersUs = [20_000, 200_000];
const noTime = { dist: 'constant', valueUs: 0 } as const;

export const packet: FaultRules<'packet'> = {
  start(fault, scene) {
    const targets = scene.targets(fault.targets);
    if (targets.length === 0) return undefined;
    const { disturbances } = scene.world.network.road;
    const disturbance: Disturbance = {
      hosts: scene.mask(targets),
      link: {
        loss: fault.loss,
        duplicate: fault.duplicate,
        delay: samplerOf(fault.delay),
        reorder: fault.reorder?.odds ?? never,
        reorderBy: samplerOf(fault.reorder?.by ?? noTime),
        corrupt: fault.corrupt ?? never,
      },
      own: apart(scene.how.label),
      bites: 0,
    };
    disturbances.push(disturbance);
    return {
      text: `the links of ${named(targets)}`,
      undo: () => void disturbances.splice(disturbances.indexOf(disturbance), 1),
      touched: () => disturbance.bites > 0,
    };
  },

  /** Each variant is drawn on its own account; a nemesis draws the first three together unless it names others. */
  draw(draw, targets, _, { variants = ['loss', 'duplicate', 'delay'] }) {
    const has = (variant: string) => variants.includes(variant);
    return {
      kind: 'packet',
      targets,
      loss: has('loss') ? draw.pick(losses) : never,
      duplicate: has('duplicate') ? draw.pick(losses) : never,
      delay: has('delay') ? { dist: 'exponential', meanUs: draw.pick(delaysUs) } : noTime,
      ...(has('reorder') && {
        reorder: { odds: draw.pick(losses), by: { dist: 'exponential', meanUs: draw.pick(reordersUs) } },
      }),
      ...(has('corrupt') && { corrupt: draw.pick(losses) }),
    };
  },

  variants: ['loss', 'duplicate', 'delay', 'reorder', 'corrupt'],
};
