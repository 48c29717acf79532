/** Chance as an adversary: draws what breaks, when, where and for how long, until the safety phase ends. */
import type { Ratio } from '../../protocols/host.ts';
import { Sampler } from './distribution.ts';
import type { Faults } from './faults.ts';
import type { Fault, FaultKind, NemesisSpec, Targets } from './spec.ts';
import type { World } from './world.ts';

const losses: readonly Ratio[] = [
  [1, 10],
  [3, 10],
  [6, 10],
];
const delaysUs = [2_000, 20_000, 100_000, 300_000];
/** A crash of the process alone is milder than a power loss, and finds other mistakes. */
const storages = ['keep', 'lose-unsynced', 'lose-unsynced', 'lose-unsynced'] as const;
const clockOffsetsUs = [50_000, 500_000, 5_000_000, 60_000_000];

export class Nemesis {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #spec: NemesisSpec;
  readonly #untilUs: number;
  readonly #every: Sampler;
  readonly #lasts: Sampler;
  #count = 0;

  constructor(world: World, faults: Faults, spec: NemesisSpec, untilUs: number) {
    this.#world = world;
    this.#faults = faults;
    this.#spec = spec;
    this.#untilUs = untilUs;
    this.#every = new Sampler(spec.every);
    this.#lasts = new Sampler(spec.lasts);
  }

  start(): void {
    const atUs =
      this.#world.nowUs + this.#every.sample(this.#world.choices.below(4294967296, 'nemesis every'));
    if (atUs >= this.#untilUs) return;
    this.#world.at(atUs, () => {
      this.#strike();
      this.start();
    });
  }

  #strike(): void {
    this.#count += 1;
    const label = `nemesis ${this.#count}`;
    const { choices, nowUs, servers } = this.#world;
    const kind = this.#kind(label);
    const drawnUs = this.#lasts.sample(choices.below(4294967296, `${label} lasts`));
    this.#faults.start(this.#fault(kind, label), {
      label,
      forUs: Math.min(drawnUs, this.#untilUs - nowUs),
      midTurn: true,
      ...(this.#spec.down === 'minority' ? { downMax: Math.floor((servers.length - 1) / 2) } : {}),
    });
  }

  #kind(label: string): FaultKind {
    const { faults } = this.#spec;
    let drawn = this.#world.choices.below(
      faults.reduce((sum, { weight }) => sum + weight, 0),
      `${label} kind`,
    );
    for (const { kind, weight } of faults) {
      if (drawn < weight) return kind;
      drawn -= weight;
    }
    throw new Error('a nemesis has at least one kind of fault with a positive weight');
  }

  #fault(kind: FaultKind, label: string): Fault {
    const draw = this.#world.choices.stream(`${label} how`);
    const targets: Targets = draw.pick(this.#spec.targets);
    switch (kind) {
      case 'partition': {
        const shape = draw.pick(['halves', 'isolate', 'one-way'] as const);
        if (shape === 'halves') return { kind, shape };
        if (shape === 'isolate') return { kind, shape, targets };
        return draw.below(2) === 0
          ? { kind, shape, from: targets, to: 'all' }
          : { kind, shape, from: 'all', to: targets };
      }
      case 'packet':
        return {
          kind,
          targets,
          loss: draw.pick(losses),
          duplicate: draw.pick(losses),
          delay: { dist: 'exponential', meanUs: draw.pick(delaysUs) },
        };
      case 'kill':
        return { kind, targets, storage: draw.pick(storages) };
      case 'pause':
        return { kind, targets };
      case 'clock':
        return { kind, targets, offsetUs: draw.pick(clockOffsetsUs) * (draw.below(2) === 0 ? 1 : -1) };
    }
  }
}
