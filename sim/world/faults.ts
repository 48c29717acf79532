/** What breaks, and how it is put right again. Each fault knows whether it ever touched anything. */
import type { HostId } from '../../protocols/host.ts';
import type { Choices } from '../kernel/choices.ts';
import { Sampler } from './distribution.ts';
import type { Machine } from './machine.ts';
import type { Cut, Disturbance } from './network.ts';
import type { Fault, FaultKind, Targets } from './spec.ts';
import type { World } from './world.ts';

/** A fault that was started. */
export interface ActiveFault {
  readonly kind: FaultKind;
  /** In words, with its hosts: `{n1} | {n2, n3}`. */
  readonly text: string;
  /** The servers it takes down, pauses, or cuts off. */
  readonly down: readonly Machine[];
  readonly startedUs: number;
  endedUs: number | undefined;
  /** Whether it has changed the course of anything: a packet, an event, a reading. */
  touched(): boolean;
}

/** How a fault is started. */
export interface Start {
  /** The label under which its targets and details are drawn; one a fault. */
  readonly label: string;
  readonly forUs?: number;
  /** At most this many servers down. Default: all of them. */
  readonly downMax?: number;
  /** Kills may fall into the midst of a turn. */
  readonly midTurn?: boolean;
}

interface Effect {
  readonly text: string;
  readonly down?: readonly Machine[];
  undo(): void;
  touched(): boolean;
}

/** How many faults keep each machine down, or paused: the last one to end puts it right. */
class Holds {
  readonly #counts = new Map<Machine, number>();

  take(machine: Machine): void {
    this.#counts.set(machine, (this.#counts.get(machine) ?? 0) + 1);
  }

  /** True if no other fault holds the machine. */
  release(machine: Machine): boolean {
    const left = this.#counts.get(machine)! - 1;
    this.#counts.set(machine, left);
    return left === 0;
  }
}

/** A kill that waits for effects to come between strikes after this time in any case. */
const doomedUsMax = 100_000;
const doomedEffectsMax = 24;

export class Faults {
  /** Every fault of the run, in the order of their starts. */
  readonly started: ActiveFault[] = [];

  readonly #world: World;
  readonly #choices: Choices;
  readonly #servers: readonly Machine[];
  readonly #clients: readonly Machine[];
  readonly #undo = new Map<ActiveFault, () => void>();
  readonly #killed = new Holds();
  readonly #paused = new Holds();

  constructor(world: World) {
    this.#world = world;
    this.#choices = world.choices;
    this.#servers = world.servers.map((id) => world.machine(id));
    this.#clients = world.machines.filter((machine) => !this.#servers.includes(machine));
  }

