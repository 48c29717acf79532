import { describe, expect, test } from 'vitest';
import { Faults } from '../../sim/world/faults/faults.ts';
import { Nemesis } from '../../sim/world/faults/nemesis.ts';
import type { FaultKind, FaultOf, NemesisSpec } from '../../sim/world/spec.ts';
import type { World } from '../../sim/world/world.ts';
import { type LooseHost, ms, run, seconds, serversOf, worldOf } from './fixture.ts';

const kinds: readonly FaultKind[] = ['partition', 'packet', 'kill', 'pause', 'clock'];

const spec: NemesisSpec = {
  faults: kinds.map((kind) => ({ kind, weight: 1 })),
  every: { dist: 'exponential', meanUs: 150 * ms },
  lasts: { dist: 'exponential', meanUs: 400 * ms },
  targets: ['one', 'minority', 'majority', 'all', 'leader', 'one-client'],
  down: 'none',
};

const safetyUs = 5 * seconds;

interface Struck {
  readonly world: World;
  readonly faults: Faults;
  /** Most servers that were down, paused or isolated at one time. */
  readonly downMost: number;
  /** Each fault in words. */
  readonly story: readonly string[];
}

async function strike(
  seed: string,
  own: Partial<NemesisSpec> = {},
  size = 5,
  watch: (world: World) => void = () => {},
): Promise<Struck> {
  let downMost = 0;
  const chatter = async (host: LooseHost) => {
    host.expose(() => ({ role: host.id === 'n1' ? 'leader' : 'follower' }));
    host.on('tick', () => host.clock.now());
    for (let turn = 0; ; turn += 1) {
      host.send(host.peers[turn % size]!, 'tick', turn);
      await host.disk.write('file', turn, new Uint8Array([turn % 256]));
      await host.clock.sleep(4);
    }
  };
  const world = worldOf({
    seed,
    servers: serversOf(size, chatter),
    clients: { c1: chatter },
    limits: { virtualUs: safetyUs + 1 * seconds },
    witness: { turn: () => look() },
  });
  const faults = new Faults(world);
  const look = () => {
    watch(world);
    const servers = world.machines.slice(0, size);
    const isolated = (index: number) =>
      servers.every(
        (_, other) => other === index || world.network.cuts.some((cut) => cut.blocks(index, other)),
      );
    // Boots of the beginning take up to ten milliseconds.
    if (world.nowUs < 10 * ms) return;
    const down = servers.filter(({ up, paused, index }) => !up || paused || isolated(index)).length;
    downMost = Math.max(downMost, down);
  };
  new Nemesis(world, faults, { ...spec, ...own }, safetyUs).start();
  await run(world);
  const story = faults.started.map(
    ({ kind, text, startedUs, endedUs }) => `${startedUs}-${endedUs} ${kind} ${text}`,
  );
  return { world, faults, downMost, story };
}

const seeds = Array.from({ length: 40 }, (_, index) => String(index));

