/** Hosts whose processor has too much to do. */
import { samplerOf } from '../distribution.ts';
import type { Machine } from '../machine.ts';
import type { FaultRules } from './effect.ts';
import { named } from './scene.ts';

const costsUs = [500, 5_000, 20_000, 80_000];

export const slow: FaultRules<'slow'> = {
  start(fault, scene) {
    const targets = scene.targets(fault.targets);
    if (targets.length === 0) return undefined;
    const cost = samplerOf(fault.cost);
    const delayedBefore = targets.map(({ delayed }) => delayed);
    const burden = new Map<Machine, () => void>();
    for (const machine of targets) burden.set(machine, machine.burden(cost, scene.how.label));
    const relieve = (machine: Machine) => burden.get(machine)?.();
    return {
      text: named(targets),
      undo: () => targets.forEach(relieve),
      spare: (core) => targets.filter((machine) => core.has(machine)).forEach(relieve),
      touched: () => targets.some((machine, index) => machine.delayed > delayedBefore[index]!),
    };
  },

  draw: (draw, targets) => ({
    kind: 'slow',
    targets,
    cost: { dist: 'exponential', meanUs: draw.pick(costsUs) },
  }),
};