  /** Servers that an active fault takes down, pauses or cuts off. */
  get down(): ReadonlySet<Machine> {
    return new Set([...this.#undo.keys()].flatMap((active) => active.down));
  }

  /** Starts a fault; undefined if there is nothing that it could fall on. */
  start(fault: Fault, how: Start): ActiveFault | undefined {
    const effect = this.#effect(fault, how);
    if (effect === undefined) return undefined;
    const active: ActiveFault = {
      kind: fault.kind,
      text: effect.text,
      down: effect.down ?? [],
      startedUs: this.#world.nowUs,
      endedUs: undefined,
      touched: () => effect.touched(),
    };
    this.started.push(active);
    this.#undo.set(active, () => effect.undo());
    this.#world.fingerprint.addText(effect.text);
    this.#world.trace('fault', -1, () => ({ kind: fault.kind, text: effect.text }));
    if (how.forUs !== undefined) this.#world.at(this.#world.nowUs + how.forUs, () => this.end(active));
    return active;
  }

  /** Puts a fault right; without effect if that was done. */
  end(active: ActiveFault): void {
    const undo = this.#undo.get(active);
    if (undo === undefined) return;
    this.#undo.delete(active);
    active.endedUs = this.#world.nowUs;
    undo();
    this.#world.trace('heal', -1, () => ({ kind: active.kind, text: active.text }));
  }

  /** Puts everything right, and boots every machine that is down. */
  endAll(): void {
    for (const active of [...this.#undo.keys()]) this.end(active);
    for (const machine of this.#world.machines) if (!machine.up) this.#world.restart(machine);
  }

  /** Faults that touched something, by kind. */
  counts(): Partial<Record<FaultKind, number>> {
    const counts: Partial<Record<FaultKind, number>> = {};
    for (const active of this.started) {
      if (active.touched()) counts[active.kind] = (counts[active.kind] ?? 0) + 1;
    }
    return counts;
  }

  #effect(fault: Fault, how: Start): Effect | undefined {
    switch (fault.kind) {
      case 'partition':
        return this.#partition(fault, how);
      case 'packet': {
        const targets = this.#targets(fault.targets, how);
        return targets.length === 0 ? undefined : this.#disturb(fault, targets, how.label);
      }
      case 'kill': {
        const targets = this.#targets(fault.targets, how, true);
        return targets.length === 0 ? undefined : this.#kill(fault, targets, how);
      }
      case 'pause': {
        const targets = this.#targets(fault.targets, how, true).filter((machine) => machine.up);
        return targets.length === 0 ? undefined : this.#pause(targets);
      }
      case 'clock': {
        const targets = this.#targets(fault.targets, how);
        return targets.length === 0 ? undefined : this.#moveClock(fault.offsetUs, targets);
      }
    }
  }

  #partition(fault: Fault & { kind: 'partition' }, how: Start): Effect | undefined {
    switch (fault.shape) {
      case 'groups':
        return this.#cut(
          groupsOf(this.#world, fault.groups),
          fault.groups.map((group) => named(group)).join(' | '),
        );
      case 'halves': {
        const order = this.#shuffled(this.#servers, how.label);
        const majority = Math.floor(order.length / 2) + 1;
        const groups = [order.slice(0, majority), order.slice(majority)];
        for (const client of this.#clients) groups[this.#below(2, how)]!.push(client);
        const ids = groups.map((group) => group.map(({ id }) => id));
        return this.#cut(groupsOf(this.#world, ids), ids.map(named).join(' | '));
      }
      case 'isolate': {
        const targets = this.#targets(fault.targets, how, true);
        if (targets.length === 0) return undefined;
        const cutOff = maskOf(this.#world, targets);
        const others = maskOf(this.#world, [...this.#servers, ...targets]);
        const blocks = (from: number, to: number) =>
          (cutOff[from] === 1 && others[to] === 1) || (cutOff[to] === 1 && others[from] === 1);
        return this.#cut(blocks, `${named(targets.map(({ id }) => id))} alone`, targets);
      }
      case 'one-way': {
        // Nobody is cut off from himself: the smaller group is chosen first, and the other one among the rest.
        const isFromAll = fault.from === 'all';
        const first = this.#targets(isFromAll ? fault.to : fault.from, how);
        const rest = this.#servers.filter((machine) => !first.includes(machine));
        const second = this.#chosen(isFromAll ? fault.from : fault.to, how.label, rest).filter(
          (machine) => !first.includes(machine),
        );
        const [from, to] = isFromAll ? [second, first] : [first, second];
        if (from.length === 0 || to.length === 0) return undefined;
        const [sources, sinks] = [maskOf(this.#world, from), maskOf(this.#world, to)];
        const text = `${named(from.map(({ id }) => id))} → ${named(to.map(({ id }) => id))}`;
        return this.#cut((source, sink) => sources[source] === 1 && sinks[sink] === 1, text);
      }
    }
  }

  #cut(blocks: Cut['blocks'], text: string, down: readonly Machine[] = []): Effect {
    const cut: Cut = { blocks, bites: 0 };
    const { cuts } = this.#world.network;
    cuts.push(cut);
    return {
      text,
      down,
      undo: () => void cuts.splice(cuts.indexOf(cut), 1),
      touched: () => cut.bites > 0,
    };
  }

  #disturb(fault: Fault & { kind: 'packet' }, targets: readonly Machine[], label: string): Effect {
    const { disturbances } = this.#world.network;
    const disturbance: Disturbance = {
      hosts: new Set(targets.map(({ index }) => index)),
      link: { loss: fault.loss, duplicate: fault.duplicate, delay: new Sampler(fault.delay) },
      label,
      bites: 0,
    };
    disturbances.push(disturbance);
    return {
      text: `the links of ${named(targets.map(({ id }) => id))}`,
      undo: () => void disturbances.splice(disturbances.indexOf(disturbance), 1),
      touched: () => disturbance.bites > 0,
    };
  }

  #kill(fault: Fault & { kind: 'kill' }, targets: readonly Machine[], how: Start): Effect {
    const world = this.#world;
    const killsBefore = targets.map(({ kills }) => kills);
    let isOver = false;
    for (const machine of targets) {
      this.#killed.take(machine);
      const effects = how.midTurn ? this.#below(doomedEffectsMax, how) : 0;
      if (effects === 0) machine.kill(fault.storage);
      else {
        const before = machine.kills;
        machine.doom(effects, fault.storage);
        world.at(world.nowUs + doomedUsMax, () => {
          if (!isOver && machine.kills === before) machine.kill(fault.storage);
        });
      }
    }
    const restart = () => {
      if (isOver) return;
      isOver = true;
      for (const machine of targets) {
        if (!this.#killed.release(machine)) continue;
        machine.doom(-1);
        if (!machine.up) world.restart(machine);
      }
    };
    if (fault.restartAfterUs !== undefined) world.at(world.nowUs + fault.restartAfterUs, restart);
    return {
      text: named(targets.map(({ id }) => id)),
      down: targets,
      undo: restart,
      touched: () => targets.some((machine, index) => machine.kills > killsBefore[index]!),
    };
  }

  #pause(targets: readonly Machine[]): Effect {
    const heldBefore = targets.map(({ held }) => held);
    for (const machine of targets) {
      this.#paused.take(machine);
      machine.pause();
    }
    return {
      text: named(targets.map(({ id }) => id)),
      down: targets,
      undo: () => {
        for (const machine of targets) if (this.#paused.release(machine)) machine.resume();
      },
      touched: () => targets.some((machine, index) => machine.held > heldBefore[index]!),
    };
  }

  #moveClock(offsetUs: number, targets: readonly Machine[]): Effect {
    const readsBefore = targets.map(({ clock }) => clock.reads);
    const shift = (byUs: number) => {
      for (const { clock } of targets) clock.offsetUs += byUs;
    };
    let readsAfter: number[] | undefined;
    shift(offsetUs);
    return {
      text: `${named(targets.map(({ id }) => id))} by ${offsetUs / 1_000_000} s`,
      undo: () => {
        readsAfter = targets.map(({ clock }) => clock.reads);
        shift(-offsetUs);
      },
      touched: () =>
        targets.some(({ clock }, index) => (readsAfter?.[index] ?? clock.reads) > readsBefore[index]!),
    };
  }

  #targets(targets: Targets, how: Start, isDown = false): Machine[] {
    const chosen = this.#chosen(targets, how.label);
    if (!isDown || how.downMax === undefined) return chosen;
    const down = this.down;
    let room = how.downMax - [...down].filter((machine) => this.#servers.includes(machine)).length;
    return chosen.filter((machine) => {
      if (!this.#servers.includes(machine)) return true;
      if (down.has(machine) || room <= 0) return false;
      room -= 1;
      return true;
    });
  }

  #chosen(targets: Targets, label: string, among = this.#servers): Machine[] {
    if (typeof targets !== 'string') return targets.map((id) => this.#world.machine(id));
    const size = this.#servers.length;
    const some = (count: number) => this.#shuffled(among, label).slice(0, count);
    switch (targets) {
      case 'all':
        return [...among];
      case 'one':
        return some(1);
      case 'minority':
        return some(Math.max(1, Math.floor((size - 1) / 2)));
      case 'majority':
        return some(Math.floor(size / 2) + 1);
      case 'leader': {
        const leaders = among.filter(isLeader);
        return leaders.length > 0 ? leaders : some(1);
      }
      case 'one-client':
        return this.#shuffled(this.#clients, label).slice(0, 1);
    }
  }

  #below(limit: number, how: Start): number {
    return this.#choices.below(limit, how.label);
  }

  /** Fisher–Yates; draws of 0 leave the order as it is. */
  #shuffled<T>(items: readonly T[], label: string): T[] {
    const order = [...items];
    for (let i = 0; i < order.length - 1; i += 1) {
      const other = i + this.#choices.below(order.length - i, label);
      [order[i], order[other]] = [order[other]!, order[i]!];
    }
    return order;
  }
}

function isLeader(machine: Machine): boolean {
  return (machine.state() as { role?: unknown } | undefined)?.role === 'leader';
}

function groupsOf(world: World, groups: readonly (readonly HostId[])[]): Cut['blocks'] {
  const groupOf = new Int16Array(world.names.length).fill(-1);
  for (const [number, group] of groups.entries()) for (const id of group) groupOf[world.indexOf(id)] = number;
  return (from, to) => groupOf[from]! >= 0 && groupOf[to]! >= 0 && groupOf[from] !== groupOf[to];
}

function maskOf(world: World, machines: readonly Machine[]): Uint8Array {
  const mask = new Uint8Array(world.names.length);
  for (const { index } of machines) mask[index] = 1;
  return mask;
}

function named(ids: readonly HostId[]): string {
  return `{${ids.join(', ')}}`;
}
