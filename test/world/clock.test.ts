import { describe, expect, test } from 'vitest';
import type { HostId } from '../../protocols/host.ts';
import { Faults } from '../../sim/world/faults/faults.ts';
import type { FaultOf } from '../../sim/world/spec.ts';
import type { World } from '../../sim/world/world.ts';
import { idle, type LooseHost, ms, run, type Setting, seconds, worldOf } from './fixture.ts';

const epochMs = Date.UTC(2026, 0, 1);

interface Reading {
  readonly atMs: number;
  /** What the clocks of the host say, in milliseconds since the start of the run. */
  readonly wall: number;
  readonly elapsed: number;
  readonly earliest: number;
  readonly latest: number;
}

/** n1 looks at its clocks every 10 ms of the run's time for two seconds. */
async function watch(
  setting: Partial<Setting>,
  act: (world: World) => void = () => {},
): Promise<readonly Reading[]> {
  const readings: Reading[] = [];
  let host: LooseHost | undefined;
  const world = worldOf({
    servers: {
      n1: (own) => {
        host = own;
      },
      n2: idle,
    },
    ...setting,
  });
  const look = () => {
    if (host !== undefined) {
      const { earliest, latest } = host.clock.interval();
      readings.push({
        atMs: world.nowUs / 1000,
        wall: host.clock.now() - epochMs,
        elapsed: host.clock.elapsed(),
        earliest: earliest - epochMs,
        latest: latest - epochMs,
      });
    }
    if (world.nowUs < 2 * seconds) world.at(world.nowUs + 10 * ms, look);
  };
  world.at(20 * ms, look);
  act(world);
  await run(world);
  return readings;
}

const during =
  (fault: object, from = 500, to = 1000) =>
  (world: World) => {
    const faults = new Faults(world);
    const whole = { kind: 'clock', targets: ['n1'], ...fault } as unknown as FaultOf<'clock'>;
    world.at(from * ms, () => void faults.start(whole, { label: 'fault 1', forUs: (to - from) * ms }));
  };

const at = (readings: readonly Reading[], ms: number): Reading =>
  readings.findLast(({ atMs }) => atMs <= ms)!;

describe('without faults', () => {
  test('both clocks are those of the run, and the interval is as wide as its uncertainty', async () => {
    for (const { atMs, wall, elapsed, earliest, latest } of await watch({
      clocks: { uncertaintyUs: 3000 },
    })) {
      expect([wall, elapsed, earliest, latest]).toEqual([atMs, atMs, atMs - 3, atMs + 3]);
    }
  });

  test('clocks drift apart at rates that are drawn up to the bound, and each keeps its own', async () => {
    const rates = new Map<HostId, number>();
    const world = worldOf({
      servers: Object.fromEntries(
        ['n1', 'n2', 'n3', 'n4'].map((id) => [
          id,
          async (host: LooseHost) => {
            const [start, startUs] = [host.clock.elapsed(), world.nowUs];
            await host.clock.sleep(10_000);
            const passedMs = (world.nowUs - startUs) / 1000;
            rates.set(id, ((host.clock.elapsed() - start) / passedMs - 1) * 1_000_000);
          },
        ]),
      ),
      clocks: { driftPpm: 500 },
    });
    await run(world);
    const found = [...rates.values()].map(Math.round);
    expect(found.every((ppm) => Math.abs(ppm) <= 501)).toBe(true);
    expect(new Set(found).size).toBeGreaterThan(2);
  });
});

describe('a wall clock that jumps', () => {
  test('is off by the offset until the fault ends, while the monotonic clock keeps its promise', async () => {
    const readings = await watch({}, during({ offsetUs: -200 * ms }));
    expect(at(readings, 490).wall).toBe(at(readings, 490).atMs);
    expect(at(readings, 700).wall).toBe(at(readings, 700).atMs - 200);
    expect(at(readings, 1200).wall).toBe(at(readings, 1200).atMs);
    for (const { atMs, elapsed } of readings) expect(elapsed).toBe(atMs);
  });

  test('widens the interval, so that the true time stays in it', async () => {
    const readings = await watch({}, during({ offsetUs: 200 * ms }));
    for (const { atMs, earliest, latest } of readings) {
      expect(earliest).toBeLessThanOrEqual(atMs);
      expect(latest).toBeGreaterThanOrEqual(atMs);
    }
    const { earliest, latest } = at(readings, 700);
    expect(latest - earliest).toBe(400);
  });

  test('with a broken bound the interval is as narrow as ever, and false', async () => {
    const readings = await watch({}, during({ offsetUs: 200 * ms, bound: 'broken' }));
    const { atMs, earliest, latest } = at(readings, 700);
    expect(latest - earliest).toBe(14);
    expect(earliest).toBeGreaterThan(atMs);
    expect(at(readings, 1200).earliest).toBeLessThanOrEqual(at(readings, 1200).atMs);
  });
});

