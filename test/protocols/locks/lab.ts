/** Nodes, a resource, and clients with a part to play: the least that a story about locks needs. */
import type { Host, HostId } from '../../../protocols/host.ts';
import {
  type LockClients,
  raftLock,
  redlockLock,
  replicatedLock,
  singleNodeLock,
} from '../../../protocols/locks/index.ts';
import { defaultsOf, type Protocol } from '../../../protocols/protocol.ts';
import { Choices } from '../../../sim/kernel/choices.ts';
import { limitsDefault } from '../../../sim/kernel/loop.ts';
import { makePump } from '../../../sim/platform/pump.ts';
import { World, type WorldHost, type WorldSpec } from '../../../sim/world/world.ts';

const spec: WorldSpec = {
  network: {
    latency: { dist: 'uniform', minUs: 500, maxUs: 2000 },
    loss: [0, 1],
    duplicate: [0, 1],
    reorder: { odds: [0, 1], by: { dist: 'constant', valueUs: 1000 } },
    links: [],
  },
  clocks: { skewUs: 500_000 },
  disk: {
    read: { dist: 'constant', valueUs: 50 },
    write: { dist: 'constant', valueUs: 50 },
    sync: { dist: 'uniform', minUs: 500, maxUs: 3000 },
  },
  ties: 'random',
  limits: { ...limitsDefault, virtualUs: 120_000_000 },
};

export interface Part extends LockClients {
  readonly host: Host;
  readonly world: World;
  /** Ends a machine and starts it again after so many milliseconds. */
  crash(id: HostId, ms: number): void;
  /** Stops a machine for so many milliseconds. */
  pause(id: HostId, ms: number): void;
}

const protocols = {
  'single-node': singleNodeLock,
  redlock: redlockLock,
  replicated: replicatedLock,
  raft: raftLock,
};

export interface Setting {
  readonly protocol?: keyof typeof protocols;
  readonly seed?: string;
  readonly options?: Readonly<Record<string, number | string | boolean>>;
}

/** Plays one part a client until all have returned; their results in order. */
export async function play<T>(setting: Setting, ...parts: ((part: Part) => Promise<T>)[]): Promise<T[]> {
  const protocol: Protocol = protocols[setting.protocol ?? 'single-node'];
  const options = { ...defaultsOf(protocol.options), ...setting.options };
  const hosts: WorldHost[] = Object.values(protocol.roles).flatMap((role) =>
    Array.from({ length: role.count }, (_, at) => ({
      id: `${role.prefix}${at + 1}`,
      program: role.program(options as never),
      role: 'server' as const,
    })),
  );
  const servers = hosts.map(({ id }) => id);
  const results: T[] = [];
  let left = parts.length;
  let failure: { readonly error: unknown } | undefined;
  parts.forEach((act, at) => {
    const program = async (host: Host) => {
      // Boots take their time.
      await host.clock.sleep(50);
      const clients = protocol.clients.lock!(host as Host<never>, servers, options as never);
      try {
        results[at] = await act({ host, world, crash, pause, ...clients });
      } catch (error) {
        failure ??= { error };
      }
      left -= 1;
      if (left === 0 || failure !== undefined) world.loop.stop();
    };
    hosts.push({ id: `c${at + 1}`, program, role: 'client' });
  });
  const world = World.build(spec, hosts, new Choices(setting.seed ?? '1'));
  const crash = (id: HostId, ms: number) => {
    world.machine(id).kill('lose-unsynced');
    world.at(world.nowUs + ms * 1000, () => world.restart(world.machine(id)));
  };
  const pause = (id: HostId, ms: number) => {
    const machine = world.machine(id);
    machine.pause();
    world.at(world.nowUs + ms * 1000, () => void machine.resume());
  };
  const stop = await world.run(await makePump());
  if (failure !== undefined) throw failure.error;
  if (left > 0) throw new Error(`${left} clients never came to an end: ${JSON.stringify(stop)}`);
  return results;
}
