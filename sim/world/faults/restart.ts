/** Hosts that are restarted one after another, or that crash again and again. */
import { samplerOf } from '../distribution.ts';
import type { Machine } from '../machine.ts';
import type { FaultRules } from './effect.ts';
import { named } from './scene.ts';

export const restart: FaultRules<'restart'> = {
  start(fault, scene) {
    const targets = scene.targetsToDown(fault.targets);
    if (targets.length === 0) return undefined;
    const { world, toll, how } = scene;
    const [down, gap] = [samplerOf(fault.down), samplerOf(fault.gap)];
    const times = world.choices.stream(`${how.label} restarts`);
    const left = new Set(targets);
    const isDown = new Set<Machine>();
    let ends = 0;

    const boot = (machine: Machine) => {
      if (!isDown.delete(machine)) return;
      // A program that is still finishing its business has had its time.
      machine.kill('keep');
      if (toll.killed.release(machine)) world.restart(machine);
    };
    const end = (machine: Machine) => {
      toll.killed.take(machine);
      isDown.add(machine);
      if (!machine.up) return;
      ends += 1;
      if (fault.how === 'crash') machine.kill('lose-unsynced');
      else void machine.stop();
    };
    const step = (round: number, index: number) => {
      if (left.size === 0 || round === fault.rounds) return;
      const machine = targets[index]!;
      const isLast = index + 1 === targets.length;
      const downUs = left.has(machine) ? down.sample(times.below(4294967296)) : 0;
      if (left.has(machine)) end(machine);
      world.at(world.nowUs + downUs, () => {
        boot(machine);
        const gapUs = Math.max(1, gap.sample(times.below(4294967296)));
        world.at(world.nowUs + gapUs, () => step(isLast ? round + 1 : round, isLast ? 0 : index + 1));
      });
    };
    step(0, 0);

    const leave = (machine: Machine) => {
      left.delete(machine);
      boot(machine);
    };
    return {
      text: `${named(targets)}, one after another`,
      down: targets,
      undo: () => targets.forEach(leave),
      spare: (core) => targets.filter((machine) => core.has(machine)).forEach(leave),
      touched: () => ends > 0,
    };
  },

  draw: (draw, targets) => ({
    kind: 'restart',
    targets,
    how: draw.pick(['stop', 'crash']),
    down: { dist: 'exponential', meanUs: draw.pick([20_000, 200_000]) },
    gap: { dist: 'exponential', meanUs: draw.pick([500_000, 50_000]) },
    rounds: 1 + draw.below(5),
  }),
};
