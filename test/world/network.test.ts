import { describe, expect, test } from 'vitest';
import { Faults } from '../../sim/world/faults/faults.ts';
import type { Fault } from '../../sim/world/spec.ts';
import type { World } from '../../sim/world/world.ts';
import { idle, keeper, type LooseHost, ms, run, seconds, worldOf } from './fixture.ts';
import { type Arrivals, expectRate, type Flow, flow, startUs } from './flow.ts';

const toN2: Flow = { from: 'n1', to: 'n2', count: 4_000 };

describe('a link', () => {
  test('delays within its latency', async () => {
    const latency = { dist: 'uniform', minUs: 2 * ms, maxUs: 4 * ms } as const;
    const { arrivals } = await flow({ latency }, [{ ...toN2, count: 500 }]);
    for (let number = 0; number < 500; number += 1) {
      const delayUs = arrivals.get(`n1>n2 tick ${number}`)![0]! - startUs - number * ms;
      expect(delayUs).toBeGreaterThanOrEqual(2 * ms);
      expect(delayUs).toBeLessThanOrEqual(4 * ms);
    }
  });

  test('loses about as many packets as the odds say, and counts them', async () => {
    const { world, times } = await flow({ loss: [1, 5] }, [toN2]);
    const { sent, delivered, lost } = world.network.counters;
    expect(times('n1>n2')).toHaveLength(delivered);
    expect([sent, lost]).toEqual([4_000, 4_000 - delivered]);
    expectRate(lost, [1, 5], 4_000);
  });

  test('repeats about as many packets as the odds say, each copy with a delay of its own', async () => {
    const { world, times } = await flow({ duplicate: [1, 10] }, [toN2]);
    const twice = times('n1>n2').filter((own) => own.length === 2);
    expect(world.network.counters.duplicated).toBe(twice.length);
    expect(world.network.counters.delivered).toBe(4_000 + twice.length);
    expectRate(twice.length, [1, 10], 4_000);
    expect(twice.filter(([first, second]) => first !== second).length).toBeGreaterThan(0.9 * twice.length);
  });

  test('holds back about as many packets as the odds say, so that later ones overtake them', async () => {
    const latency = { dist: 'constant', valueUs: 1 * ms } as const;
    const reorder = { odds: [1, 10], by: { dist: 'constant', valueUs: 50 * ms } } as const;
    const { arrivals } = await flow({ latency, reorder }, [toN2]);
    let late = 0;
    for (let number = 0; number < 4_000; number += 1) {
      const delayUs = arrivals.get(`n1>n2 tick ${number}`)![0]! - startUs - number * ms;
      if (delayUs === 51 * ms) late += 1;
      else expect(delayUs).toBe(1 * ms);
    }
    expectRate(late, [1, 10], 4_000);
  });

  test('without odds does none of that', async () => {
    const { world } = await flow({}, [toN2]);
    expect(world.network.counters).toMatchObject({ sent: 4_000, delivered: 4_000, lost: 0, duplicated: 0 });
  });

  test('may be an exception, in one direction and in what it says only', async () => {
    const constant = (valueUs: number) => ({ dist: 'constant' as const, valueUs });
    const { world, times, arrivals } = await flow(
      {
        latency: constant(1 * ms),
        links: [
          { from: 'n1', to: 'n2', latency: constant(70 * ms) },
          { from: 'n2', to: 'n3', loss: [1, 1] },
        ],
      },
      [
        { from: 'n1', to: 'n2', count: 1 },
        { from: 'n2', to: 'n1', count: 1 },
        { from: 'n2', to: 'n3', count: 5 },
        { from: 'n3', to: 'n2', count: 5 },
      ],
    );
    expect(arrivals.get('n1>n2 tick 0')).toEqual([startUs + 70 * ms]);
    expect(arrivals.get('n2>n1 tick 0')).toEqual([startUs + 1 * ms]);
    expect(times('n2>n3')).toEqual([]);
    expect(times('n3>n2')).toHaveLength(5);
    expect(world.network.counters.lost).toBe(5);
  });

  test('that joins no two hosts is an error', () => {
    const links = [{ from: 'n1', to: 'n9', loss: [1, 1] as const }];
    expect(() => worldOf({ servers: { n1: idle, n2: idle }, network: { links } })).toThrow(
      'a link from n1 to n9 joins no two hosts',
    );
  });
});

