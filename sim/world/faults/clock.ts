/** Clocks that jump, run fast or slow, or stand still. */
import type { Machine } from '../machine.ts';
import type { FaultOf } from '../spec.ts';
import type { World } from '../world.ts';
import type { FaultRules } from './effect.ts';
import { named } from './scene.ts';

/** How a nemesis makes clocks wrong, the mildest first; jumps come twice as often. */
const ways = ['offset', 'offset', 'drift', 'freeze'] as const;
const variants = ['offset', 'drift', 'freeze'] as const;
const offsetsUs = [50_000, 500_000, 5_000_000, 60_000_000];
const driftsPpm = [200, 5_000, 50_000, 200_000];

/** One way of being wrong. */
interface Wrong {
  readonly text: string;
  begin(machine: Machine): void;
  end(machine: Machine): void;
}

function wrongOf(fault: FaultOf<'clock'>, world: World): Wrong {
  if ('offsetUs' in fault) {
    const shift = ({ clock }: Machine, byUs: number) => {
      clock.offsetUs += byUs;
    };
    return {
      text: `by ${fault.offsetUs / 1_000_000} s`,
      begin: (machine) => shift(machine, fault.offsetUs),
      // A time service has noticed meanwhile: to take the jump back would be another one.
      end: (machine) => {
        if (!world.keepsTime) shift(machine, -fault.offsetUs);
      },
    };
  }
  if ('driftPpm' in fault) {
    return {
      text: `at ${fault.driftPpm > 0 ? '+' : ''}${fault.driftPpm} ppm`,
      begin: ({ clock }) => clock.drift(world.nowUs, fault.driftPpm),
      end: ({ clock }) => clock.drift(world.nowUs, -fault.driftPpm),
    };
  }
  return {
    text: 'standing still',
    begin: ({ clock }) => clock.freeze(world.nowUs),
    end: ({ clock }) => clock.thaw(),
  };
}

export const clock: FaultRules<'clock'> = {
  start(fault, scene) {
    const targets = scene.targetsToMislead(fault.targets);
    if (targets.length === 0) return undefined;
    const wrong = wrongOf(fault, scene.world);
    const readsBefore = targets.map(({ clock }) => clock.reads);
    const readsAfter = new Map<Machine, number>();
    const delusion = fault.bound === 'broken' ? 1 : 0;
    for (const machine of targets) {
      scene.toll.misled.take(machine);
      wrong.begin(machine);
      machine.clock.deluded += delusion;
    }
    const putBack = (machine: Machine) => {
      readsAfter.set(machine, machine.clock.reads);
      wrong.end(machine);
      scene.toll.misled.release(machine);
      machine.clock.deluded -= delusion;
    };
    return {
      text: `${named(targets)} ${wrong.text}`,
      undo: () => targets.forEach(putBack),
      spare: (core) => targets.filter((machine) => core.has(machine)).forEach(putBack),
      touched: () =>
        targets.some(
          (machine, index) => (readsAfter.get(machine) ?? machine.clock.reads) > readsBefore[index]!,
        ),
    };
  },

  draw(draw, targets, _, { variants: drawn = variants, offsetUsMax, driftPpmMax }) {
    const offsetUs = draw.pick(upTo(offsetUsMax, offsetsUs));
    const sign = draw.below(2) === 0 ? 1 : -1;
    const kind = 'clock';
    switch (draw.pick(ways.filter((way) => drawn.includes(way)))) {
      case 'drift':
        return { kind, targets, driftPpm: sign * draw.pick(upTo(driftPpmMax, driftsPpm)) };
      case 'freeze':
        return { kind, targets, freeze: true };
      default:
        return { kind, targets, offsetUs: sign * offsetUs };
    }
  },

  variants,
};

/** The steps below a bound, and the bound itself: mistakes show at the edge of what is promised. */
const upTo = (bound: number | undefined, steps: readonly number[]): readonly number[] =>
  bound === undefined ? steps : [...steps.filter((step) => step < bound), bound];