describe('a nemesis', () => {
  test('draws the same faults for the same seed, and others for another', async () => {
    const [first, again, other] = [await strike('1'), await strike('1'), await strike('2')];
    expect(again.story).toEqual(first.story);
    expect(again.world.fingerprint.hex()).toBe(first.world.fingerprint.hex());
    expect(other.story).not.toEqual(first.story);
    expect(first.story.length).toBeGreaterThan(15);
  });

  test('draws every kind, and every kind touches something', async () => {
    const { faults } = await strike('3', { every: { dist: 'constant', valueUs: 40 * ms } });
    expect(Object.keys(faults.counts()).sort()).toEqual([...kinds].sort());
  });

  test('draws kinds as their weights say', async () => {
    const faults = [
      { kind: 'pause' as const, weight: 3 },
      { kind: 'clock' as const, weight: 1 },
      { kind: 'kill' as const, weight: 0 },
    ];
    const every = { dist: 'constant', valueUs: 5 * ms } as const;
    const { faults: drawn } = await strike('4', { faults, every, targets: ['one'] });
    const count = (kind: FaultKind) => drawn.started.filter((active) => active.kind === kind).length;
    expect(count('kill')).toBe(0);
    expect(count('pause') / count('clock')).toBeGreaterThan(2.3);
    expect(count('pause') / count('clock')).toBeLessThan(3.9);
  });

  describe('that bounds clocks', () => {
    /** The most that wall and monotonic clock of n1 were off, and how their faults read. */
    async function clocks(own: Partial<NemesisSpec['faults'][number]>, seed: string) {
      let offsetUsMax = 0;
      let gainedUsMost = 0;
      const ways = new Set<string>();
      const own2 = { every: { dist: 'constant', valueUs: 40 * ms }, targets: ['one', 'all'] } as const;
      const faults = [{ kind: 'clock' as const, weight: 1, ...own }];
      const { faults: drawn, world } = await strike(seed, { ...own2, faults }, 3, (now) => {
        const { clock } = now.machine('n1');
        offsetUsMax = Math.max(offsetUsMax, Math.abs(clock.offsetUs));
        gainedUsMost = Math.max(gainedUsMost, Math.abs(clock.elapsedUs(now.nowUs) - now.nowUs));
      });
      for (const { line } of drawn.started) {
        for (const way of ['offsetUs', 'driftPpm', 'freeze']) if (way in line.fault) ways.add(way);
      }
      const values = (key: string) =>
        drawn.started.flatMap(({ line }) =>
          key in line.fault ? [Math.abs((line.fault as never)[key])] : [],
        );
      return { offsetUsMax, gainedUsMost, ways: [...ways].sort(), values, drawn, world };
    }

    test('draws jumps and rates up to them, and no clock is ever off by the sum of two', async () => {
      const offsets = new Set<number>();
      const drifts = new Set<number>();
      for (const seed of seeds.slice(0, 10)) {
        const bounds = { offsetUsMax: 2 * seconds, driftPpmMax: 20_000 };
        const { offsetUsMax, gainedUsMost, values, drawn } = await clocks(bounds, seed);
        for (const value of values('offsetUs')) offsets.add(value);
        for (const value of values('driftPpm')) drifts.add(value);
        expect(offsetUsMax, `seed ${seed}`).toBeLessThanOrEqual(2 * seconds);
        expect(gainedUsMost).toBeLessThanOrEqual(safetyUs * 0.02 + 1);
        // As a line of a script a fault falls on those whom it did fall on.
        for (const { text, line } of drawn.started)
          expect(text).toContain(`{${[...(line.fault as FaultOf<'clock'>).targets].join(', ')}}`);
      }
      expect([...offsets].sort((a, b) => a - b)).toEqual([50 * ms, 500 * ms, 2 * seconds]);
      expect([...drifts].sort((a, b) => a - b)).toEqual([200, 5_000, 20_000]);
    });

    test('lets them add up if it bounds nothing', async () => {
      const { offsetUsMax } = await clocks({ variants: ['offset'] }, '1');
      expect(offsetUsMax).toBeGreaterThan(60 * seconds);
    });

    test('bounds only what it names', async () => {
      const { ways, values } = await clocks({ driftPpmMax: 300 }, '2');
      expect(ways).toEqual(['driftPpm', 'freeze', 'offsetUs']);
      expect(Math.max(...values('driftPpm'))).toBe(300);
      expect(Math.max(...values('offsetUs'))).toBe(60 * seconds);
    });

    test('draws only the ways that it is told to', async () => {
      expect((await clocks({ variants: ['offset', 'drift'] }, '3')).ways).toEqual(['driftPpm', 'offsetUs']);
      expect((await clocks({ variants: ['freeze'] }, '4')).ways).toEqual(['freeze']);
    });
  });

  test('strikes in the safety phase only, and everything is over at its end', async () => {
    for (const seed of seeds.slice(0, 10)) {
      const { faults, world } = await strike(seed);
      for (const { startedUs, endedUs } of faults.started) {
        expect(startedUs).toBeLessThan(safetyUs);
        expect(endedUs).toBeGreaterThanOrEqual(startedUs);
        expect(endedUs).toBeLessThanOrEqual(safetyUs);
      }
      expect(world.network.cuts.length + world.network.road.disturbances.length).toBe(0);
      expect(world.machines.every(({ up, paused, clock }) => up && !paused && clock.offsetUs === 0)).toBe(
        true,
      );
    }
  });

  test.each([3, 4, 5])(
    'of %d servers never has more than a minority down, paused or isolated, if told so',
    async (size) => {
      let most = 0;
      for (const seed of seeds) {
        const { downMost } = await strike(seed, { down: 'minority', faults: downing }, size);
        expect(downMost, `seed ${seed}`).toBeLessThanOrEqual(Math.floor((size - 1) / 2));
        most = Math.max(most, downMost);
      }
      expect(most).toBe(Math.floor((size - 1) / 2));
    },
    60_000,
  );

  test('takes more than a minority if nothing forbids it', async () => {
    expect((await strike('1', { faults: downing })).downMost).toBeGreaterThan(2);
  });
});

/** Without halves and one-way partitions, which are not counted: every server is still reached by some other. */
const downing: NemesisSpec['faults'] = [
  { kind: 'kill', weight: 1 },
  { kind: 'pause', weight: 1 },
];
