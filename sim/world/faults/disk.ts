/** Disks that are slow, full, broken, forgetful, or wrong. */
import type { Ratio } from '../../../protocols/host.ts';
import type { Stream } from '../../kernel/choices.ts';
import type { DiskTrouble } from '../disk-trouble.ts';
import { samplerOf } from '../distribution.ts';
import type { Machine } from '../machine.ts';
import type { FaultOf } from '../spec.ts';
import type { FaultRules } from './effect.ts';
import { Misdirection } from './misdirection.ts';
import { named, type Scene } from './scene.ts';

type DiskFault = FaultOf<'disk'>;
type Shape<S extends DiskFault['shape']> = Extract<DiskFault, { readonly shape: S }>;

/** The trouble of one machine, and how often it changed the course of something. */
interface Own {
  readonly machine: Machine;
  readonly trouble: DiskTrouble;
  bites(): number;
}

export const disk: FaultRules<'disk'> = {
  start(fault, scene) {
    const targets = targetsOf(fault, scene);
    if (targets.length === 0) return undefined;
    const owns = targets.map((machine) => ownTrouble(fault, machine, scene));
    for (const { machine, trouble } of owns) machine.troubles.push(trouble);
    const end = ({ machine, trouble }: Own) => {
      const at = machine.troubles.indexOf(trouble);
      if (at >= 0) machine.troubles.splice(at, 1);
    };
    return {
      text: `${texts[fault.shape]} on ${named(targets)}`,
      down: mayHalt(fault) ? targets : [],
      undo: () => owns.forEach(end),
      spare: (core) => owns.filter(({ machine }) => core.has(machine)).forEach(end),
      touched: () => owns.some(({ bites }) => bites() > 0),
    };
  },

  draw(draw, targets) {
    const shape = draw.pick(['slow', 'io-error', 'full', 'corrupt', 'misdirect', 'lie'] as const);
    switch (shape) {
      case 'slow': {
        const delay = { dist: 'exponential', meanUs: draw.pick([5_000, 30_000, 150_000]) } as const;
        return { kind: 'disk', targets, shape, delay, factor: 1 };
      }
      case 'io-error':
        return {
          kind: 'disk',
          targets,
          shape,
          odds: draw.pick(errorOdds),
          on: draw.pick(['read', 'write', 'sync', 'all'] as const),
        };
      case 'corrupt':
        return {
          kind: 'disk',
          targets,
          shape,
          odds: draw.pick(errorOdds),
          rot: draw.pick(['transient', 'stored'] as const),
        };
      case 'misdirect':
        return { kind: 'disk', targets, shape, odds: draw.pick(errorOdds) };
      default:
        return { kind: 'disk', targets, shape };
    }
  },
};

const errorOdds: readonly Ratio[] = [
  [1, 50],
  [1, 10],
  [1, 2],
];

const texts: Readonly<Record<DiskFault['shape'], string>> = {
  slow: 'slow disk',
  'io-error': 'I/O errors',
  full: 'full disk',
  corrupt: 'corrupt reads',
  misdirect: 'misdirected writes',
  lie: 'syncs that lie',
};

/** Whether a careful program may end because of it. */
const mayHalt = ({ shape }: DiskFault): boolean => shape !== 'slow' && shape !== 'lie';

/** What damages synced data falls on the servers that may be damaged. */
function targetsOf(fault: DiskFault, scene: Scene): Machine[] {
  const { shape } = fault;
  if (shape === 'slow') return scene.targets(fault.targets);
  if (shape === 'io-error' || shape === 'full') return scene.targetsToDown(fault.targets);
  const { atlas } = scene.world;
  const { damage } = scene;
  if (damage === 'any') {
    return shape === 'lie' ? scene.targets(fault.targets) : scene.targetsToDown(fault.targets);
  }
  if (damage === 'none' || shape === 'lie') return [];
  const granted = scene.servers.filter(({ id }) => atlas.grants(id, damage));
  return scene.withinBudget(
    scene.chosen(fault.targets, granted).filter((machine) => granted.includes(machine)),
  );
}

function ownTrouble(fault: DiskFault, machine: Machine, scene: Scene): Own {
  const draws = scene.world.choices.stream(`${scene.how.label} on ${machine.id}`);
  switch (fault.shape) {
    case 'slow':
      return slow(fault, machine, draws);
    case 'io-error':
      return ioError(fault, machine, draws);
    case 'full':
      return counted(machine, (bite) => ({
        isFull: () => bite(true),
      }));
    case 'lie':
      return counted(machine, (bite) => ({
        lies: (isDirty) => bite(isDirty) || true,
      }));
    case 'corrupt':
      return corrupt(fault, machine, draws, scene);
    case 'misdirect': {
      const { atlas } = scene.world;
      const forGood = scene.damage === 'any';
      return counted(machine, (bite) => new Misdirection(machine, draws, fault.odds, forGood, atlas, bite));
    }
  }
}

function slow({ delay, factor }: Shape<'slow'>, machine: Machine, draws: Stream): Own {
  const more = samplerOf(delay);
  return counted(machine, (bite) => ({
    delayed(delayUs) {
      const longUs = delayUs * factor + more.sample(draws.below(4294967296));
      bite(longUs > delayUs);
      return longUs;
    },
  }));
}

function ioError({ odds, on }: Shape<'io-error'>, machine: Machine, draws: Stream): Own {
  return counted(machine, (bite) => ({
    fails: (operation) => (on === 'all' || on === operation) && bite(draws.chance(odds)),
  }));
}

function corrupt({ odds, rot }: Shape<'corrupt'>, machine: Machine, draws: Stream, scene: Scene): Own {
  const { atlas } = scene.world;
  const isFree = scene.damage === 'any';
  return counted(machine, (bite) => ({
    misread(name, offset, bytes) {
      const file = machine.files.file(name);
      if (file === undefined || !draws.chance(odds)) return;
      const room = isFree ? bytes.length : Math.min(bytes.length, file.vouchedTo - offset);
      if (room <= 0) return;
      const at = draws.below(room);
      bytes[at]! ^= 1 + draws.below(255);
      bite(true);
      if (rot === 'transient') return;
      file.wound(offset + at, bytes.slice(at, at + 1), isFree);
      atlas.rotted(machine.id, name, 1);
    },
  }));
}

function counted(machine: Machine, make: (bite: (isOne: boolean) => boolean) => DiskTrouble): Own {
  let bites = 0;
  const trouble = make((isOne) => {
    if (isOne) bites += 1;
    return isOne;
  });
  return { machine, trouble, bites: () => bites };
}