describe('what is drawn for a packet', () => {
  const lossy = { loss: [1, 10], duplicate: [1, 10] } as const;
  const own: Flow = { from: 'n1', to: 'n2', count: 300 };
  const ownArrivals = ({ arrivals }: { arrivals: Arrivals }) =>
    [...arrivals].filter(([name]) => name.startsWith('n1>n2 tick '));

  test.each<[string, Flow]>([
    ['another link', { from: 'n1', to: 'n3', count: 500, everyUs: 300 }],
    ['the other direction', { from: 'n2', to: 'n1', count: 500, everyUs: 300 }],
    ['another kind', { from: 'n1', to: 'n2', kind: 'tock', count: 500, everyUs: 300 }],
    ['oneself', { from: 'n1', to: 'n1', count: 500, everyUs: 300 }],
  ])('does not depend on traffic on %s', async (_, other) => {
    const alone = ownArrivals(await flow(lossy, [own]));
    const crowded = ownArrivals(await flow(lossy, [other, own]));
    expect(alone.length).toBeGreaterThan(200);
    expect(crowded).toEqual(alone);
  });

  test('does not depend on a packet fault elsewhere', async () => {
    const elsewhere: Fault = {
      kind: 'packet',
      targets: ['n3'],
      loss: [1, 2],
      duplicate: [1, 2],
      delay: { dist: 'exponential', meanUs: 30 * ms },
    };
    const alone = ownArrivals(await flow(lossy, [own]));
    const disturbed = await flow(lossy, [{ from: 'n3', to: 'n2', count: 300 }, own], (_, faults) => {
      faults.start(elsewhere, { label: 'fault 1' });
    });
    expect(disturbed.world.network.counters.lost).toBeGreaterThan(100);
    expect(ownArrivals(disturbed)).toEqual(alone);
  });
});

describe('a cut', () => {
  const oneWay: Fault = { kind: 'partition', shape: 'one-way', from: ['n1'], to: ['n2'] };
  const both: Fault = { kind: 'partition', shape: 'groups', groups: [['n1'], ['n2', 'n3']] };
  const latency = { dist: 'constant', valueUs: 10 * ms } as const;
  const flows = ['n1>n2', 'n2>n1', 'n2>n3'].map((link): Flow => {
    const [from, to] = link.split('>') as [string, string];
    return { from, to, count: 100, everyUs: 1 * ms };
  });
  /** From 50 to 70 ms after the first packet left. */
  const cut = (fault: Fault) => (world: World, faults: Faults) =>
    world.at(startUs + 50 * ms, () => void faults.start(fault, { label: 'fault 1', forUs: 20 * ms }));

  test('of one way leaves the other open', async () => {
    const { times, world } = await flow({ latency }, flows, cut(oneWay));
    expect([times('n1>n2').length, times('n2>n1').length, times('n2>n3').length]).toEqual([80, 100, 100]);
    expect(world.network.counters.cut).toBe(20);
  });

  test('between groups cuts both ways, and nothing inside a group', async () => {
    const { times, world } = await flow({ latency }, flows, cut(both));
    expect([times('n1>n2').length, times('n2>n1').length, times('n2>n3').length]).toEqual([80, 80, 100]);
    expect(world.network.counters.cut).toBe(40);
  });

  test('is decided at delivery: packets under way are lost, packets sent into it may arrive', async () => {
    const { arrivals } = await flow({ latency }, flows, cut(oneWay));
    const arrived = (number: number) => arrivals.has(`n1>n2 tick ${number}`);
    // Sent at 40 ms it would arrive with the cut; sent at 60 ms it arrives when the cut is healed.
    expect([39, 41, 59, 61].map(arrived)).toEqual([true, false, false, true]);
  });

  test.each<Fault>([
    { kind: 'partition', shape: 'isolate', targets: ['n1'] },
    { kind: 'partition', shape: 'isolate', targets: 'all' },
    { kind: 'partition', shape: 'halves' },
    { kind: 'partition', shape: 'one-way', from: 'all', to: ['n1'] },
  ])('never comes between a host and itself: %j', async (fault) => {
    const { times } = await flow({ latency }, [{ from: 'n1', to: 'n1', count: 100 }], (_, faults) => {
      faults.start(fault, { label: 'fault 1' });
    });
    expect(times('n1>n1')).toHaveLength(100);
  });
});

