/** Where a fault falls: chooses its targets, and gives it what it draws with. */
import type { HostId } from '../../../protocols/host.ts';
import type { Machine } from '../machine.ts';
import type { Damage, Targets } from '../spec.ts';
import type { Cut } from '../trouble.ts';
import type { World } from '../world.ts';

/** How a fault is started. */
export interface Start {
  /** The label under which its targets and details are drawn; one a fault. */
  readonly label: string;
  readonly forUs?: number;
  /** At most this many servers down. Default: all of them. */
  readonly downMax?: number;
  /** Kills may fall into the midst of a turn. */
  readonly midTurn?: boolean;
  /** What it may do to synced data. Default: anything. */
  readonly damage?: Damage;
  /** Clocks that another fault has made wrong are left alone: two of them would add up. */
  readonly alone?: boolean;
}

/** How many faults keep each machine in some state: the last one to end puts it right. */
export class Holds {
  readonly #counts = new Map<Machine, number>();

  take(machine: Machine): void {
    this.#counts.set(machine, (this.#counts.get(machine) ?? 0) + 1);
  }

  has(machine: Machine): boolean {
    return (this.#counts.get(machine) ?? 0) > 0;
  }

  /** True if no other fault holds the machine. */
  release(machine: Machine): boolean {
    const left = this.#counts.get(machine)! - 1;
    this.#counts.set(machine, left);
    return left === 0;
  }
}

/** What outlives the single fault: who is down, and which faults hold whom. */
export interface Toll {
  /** Servers that an active fault takes down, pauses or cuts off. */
  readonly down: ReadonlySet<Machine>;
  readonly killed: Holds;
  readonly paused: Holds;
  /** Whose clock is wrong. */
  readonly misled: Holds;
  /** Goes round: 0, 1, … size - 1, 0, … */
  nextOfRing(size: number): number;
}

export class Scene {
  readonly world: World;
  readonly how: Start;
  readonly toll: Toll;
  readonly servers: readonly Machine[];
  readonly clients: readonly Machine[];
  /** The machines that were chosen last. */
  fellOn: readonly Machine[] = [];

  constructor(world: World, how: Start, toll: Toll) {
    this.world = world;
    this.how = how;
    this.toll = toll;
    this.servers = world.serverMachines;
    this.clients = world.clientMachines;
  }

  /** The machines that the fault falls on. */
  targets(targets: Targets): Machine[] {
    const chosen = this.chosen(targets, this.servers);
    this.fellOn = chosen;
    return chosen;
  }

  /** As `targets`, but no more than may be down at once. */
  targetsToDown(targets: Targets): Machine[] {
    const chosen = this.withinBudget(this.targets(targets));
    this.fellOn = chosen;
    return chosen;
  }

  /** As `targets`, without those whose clock must be left alone. */
  targetsToMislead(targets: Targets): Machine[] {
    const chosen = this.targets(targets);
    if (!this.how.alone) return chosen;
    this.fellOn = chosen.filter((machine) => !this.toll.misled.has(machine));
    return [...this.fellOn];
  }

  /** As many of them as may be down besides those that are. */
  withinBudget(chosen: Machine[]): Machine[] {
    const { downMax } = this.how;
    if (downMax === undefined) return chosen;
    const { down } = this.toll;
    let room = downMax - [...down].filter((machine) => this.servers.includes(machine)).length;
    return chosen.filter((machine) => {
      if (!this.servers.includes(machine)) return true;
      if (down.has(machine) || room <= 0) return false;
      room -= 1;
      return true;
    });
  }

  chosen(targets: Targets, among: readonly Machine[]): Machine[] {
    if (typeof targets !== 'string') return targets.map((id) => this.world.machine(id));
    const size = this.servers.length;
    const some = (count: number) => this.shuffled(among).slice(0, count);
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
      case 'primaries':
        return among.filter(isPrimary);
      case 'ring': {
        const next = this.servers[this.toll.nextOfRing(size)];
        return next !== undefined && among.includes(next) ? [next] : [];
      }
      case 'one-client':
        return this.shuffled(this.clients).slice(0, 1);
    }
  }

  get damage(): Damage {
    return this.how.damage ?? 'any';
  }

  below(limit: number): number {
    return this.world.choices.below(limit, this.how.label);
  }

  shuffled<T>(items: readonly T[]): T[] {
    return this.world.choices.stream(this.how.label).shuffled(items);
  }

  /** By index of a host: 1 for these machines. */
  mask(machines: readonly Machine[]): Uint8Array {
    const mask = new Uint8Array(this.world.names.length);
    for (const { index } of machines) mask[index] = 1;
    return mask;
  }

  /** Cuts every link between two different groups. */
  between(groups: readonly (readonly HostId[])[]): Cut['blocks'] {
    const groupOf = new Int16Array(this.world.names.length).fill(-1);
    for (const [number, group] of groups.entries()) {
      for (const id of group) groupOf[this.world.indexOf(id)] = number;
    }
    return (from, to) => groupOf[from]! >= 0 && groupOf[to]! >= 0 && groupOf[from] !== groupOf[to];
  }
}

const roleOf = (machine: Machine): unknown => (machine.state() as { role?: unknown } | undefined)?.role;

const isLeader = (machine: Machine): boolean => roleOf(machine) === 'leader';

const isPrimary = (machine: Machine): boolean => isLeader(machine) || roleOf(machine) === 'primary';

/** `{n1, n3}`. */
export function named(machines: readonly (Machine | HostId)[]): string {
  const ids = machines.map((machine) => (typeof machine === 'string' ? machine : machine.id));
  return `{${ids.join(', ')}}`;
}
