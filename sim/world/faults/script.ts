/** The script of a scenario: faults at their times, again and again, or when something happens. */
import { type Sampler, samplerOf } from '../distribution.ts';
import type { Machine } from '../machine.ts';
import type { TimedFault, Trigger } from '../spec.ts';
import type { World } from '../world.ts';
import type { ActiveFault, Faults } from './faults.ts';

/** One line of the script, and what became of it. */
interface Line {
  readonly number: number;
  readonly spec: TimedFault;
  readonly struck: (ActiveFault | undefined)[];
  /** How often it was set off; strikes that are still to come are among them. */
  count: number;
}

export class Script {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #lines: readonly Line[];
  readonly #untilUs: number;

  /** @param untilUs the end of the safety phase: nothing strikes from then on */
  constructor(world: World, faults: Faults, lines: readonly TimedFault[], untilUs: number) {
    this.#world = world;
    this.#faults = faults;
    this.#untilUs = untilUs;
    this.#lines = lines.map((spec, index) => ({ number: index + 1, spec, struck: [], count: 0 }));
  }

  start(): void {
    for (const line of this.#lines) {
      const { atUs = 0, every, when } = line.spec;
      if (when !== undefined) this.#await(line, when, atUs);
      else if (every !== undefined) this.#repeat(line, samplerOf(every), line.spec.atUs);
      else this.#strikeAt(line, atUs);
    }
  }

  /** Why the first line that touched nothing did so; undefined if all of them did something. */
  idle(): string | undefined {
    for (const { number, spec, struck, count } of this.#lines) {
      if (this.#faults.without.has(spec.fault.kind)) continue;
      if (struck.some((active) => active?.touched() === true)) continue;
      const name = `fault ${number} of the script (${spec.fault.kind})`;
      if (count > 0 || spec.when === undefined) return `${name} touched nothing`;
      return `${name} never struck: ${described(spec.when)} was not seen`;
    }
    return undefined;
  }

  #strikeAt(line: Line, atUs: number): void {
    line.count += 1;
    const { number, count, spec } = { ...line };
    this.#world.at(atUs, () => {
      if (this.#world.nowUs >= this.#untilUs) return;
      const own = spec.label ?? `fault ${number}`;
      const label = count === 1 ? own : `${own} for the time ${count}`;
      const { forUs, damage, fault } = spec;
      line.struck.push(
        this.#faults.start(fault, {
          label,
          ...(forUs !== undefined && { forUs }),
          ...(damage !== undefined && { damage }),
        }),
      );
    });
  }

  #repeat(line: Line, every: Sampler, firstUs: number | undefined): void {
    const { times = Number.POSITIVE_INFINITY } = line.spec;
    const gaps = this.#world.choices.stream(`${line.spec.label ?? `fault ${line.number}`} every`);
    // A gap of no time at all would never let the run go on.
    const gapUs = () => Math.max(1, every.sample(gaps.below(4294967296)));
    const next = (atUs: number) => {
      if (atUs >= this.#untilUs || line.count >= times) return;
      this.#strikeAt(line, atUs);
      this.#world.at(atUs, () => next(atUs + gapUs()));
    };
    next(firstUs ?? gapUs());
  }

  #await(line: Line, when: Trigger, notBeforeUs: number): void {
    const { times = 1 } = line.spec;
    // Not before the turn is over that set it off: written out by its time it would strike before it.
    const afterUs = Math.max(1, line.spec.afterUs ?? 0);
    const world = this.#world;
    const host = when.host === undefined ? undefined : world.indexOf(when.host);
    const seen = () => {
      if (line.count >= times || world.nowUs < notBeforeUs || world.nowUs >= this.#untilUs) return;
      this.#strikeAt(line, world.nowUs + afterUs);
    };
    const isHere = (index: number) => host === undefined || host === index;
    if ('event' in when) {
      world.watch({ event: (name, index) => void (name === when.event && isHere(index) && seen()) });
      return;
    }
    const wanted = Object.entries(when.state);
    const before = new Set<number>();
    world.watch({
      turn: (machine: Machine) => {
        if (!isHere(machine.index)) return;
        const state = machine.state() as Record<string, unknown> | undefined;
        const matches = state !== undefined && wanted.every(([key, value]) => state[key] === value);
        if (!matches) before.delete(machine.index);
        else if (!before.has(machine.index)) {
          before.add(machine.index);
          seen();
        }
      },
    });
  }
}

function described(when: Trigger): string {
  const where = when.host === undefined ? '' : ` on ${when.host}`;
  if ('event' in when) return `"${when.event}"${where}`;
  const state = Object.entries(when.state).map(([key, value]) => `${key}: ${value}`);
  return `{ ${state.join(', ')} }${where}`;
}
