/** Faults that the body of a test starts, in the notation of scenario files. */
import type { HostId } from '../../../protocols/host.ts';
import type { ActiveFault, Faults } from '../../world/faults/faults.ts';
import type { World } from '../../world/world.ts';
import { timedFault } from '../scenario/faults/timed-fault.ts';
import { check } from '../scenario/findings.ts';
import { formatPath } from '../scenario/problem.ts';
import type { FaultNow, Hosts, Trouble } from './test-world.ts';

export class Troubles {
  readonly #world: World;
  readonly #faults: Faults;
  #count = 0;

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
  }

  start(fault: FaultNow): Trouble {
    const active = this.#start(fault);
    return { hosts: hostsOf(active), text: active.text, heal: () => this.#faults.end(active) };
  }

  /** As one fault for each host that is named, so that each can be put right by itself. */
  onEach(hosts: Hosts, fault: (targets: string | readonly HostId[]) => FaultNow): Trouble {
    const targets = this.targets(hosts);
    if (typeof targets === 'string') return this.start(fault(targets));
    const all = targets.map((id) => this.start(fault([id])));
    return {
      hosts: targets,
      text: all.map(({ text }) => text).join(', '),
      heal: () => {
        for (const one of all) one.heal();
      },
    };
  }

  /** The id of a host means a list of one, any other word is one of scenario files. */
  targets(hosts: Hosts): string | HostId[] {
    if (typeof hosts !== 'string') return [...hosts];
    return this.#world.find(hosts) === undefined ? hosts : [hosts];
  }

  restart(hosts: readonly HostId[]): void {
    for (const machine of hosts.map((id) => this.#world.machine(id))) {
      for (const active of this.#faults.started) {
        const isOwn = active.kind === 'kill' && active.endedUs === undefined;
        if (isOwn && active.down.length === 1 && active.down[0] === machine) this.#faults.end(active);
      }
      if (!machine.up) this.#world.restart(machine);
    }
  }

  #start(fault: FaultNow): ActiveFault {
    const { data, findings } = check(timedFault, { at: '0s', ...fault }, []);
    if (data === undefined) {
      const wrong = findings.map(({ path, message, hint }) => {
        const where = path.length === 0 ? '' : `${formatPath(path)}: `;
        return `${where}${message}${hint === undefined ? '' : ` (${hint})`}`;
      });
      throw new TypeError(`this is no fault: ${wrong.join('; ')}`);
    }
    this.#count += 1;
    const { forUs, damage, label = `fault ${this.#count} of the test` } = data;
    const active = this.#faults.start(data.fault, {
      label,
      ...(forUs !== undefined && { forUs }),
      ...(damage !== undefined && { damage }),
    });
    if (active !== undefined) return active;
    throw new TypeError(`the ${data.fault.kind} fell on nothing: there is no such host now`);
  }
}

function hostsOf({ line, down }: ActiveFault): readonly HostId[] {
  const { fault } = line;
  if ('targets' in fault && typeof fault.targets !== 'string') return fault.targets;
  return down.map(({ id }) => id);
}
