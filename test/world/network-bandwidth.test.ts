import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Faults } from '../../sim/world/faults/faults.ts';
import { Queue } from '../../sim/world/queue.ts';
import type { Fault, NetworkSpec } from '../../sim/world/spec.ts';
import type { World } from '../../sim/world/world.ts';
import { keeper, type LooseHost, ms, run, seconds, worldOf } from './fixture.ts';

const latency = { dist: 'constant', valueUs: 1 * ms } as const;
const startUs = 20 * ms;
/** With its 64 bytes of headers, and 2 for its quotes, each packet is a thousand bytes long. */
const kilobyte = 'x'.repeat(1_000 - 64 - 2);

/** So many packets of a thousand bytes from n1 to n2 at one instant; when they arrived, since then. */
async function burst(
  count: number,
  network: Partial<NetworkSpec>,
  disturb: (world: World, faults: Faults) => void = () => {},
) {
  const { witness, trace } = keeper();
  const arrivals: number[] = [];
  const back: number[] = [];
  const program = (host: LooseHost) => {
    host.on('bulk', () => void (host.id === 'n2' ? arrivals : back).push(world.nowUs - startUs));
    host.clock.after((startUs - world.nowUs) / ms, () => {
      if (host.id === 'n1') for (let i = 0; i < count; i += 1) host.send('n2', 'bulk', kilobyte);
      if (host.id === 'n2') host.send('n1', 'bulk', kilobyte);
    });
  };
  const idle = (host: LooseHost) => host.on('bulk', () => {});
  const world = worldOf({
    servers: { n1: program, n2: program, n3: idle },
    network: { latency, ...network },
    witness,
  });
  disturb(world, new Faults(world));
  await run(world);
  return { world, arrivals, back, trace };
}

const megabyte = { bytesPerSecond: 1_000_000, queueBytes: 64_000 };

describe('a link with a bandwidth', () => {
  test('sends one packet after the other, each direction for itself', async () => {
    const { arrivals, back } = await burst(5, { bandwidth: megabyte });
    expect(arrivals).toEqual([2, 3, 4, 5, 6].map((time) => time * ms));
    expect(back).toEqual([2 * ms]);
  });

  test('drops what finds its queue full, counts it and says so', async () => {
    const { world, arrivals, trace } = await burst(10, { bandwidth: { ...megabyte, queueBytes: 4_000 } });
    expect(arrivals).toEqual([2, 3, 4, 5].map((time) => time * ms));
    expect(world.network.counters).toMatchObject({ sent: 11, delivered: 5, overflowed: 6, lost: 0 });
    expect(world.network.vanished).toBe(6);
    const reasons = trace.filter(({ type }) => type === 'lost').map(({ detail }) => detail?.why);
    expect(reasons).toEqual(Array(6).fill('overflowed'));
  });

  test('takes a packet longer than its queue while it is idle', async () => {
    const { arrivals } = await burst(2, { bandwidth: { ...megabyte, queueBytes: 10 } });
    expect(arrivals).toEqual([2 * ms]);
  });

  test('may be a single one', async () => {
    const links = [{ from: 'n2', to: 'n1', bandwidth: { ...megabyte, bytesPerSecond: 10_000 } }];
    const { arrivals, back } = await burst(3, { links });
    expect([arrivals, back]).toEqual([[1 * ms, 1 * ms, 1 * ms], [101 * ms]]);
  });

  test('delays a copy that the network makes as it does the original', async () => {
    const { arrivals } = await burst(1, {
      bandwidth: { ...megabyte, bytesPerSecond: 10_000 },
      duplicate: [1, 1],
    });
    expect(arrivals).toEqual([101 * ms, 101 * ms]);
  });
});

describe('a queue', () => {
  test('sends no more than its rate, and no less while it is busy', () => {
    const offers = fc.array(fc.tuple(fc.nat(3_000), fc.nat(2_000)), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), offers, (bytesPerSecond, offers) => {
        const queue = new Queue({ bytesPerSecond, queueBytes: Number.MAX_SAFE_INTEGER });
        // The same with whole numbers of any size: the time at which the link is free, in millionths of a byte.
        let [nowUs, freeAt] = [0, 0n];
        const rate = BigInt(bytesPerSecond);
        for (const [bytes, gapUs] of offers) {
          nowUs += gapUs;
          const now = BigInt(nowUs) * rate;
          freeAt = (freeAt > now ? freeAt : now) + BigInt(bytes + 64) * 1_000_000n;
          const leavesUs = (freeAt + rate - 1n) / rate - BigInt(nowUs);
          expect(queue.offer(bytes, nowUs, false)).toBe(Number(leavesUs));
        }
      }),
    );
  });
});

describe('the fault', () => {
  const narrow: Fault = {
    kind: 'bandwidth',
    targets: ['n2'],
    bytesPerSecond: 10_000,
    queueBytes: 5_000,
  };

  test('narrows the links of its targets, and drops what they cannot hold', async () => {
    const { arrivals, back, world } = await burst(8, {}, (_, faults) => {
      faults.start(narrow, { label: 'fault 1' });
    });
    expect(arrivals).toEqual([101, 201, 301, 401, 501].map((time) => time * ms));
    expect(back).toEqual([101 * ms]);
    expect(world.network.counters.overflowed).toBe(3);
  });

  test('lets what still waits go when it ends, in order', async () => {
    const { arrivals } = await burst(5, {}, (_, faults) => {
      faults.start(narrow, { label: 'fault 1', forUs: startUs + 250 * ms });
    });
    expect(arrivals).toEqual([101, 201, 251, 251, 251].map((time) => time * ms));
  });

  test('wears off link by link where two of them overlap', async () => {
    const wider: Fault = { ...narrow, targets: ['n1'], bytesPerSecond: 20_000 };
    const { arrivals } = await burst(3, {}, (_, faults) => {
      faults.start(wider, { label: 'fault 1', forUs: startUs + 130 * ms });
      faults.start(narrow, { label: 'fault 2', forUs: startUs + 260 * ms });
    });
    expect(arrivals.every((at, index) => index === 0 || at >= arrivals[index - 1]!)).toBe(true);
    expect(arrivals.at(-1)).toBeLessThanOrEqual(261 * ms);
  });

  test('knows whether it touched anything', async () => {
    const touched = async (targets: readonly string[]) => {
      let active: { touched(): boolean } | undefined;
      await burst(1, {}, (_, faults) => {
        active = faults.start({ ...narrow, targets }, { label: 'fault 1' });
      });
      return active!.touched();
    };
    expect([await touched(['n2']), await touched(['n3'])]).toEqual([true, false]);
  });

  test('ends inside the recovery core only', async () => {
    const { arrivals, back, world } = await burst(4, {}, (world, faults) => {
      faults.start({ ...narrow, targets: ['n1'] }, { label: 'fault 1' });
      world.at(startUs + 150 * ms, () => faults.heal([world.machine('n2'), world.machine('n3')]));
    });
    expect([arrivals.length, arrivals.at(-1), back]).toEqual([4, 401 * ms, [101 * ms]]);
    expect(world.nowUs).toBeLessThan(2 * seconds);
    const healed = await burst(4, {}, (world, faults) => {
      faults.start({ ...narrow, targets: ['n1'] }, { label: 'fault 1' });
      world.at(startUs + 150 * ms, () => faults.heal([world.machine('n1'), world.machine('n2')]));
    });
    expect(healed.arrivals).toEqual([101, 151, 151, 151].map((time) => time * ms));
  });
});
