/** Caches, a store, and clients with a part to play: the least that a story about caching needs. */
import { type CacheClient, type CachingRules, cachingWith } from '../../../protocols/caching/index.ts';
import type { Host, HostId } from '../../../protocols/host.ts';
import { defaultsOf, type KvClient, type MembersClient } from '../../../protocols/protocol.ts';
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
  clocks: { skewUs: 0 },
  disk: {
    read: { dist: 'constant', valueUs: 50 },
    write: { dist: 'constant', valueUs: 50 },
    sync: { dist: 'uniform', minUs: 500, maxUs: 3000 },
  },
  ties: 'random',
  limits: { ...limitsDefault, virtualUs: 120_000_000 },
};

export interface Part {
  readonly host: Host;
  readonly cache: CacheClient;
  /** The store without its caches. */
  readonly store: KvClient;
  readonly members: MembersClient;
  readonly world: World;
  /** Ends a machine and starts it again after so many milliseconds. */
  crash(id: HostId, ms: number): void;
  /** What a host shows. */
  shown(id: HostId): unknown;
}

export interface Setting {
  readonly caches?: number;
  readonly spares?: number;
  readonly seed?: string;
  readonly options?: Readonly<Record<string, number | string>>;
  readonly rules?: Partial<CachingRules>;
}

/** Plays one part a client until all have returned; their results in order. */
export async function play<T>(setting: Setting, ...parts: ((part: Part) => Promise<T>)[]): Promise<T[]> {
  const protocol = cachingWith(setting.rules ?? {});
  const options = { ...defaultsOf(protocol.options), ...setting.options };
  const { cache, store } = protocol.roles;
  const { caches = 3, spares = 0 } = setting;
  const hosts: WorldHost[] = Array.from({ length: caches + spares }, (_, at) => ({
    id: `n${at + 1}`,
    program: cache.program(options as never),
    role: at < caches ? 'server' : 'spare',
  }));
  hosts.splice(caches, 0, { id: 's1', program: store.program(options as never), role: 'server' });
  const servers = hosts.map(({ id }) => id);
  const results: T[] = [];
  let left = parts.length;
  let failure: { readonly error: unknown } | undefined;
  parts.forEach((act, at) => {
    const program = async (given: Host) => {
      // Boots take their time.
      await given.clock.sleep(200);
      const host = given as Host<never>;
      const { clients } = protocol;
      const part: Part = {
        host: given,
        cache: clients.cache(host, servers, options as never),
        get store() {
          return clients.kv(host, servers, options as never);
        },
        get members() {
          return clients.members(host, servers, options as never);
        },
        world,
        crash,
        shown: (id) => world.machine(id).state(),
      };
      try {
        results[at] = await act(part);
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
  const stop = await world.run(await makePump());
  if (failure !== undefined) throw failure.error;
  if (left > 0) throw new Error(`${left} clients never came to an end: ${JSON.stringify(stop)}`);
  return results;
}
