/** Worlds for tests: calm unless something is asked for. */
import type { AnyProgram, Host, HostId } from '../../protocols/host.ts';
import { Choices, type ChoicesOptions } from '../../sim/kernel/choices.ts';
import { limitsDefault, type Stop } from '../../sim/kernel/loop.ts';
import type { TraceEvent } from '../../sim/kernel/trace.ts';
import { makePump } from '../../sim/platform/pump.ts';
import type { NetworkSpec } from '../../sim/world/spec.ts';
import { type Witness, World, type WorldSpec } from '../../sim/world/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests send whatever they like.
export type LooseHost = Host<Record<string, (ask: any) => any>>;

export const ms = 1_000;
export const seconds = 1_000_000;

const calmNetwork: NetworkSpec = {
  latency: { dist: 'uniform', minUs: 1 * ms, maxUs: 10 * ms },
  loss: [0, 1],
  duplicate: [0, 1],
  reorder: { odds: [0, 1], by: { dist: 'constant', valueUs: 0 } },
  links: [],
};

export interface Setting {
  readonly servers: Readonly<Record<HostId, (host: LooseHost) => void | Promise<void>>>;
  readonly clients?: Readonly<Record<HostId, (host: LooseHost) => void | Promise<void>>>;
  readonly network?: Partial<NetworkSpec>;
  readonly disk?: Partial<WorldSpec['disk']>;
  readonly ties?: WorldSpec['ties'];
  readonly skewUs?: number;
  readonly clocks?: Partial<WorldSpec['clocks']>;
  readonly buggify?: WorldSpec['buggify'];
  readonly limits?: Partial<WorldSpec['limits']>;
  readonly seed?: string;
  readonly choices?: ChoicesOptions;
  readonly witness?: Witness;
}

export function worldOf(setting: Setting): World {
  const { servers, clients = {}, network, disk, ties = 'random', skewUs = 0, limits } = setting;
  const { clocks, buggify } = setting;
  const as = (role: 'server' | 'client', programs: Readonly<Record<HostId, AnyProgram>>) =>
    Object.entries(programs).map(([id, program]) => ({ id, program, role }));
  return World.build(
    {
      network: { ...calmNetwork, ...network },
      clocks: { skewUs, ...clocks },
      disk: {
        read: { dist: 'constant', valueUs: 50 },
        write: { dist: 'constant', valueUs: 80 },
        sync: { dist: 'uniform', minUs: 500, maxUs: 3_000 },
        ...disk,
      },
      ties,
      ...(buggify && { buggify }),
      limits: { ...limitsDefault, virtualUs: 60 * seconds, ...limits },
    },
    [...as('server', servers), ...as('client', clients)],
    new Choices(setting.seed ?? 'test', setting.choices),
    setting.witness,
  );
}

export async function run(world: World, way: 'drain' | 'hop' = 'drain'): Promise<Stop> {
  return world.run(await makePump({ way }));
}

/** Builds a world and runs it to its end. */
export async function play(setting: Setting): Promise<World> {
  const world = worldOf(setting);
  await run(world);
  return world;
}

/** A witness that keeps the trace and the errors that nobody caught. */
export function keeper(): { witness: Witness; trace: TraceEvent[]; errors: string[] } {
  const trace: TraceEvent[] = [];
  const errors: string[] = [];
  const witness: Witness = {
    trace: (event) => void trace.push(event),
    uncaught: (machine, error) => void errors.push(`${machine.id}: ${(error as Error).message ?? error}`),
  };
  return { witness, trace, errors };
}

export const idle = (): void => {};

/** n1 … nN, all running one program. */
export function serversOf(
  count: number,
  program: (host: LooseHost) => void | Promise<void>,
): Record<HostId, (host: LooseHost) => void | Promise<void>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index + 1}`, program]));
}