describe('a clock that drifts', () => {
  test('gains what the rate says, never goes back, and is not put right by itself afterwards', async () => {
    const readings = await watch({}, during({ driftPpm: 100_000 }));
    expect(at(readings, 1000).elapsed).toBeCloseTo(1050, 0);
    expect(at(readings, 1500).elapsed).toBeCloseTo(1550, 0);
    expect(at(readings, 1500).wall).toBeCloseTo(1550, 0);
    const backwards = readings.filter(({ elapsed }, index) => elapsed < (readings[index - 1]?.elapsed ?? 0));
    expect(backwards).toEqual([]);
  });

  test('makes timers early or late, but never early by the clock itself', async () => {
    for (const driftPpm of [-300_000, 300_000]) {
      const world = worldOf({ servers: { n1: async (host) => void (await timed(host)) } });
      let waited: { readonly runMs: number; readonly ownMs: number } | undefined;
      const timed = async (host: LooseHost) => {
        const [startUs, own] = [world.nowUs, host.clock.elapsed()];
        await host.clock.sleep(1000);
        waited = { runMs: (world.nowUs - startUs) / 1000, ownMs: host.clock.elapsed() - own };
      };
      during({ driftPpm }, 15, 5000)(world);
      await run(world);
      expect(waited!.ownMs).toBeGreaterThanOrEqual(1000);
      if (driftPpm < 0) expect(waited!.runMs).toBeGreaterThan(1400);
      else expect(waited!.runMs).toBeLessThanOrEqual(1000);
    }
  });

  test('a timer that is set while the clock runs fast comes early by the time of the run', async () => {
    let runMs = 0;
    const world = worldOf({
      servers: {
        n1: async ({ clock }) => {
          await clock.sleep(100);
          const startUs = world.nowUs;
          await clock.sleep(1000);
          runMs = (world.nowUs - startUs) / 1000;
        },
      },
    });
    during({ driftPpm: 250_000 }, 50, 5000)(world);
    await run(world);
    expect(runMs).toBeCloseTo(800, 0);
  });
});

test('a wall clock that stands still jumps to where it should be at the end; the monotonic one goes on', async () => {
  const readings = await watch({}, during({ freeze: true }));
  expect(at(readings, 990).wall).toBe(500);
  expect(at(readings, 1100).wall).toBe(at(readings, 1100).atMs);
  for (const { atMs, elapsed } of readings) expect(elapsed).toBe(atMs);
});

describe('a time service', () => {
  const service = {
    every: { dist: 'constant', valueUs: 100 * ms },
    errorUs: 0,
    stepUs: 128 * ms,
    slewPpm: 200_000,
  } as const;

  test('steps a clock that is off by too much, even backwards', async () => {
    const readings = await watch({ clocks: { service } }, during({ offsetUs: 5 * seconds }, 450, 3000));
    expect(at(readings, 490).wall).toBeGreaterThan(5000);
    expect(at(readings, 520).wall).toBe(at(readings, 520).atMs);
  });

  test('slews a clock that is off by less: it runs slower for a while, and never jumps', async () => {
    const readings = await watch({ clocks: { service } }, during({ offsetUs: 50 * ms }, 450, 3000));
    const after = readings.filter(({ atMs }) => atMs >= 460);
    const steps = after.slice(1).map(({ wall }, index) => wall - after[index]!.wall);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(8);
    expect(after.some(({ atMs, wall }) => wall - atMs > 20)).toBe(true);
    expect(Math.abs(at(readings, 1500).wall - at(readings, 1500).atMs)).toBeLessThan(1);
  });

  test('keeps a drifting clock near the right time', async () => {
    const drifting = { driftPpm: 5_000 };
    const left = await watch({ clocks: drifting, seed: 'drift' });
    const kept = await watch({ clocks: { ...drifting, service }, seed: 'drift' });
    const error = ({ wall, atMs }: Reading) => Math.abs(wall - atMs);
    expect(error(at(left, 1900))).toBeGreaterThan(2);
    expect(error(at(kept, 1900))).toBeLessThan(1);
  });
});

test('a fault of a clock that nobody reads has touched nothing', async () => {
  const world = worldOf({
    servers: { n1: idle, n2: ({ clock }) => void clock.after(100, () => clock.now()) },
  });
  const faults = new Faults(world);
  const jump = (id: HostId) =>
    faults.start({ kind: 'clock', targets: [id], offsetUs: 1 }, { label: `fault ${id}` })!;
  const started: ReturnType<typeof jump>[] = [];
  world.at(50 * ms, () => started.push(jump('n1'), jump('n2')));
  await run(world);
  expect(started.map((fault) => fault.touched())).toEqual([false, true]);
});
