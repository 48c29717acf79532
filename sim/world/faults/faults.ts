/** Starts what breaks and puts it right again. Each fault knows whether it ever touched anything. */
import type { Machine } from '../machine.ts';
import type { Fault, FaultKind, TimedFault } from '../spec.ts';
import type { World } from '../world.ts';
import type { Effect } from './effect.ts';
import { rulesOf } from './kinds.ts';
import { Holds, Scene, type Start, type Toll } from './scene.ts';

export type { Start } from './scene.ts';

/** A fault that was started. */
export interface ActiveFault {
  readonly kind: FaultKind;
  /** In words, with its hosts: `{n1} | {n2, n3}`. */
  readonly text: string;
  /** The servers it takes down, pauses, or cuts off. */
  readonly down: readonly Machine[];
  readonly startedUs: number;
  /** Undefined if it was never put right. */
  endedUs: number | undefined;
  /** Whether it has changed the course of anything: a packet, an event, a reading. */
  touched(): boolean;
  /** As a line of a script that does the same again in the same run. */
  readonly line: TimedFault;
}

export class Faults {
  /** Every fault of the run, in the order of their starts. */
  readonly started: ActiveFault[] = [];

  readonly without: ReadonlySet<FaultKind>;
  readonly #world: World;
  readonly #inForce = new Map<ActiveFault, Effect>();
  readonly #toll: Toll;

  /** @param without kinds that are drawn and then not carried out */
  constructor(world: World, without: ReadonlySet<FaultKind> = new Set()) {
    this.#world = world;
    this.without = without;
    const down = () => this.down;
    let turn = -1;
    this.#toll = {
      killed: new Holds(),
      paused: new Holds(),
      misled: new Holds(),
      nextOfRing(size) {
        turn = (turn + 1) % size;
        return turn;
      },
      get down() {
        return down();
      },
    };
  }

  /** Servers that an active fault takes down, pauses or cuts off, that ended by themselves, or may never boot again. */
  get down(): ReadonlySet<Machine> {
    const { machines, atlas } = this.#world;
    const lame = machines.filter(({ id, isHalted }) => isHalted || atlas.damaged.has(id));
    return new Set([...[...this.#inForce.keys()].flatMap((active) => active.down), ...lame]);
  }

  /** Starts a fault; undefined if there is nothing that it could fall on. */
  start(fault: Fault, how: Start): ActiveFault | undefined {
    if (this.without.has(fault.kind)) return undefined;
    const scene = new Scene(this.#world, how, this.#toll);
    const effect = rulesOf(fault.kind).start(fault, scene);
    if (effect === undefined) return undefined;
    const active: ActiveFault = {
      kind: fault.kind,
      text: effect.text,
      down: effect.down ?? [],
      startedUs: this.#world.nowUs,
      endedUs: undefined,
      touched: () => effect.touched(),
      line: {
        atUs: this.#world.nowUs,
        ...(how.forUs !== undefined && { forUs: how.forUs }),
        label: how.label,
        ...(how.damage !== undefined && { damage: how.damage }),
        fault: effect.concrete ?? onHosts(fault, scene.fellOn),
      },
    };
    this.started.push(active);
    this.#inForce.set(active, effect);
    this.#world.fingerprint.addText(effect.text);
    this.#world.trace('fault', -1, () => ({ kind: fault.kind, text: effect.text }));
    if (how.forUs !== undefined) this.#world.at(this.#world.nowUs + how.forUs, () => this.end(active));
    return active;
  }

  /** Puts a fault right; without effect if that was done, or if the fault was frozen. */
  end(active: ActiveFault): void {
    const effect = this.#inForce.get(active);
    if (effect === undefined) return;
    this.#inForce.delete(active);
    active.endedUs = this.#world.nowUs;
    effect.undo();
    this.#world.trace('heal', -1, () => ({ kind: active.kind, text: active.text }));
  }

  /** Puts everything right, and boots every machine that is down. */
  endAll(): void {
    for (const active of [...this.#inForce.keys()]) this.end(active);
    for (const machine of this.#world.machines) if (!machine.up) this.#world.restart(machine);
  }

  /**
   * Makes the core whole: its machines run, the links among them are as without faults. Whatever else is broken stays
   * as it is for the rest of the run.
   */
  heal(core: readonly Machine[]): void {
    const members = new Set(core);
    for (const effect of this.#inForce.values()) effect.spare?.(members);
    this.#inForce.clear();
    this.#world.network.heal(core.map(({ index }) => index));
    for (const machine of core) if (!machine.up) this.#world.restart(machine);
    this.#world.trace('heal', -1, () => ({ core: core.map(({ id }) => id) }));
  }

  /** Faults that touched something, by kind. */
  counts(): Partial<Record<FaultKind, number>> {
    const counts: Partial<Record<FaultKind, number>> = {};
    for (const active of this.started) {
      if (active.touched()) counts[active.kind] = (counts[active.kind] ?? 0) + 1;
    }
    return counts;
  }
}

/** The fault with its targets named. */
function onHosts(fault: Fault, machines: readonly Machine[]): Fault {
  return 'targets' in fault ? ({ ...fault, targets: machines.map(({ id }) => id) } as Fault) : fault;
}
