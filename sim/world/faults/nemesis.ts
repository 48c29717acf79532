/** Chance as an adversary: draws what breaks, when, where and for how long, until the safety phase ends. */
import { type Sampler, samplerOf } from '../distribution.ts';
import type { Fault, NemesisKind, NemesisSpec, Targets } from '../spec.ts';
import type { World } from '../world.ts';
import type { Faults } from './faults.ts';
import { rulesOf } from './kinds.ts';
import { drawSwarm } from './swarm.ts';

export class Nemesis {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #spec: NemesisSpec;
  readonly #untilUs: number;
  readonly #every: Sampler;
  readonly #lasts: Sampler;
  #count = 0;
  /** What a swarm drew for this run, by name; empty without one. */
  readonly drawn: Readonly<Record<string, string>>;

  constructor(world: World, faults: Faults, spec: NemesisSpec, untilUs: number) {
    this.#world = world;
    this.#faults = faults;
    const swarm = spec.swarm === true ? drawSwarm(spec, world.choices) : { spec, drawn: {} };
    this.#spec = swarm.spec;
    this.drawn = swarm.drawn;
    this.#untilUs = untilUs;
    this.#every = samplerOf(this.#spec.every);
    this.#lasts = samplerOf(this.#spec.lasts);
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
      alone: kind.offsetUsMax !== undefined || kind.driftPpmMax !== undefined,
      forUs: Math.min(drawnUs, this.#untilUs - nowUs),
      midTurn: true,
      damage: this.#spec.damage ?? 'recoverable',
      ...(this.#spec.down === 'minority' ? { downMax: Math.floor((servers.length - 1) / 2) } : {}),
    });
  }

  #kind(label: string): NemesisKind {
    const { faults } = this.#spec;
    let drawn = this.#world.choices.below(
      faults.reduce((sum, { weight }) => sum + weight, 0),
      `${label} kind`,
    );
    for (const kind of faults) {
      if (drawn < kind.weight) return kind;
      drawn -= kind.weight;
    }
    throw new Error('a nemesis has at least one kind of fault with a positive weight');
  }

  #fault(own: NemesisKind, label: string): Fault {
    const { kind } = own;
    const draw = this.#world.choices.stream(`${label} how`);
    const targets: Targets = draw.pick(this.#spec.targets);
    const rules = rulesOf(kind);
    if (rules.draw === undefined) throw new Error(`a nemesis cannot draw faults of the kind ${kind}`);
    return rules.draw(draw, targets, this.#spec, own);
  }
}
