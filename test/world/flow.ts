/** Numbered messages between three servers, and when each of them arrived. */
import { expect } from 'vitest';
import type { HostId } from '../../protocols/host.ts';
import { Faults } from '../../sim/world/faults/faults.ts';
import type { NetworkSpec } from '../../sim/world/spec.ts';
import type { World } from '../../sim/world/world.ts';
import { type LooseHost, ms, run, worldOf } from './fixture.ts';

/** When which packet arrived where: `n1>n2 tick 3` → microseconds. */
export type Arrivals = Map<string, number[]>;

export interface Flow {
  readonly from: HostId;
  readonly to: HostId;
  readonly kind?: string;
  readonly count: number;
  readonly everyUs?: number;
}

export const startUs = 20 * ms;

/** Three servers, and so many numbered messages in each flow. */
export async function flow(
  network: Partial<NetworkSpec>,
  flows: readonly Flow[],
  disturb: (world: World, faults: Faults) => void = () => {},
): Promise<{ world: World; arrivals: Arrivals; times(link: string): number[][] }> {
  const arrivals: Arrivals = new Map();
  const program = (host: LooseHost) => {
    for (const kind of ['tick', 'tock']) {
      host.on(kind, (number, from) => {
        const name = `${from}>${host.id} ${kind} ${number}`;
        arrivals.set(name, [...(arrivals.get(name) ?? []), world.nowUs]);
      });
    }
    for (const { from, to, kind = 'tick', count, everyUs = 1 * ms } of flows) {
      if (from !== host.id) continue;
      for (let number = 0; number < count; number += 1) {
        const atUs = startUs + number * everyUs;
        host.clock.after((atUs - world.nowUs) / 1000, () => host.send(to, kind, number));
      }
    }
  };
  const world = worldOf({ servers: { n1: program, n2: program, n3: program }, network });
  disturb(world, new Faults(world));
  await run(world);
  const times = (link: string) =>
    [...arrivals].filter(([name]) => name.startsWith(`${link} `)).map(([, own]) => own);
  return { world, arrivals, times };
}

/** Within five standard deviations of what the odds promise. */
export function expectRate(hits: number, [over, under]: readonly [number, number], draws: number): void {
  const p = over / under;
  expect(Math.abs(hits - draws * p)).toBeLessThan(5 * Math.sqrt(draws * p * (1 - p)));
}
