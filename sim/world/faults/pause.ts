/** Hosts that stop and then go on as if nothing had been. */
import type { FaultRules } from './effect.ts';
import { named } from './scene.ts';

export const pause: FaultRules<'pause'> = {
  start(fault, scene) {
    const { paused } = scene.toll;
    const targets = scene.targetsToDown(fault.targets).filter((machine) => machine.up);
    if (targets.length === 0) return undefined;
    const heldBefore = targets.map(({ held }) => held);
    for (const machine of targets) {
      paused.take(machine);
      machine.pause();
    }
    const resume = (machine: (typeof targets)[number]) => {
      if (paused.release(machine)) machine.resume();
    };
    return {
      text: named(targets),
      down: targets,
      undo: () => targets.forEach(resume),
      spare: (core) => targets.filter((machine) => core.has(machine)).forEach(resume),
      touched: () => targets.some((machine, index) => machine.held > heldBefore[index]!),
    };
  },

  draw: (_, targets) => ({ kind: 'pause', targets }),
};
