/** Worlds that run for a moment of real time and then tell how far they got. */
import type { AnyProgram } from '../../protocols/host.ts';
import { Choices } from '../../sim/kernel/choices.ts';
import { limitsDefault } from '../../sim/kernel/loop.ts';
import { makePump } from '../../sim/platform/pump.ts';
import type { NetworkSpec } from '../../sim/world/spec.ts';
import { World, type WorldHost } from '../../sim/world/world.ts';
import type { Round } from './measure.ts';

const instant = { dist: 'constant', valueUs: 100 } as const;

/** Runs so many hosts of one program; `count` says what was done. */
export async function runFor(
  ms: number,
  hosts: number,
  program: AnyProgram,
  count: (world: World) => number,
  plan: (world: World) => void = () => {},
  network: Partial<NetworkSpec> = {},
): Promise<Round> {
  const world = World.build(
    {
      network: {
        latency: { dist: 'uniform', minUs: 1_000, maxUs: 10_000 },
        loss: [0, 1],
        duplicate: [0, 1],
        reorder: { odds: [0, 1], by: instant },
        links: [],
        ...network,
      },
      clocks: { skewUs: 0 },
      disk: { read: instant, write: instant, sync: instant },
      ties: 'random',
      limits: { ...limitsDefault, events: Number.POSITIVE_INFINITY, wallMs: ms },
    },
    Array.from(
      { length: hosts },
      (_, index): WorldHost => ({ id: `n${index + 1}`, program, role: 'server' }),
    ),
    new Choices('bench'),
  );
  plan(world);
  const pump = await makePump();
  const startMs = performance.now();
  await world.run(pump);
  return { count: count(world), ms: performance.now() - startMs };
}
