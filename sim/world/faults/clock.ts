/** Wall clocks that jump. */
import type { Machine } from '../machine.ts';
import type { FaultRules } from './effect.ts';
import { named } from './scene.ts';

const offsetsUs = [50_000, 500_000, 5_000_000, 60_000_000];

export const clock: FaultRules<'clock'> = {
  start({ targets: where, offsetUs }, scene) {
    const targets = scene.targets(where);
    if (targets.length === 0) return undefined;
    const readsBefore = targets.map(({ clock }) => clock.reads);
    const readsAfter = new Map<Machine, number>();
    const shift = ({ clock }: Machine, byUs: number) => {
      clock.offsetUs += byUs;
    };
    for (const machine of targets) shift(machine, offsetUs);
    const putBack = (machine: Machine) => {
      readsAfter.set(machine, machine.clock.reads);
      shift(machine, -offsetUs);
    };
    return {
      text: `${named(targets)} by ${offsetUs / 1_000_000} s`,
      undo: () => targets.forEach(putBack),
      spare: (core) => targets.filter((machine) => core.has(machine)).forEach(putBack),
      touched: () =>
        targets.some(
          (machine, index) => (readsAfter.get(machine) ?? machine.clock.reads) > readsBefore[index]!,
        ),
    };
  },

  draw: (draw, targets) => ({
    kind: 'clock',
    targets,
    offsetUs: draw.pick(offsetsUs) * (draw.below(2) === 0 ? 1 : -1),
  }),
};