test('what a host sends to itself is neither lost, repeated nor reordered', async () => {
  const { arrivals, world } = await flow(
    {
      loss: [1, 1],
      duplicate: [1, 1],
      reorder: { odds: [1, 2], by: { dist: 'constant', valueUs: 1 * seconds } },
    },
    [{ from: 'n1', to: 'n1', count: 100, everyUs: 0 }],
  );
  expect([...arrivals.keys()]).toEqual(Array.from({ length: 100 }, (_, number) => `n1>n1 tick ${number}`));
  expect(world.network.counters).toMatchObject({ delivered: 100, lost: 0, duplicated: 0 });
});

describe('an outbox', () => {
  const mebibyte = new Uint8Array(2 ** 20);
  const latency = { dist: 'constant', valueUs: 10 * ms } as const;

  test('takes 64 MiB: then sends are dropped and calls refused, until packets have arrived', async () => {
    const log: string[] = [];
    let received = 0;
    const n1 = async (host: LooseHost) => {
      await host.clock.sleep(20);
      for (let i = 0; i < 70; i += 1) host.send('n2', 'bulk', mebibyte);
      log.push(`dropped ${world.network.counters.dropped}`);
      const refused = await host
        .call('n2', 'bulk', mebibyte, { timeoutMs: 100 })
        .catch((error) => error.message);
      log.push(refused, `received ${received}`);
      await host.clock.sleep(10);
      host.send('n2', 'bulk', mebibyte);
      await host.clock.sleep(11);
      log.push(`received ${received}`);
    };
    const n2 = (host: LooseHost) =>
      host.on('bulk', () => {
        received += 1;
      });
    const world = worldOf({ servers: { n1, n2 }, network: { latency } });
    await run(world);
    expect(log).toEqual(['dropped 7', 'the outbox of n1 is full', 'received 0', 'received 64']);
  });

  test.each<[string, (world: World, faults: Faults) => void]>([
    ['lost', (_, faults) => void faults.start(packetLoss, { label: 'fault 1' })],
    ['cut', (_, faults) => void faults.start(isolation, { label: 'fault 1' })],
    ['sent to a host that is down', (world) => world.at(15 * ms, () => world.machine('n2').kill('keep'))],
    [
      'kept for a paused host that is killed',
      (world) => {
        world.at(15 * ms, () => world.machine('n2').pause());
        for (let at = 40 * ms; at < 1 * seconds; at += 10 * ms) {
          world.at(at, () => {
            world.machine('n2').kill('keep');
            world.restart(world.machine('n2'));
          });
          world.at(at + 1, () => world.machine('n2').pause());
        }
      },
    ],
  ])('has room again for what was %s', async (_, disturb) => {
    const n1 = async (host: LooseHost) => {
      for (let i = 0; i < 10; i += 1) {
        await host.clock.sleep(30);
        for (let j = 0; j < 40; j += 1) host.send('n2', 'bulk', mebibyte);
      }
    };
    const world = worldOf({ servers: { n1, n2: (host) => host.on('bulk', idle) }, network: { latency } });
    disturb(world, new Faults(world));
    await run(world);
    expect(world.network.counters).toMatchObject({ sent: 400, dropped: 0 });
  });
});

const isolation: Fault = { kind: 'partition', shape: 'isolate', targets: 'all' };
const packetLoss: Fault = {
  kind: 'packet',
  targets: 'all',
  loss: [1, 1],
  duplicate: [0, 1],
  delay: { dist: 'constant', valueUs: 0 },
};

test('a kind is the same whether a mount or its full name says it', async () => {
  const heard: string[] = [];
  const n1 = async (host: LooseHost) => {
    await host.clock.sleep(20);
    host.send('n2', 'inner/tick', 1);
    (host.mount('inner') as unknown as LooseHost).send('n2', 'tick', 2);
  };
  const n2 = (host: LooseHost) => {
    (host.mount('inner') as unknown as LooseHost).on('tick', (number) => void heard.push(`tick ${number}`));
  };
  const { witness, trace } = keeper();
  const latency = { dist: 'constant', valueUs: 10 * ms } as const;
  await run(worldOf({ servers: { n1, n2 }, network: { latency }, ties: 'fifo', witness }));
  expect(heard).toEqual(['tick 1', 'tick 2']);
  expect(trace.filter(({ type }) => type === 'deliver').map(({ detail }) => detail?.kind)).toEqual([
    'inner/tick',
    'inner/tick',
  ]);
});
