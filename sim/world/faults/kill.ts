/** Hosts that crash and come back. */
import type { Machine } from '../machine.ts';
import type { FaultRules } from './effect.ts';
import { named } from './scene.ts';

/** A kill that waits for effects to come between strikes after this time in any case. */
const doomedUsMax = 100_000;
const doomedEffectsMax = 24;
/** A crash of the process alone is milder than a power loss, and finds other mistakes. */
const storages = ['keep', 'lose-unsynced', 'lose-unsynced', 'lose-unsynced'] as const;

export const kill: FaultRules<'kill'> = {
  start(fault, scene) {
    const targets = scene.targetsToDown(fault.targets);
    if (targets.length === 0) return undefined;
    const { world, toll } = scene;
    // No reader could notice that the newest of what was synced is gone.
    const isGranted = fault.storage !== 'wipe' || scene.damage === 'any';
    const storage = isGranted ? fault.storage : 'lose-unsynced';
    const killsBefore = targets.map(({ kills }) => kills);
    const waiting = new Set<Machine>(targets);
    const after: number[] = [];
    for (const [index, machine] of targets.entries()) {
      toll.killed.take(machine);
      const drawn = scene.how.midTurn ? scene.below(doomedEffectsMax) : 0;
      const effects = fault.afterEffects?.[index] ?? drawn;
      after.push(effects);
      if (effects === 0) machine.kill(storage);
      else {
        const before = machine.kills;
        machine.doom(effects, storage);
        world.at(world.nowUs + doomedUsMax, () => {
          if (waiting.has(machine) && machine.kills === before) machine.kill(storage);
        });
      }
    }
    const restart = (machine: Machine) => {
      if (!waiting.delete(machine) || !toll.killed.release(machine)) return;
      machine.doom(-1);
      if (!machine.up) world.restart(machine);
    };
    const undo = () => targets.forEach(restart);
    if (fault.restartAfterUs !== undefined) world.at(world.nowUs + fault.restartAfterUs, undo);
    return {
      text: named(targets),
      concrete: {
        ...fault,
        targets: targets.map(({ id }) => id),
        ...(after.some((effects) => effects > 0) && { afterEffects: after }),
      },
      down: targets,
      undo,
      spare: (core) => targets.filter((machine) => core.has(machine)).forEach(restart),
      touched: () => isGranted && targets.some((machine, index) => machine.kills > killsBefore[index]!),
    };
  },

  draw: (draw, targets, { storage = storages }) => ({ kind: 'kill', targets, storage: draw.pick(storage) }),
};
