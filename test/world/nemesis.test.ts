import { describe, expect, test } from 'vitest';
import { Faults } from '../../sim/world/faults/faults.ts';
import { Nemesis } from '../../sim/world/faults/nemesis.ts';
import type { FaultKind, NemesisSpec } from '../../sim/world/spec.ts';
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

async function strike(seed: string, own: Partial<NemesisSpec> = {}, size = 5): Promise<Struck> {
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
