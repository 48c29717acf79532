import { describe, expect, test } from 'vitest';
import type { TraceEvent } from '../../sim/kernel/trace.ts';
import { Faults } from '../../sim/world/faults/faults.ts';
import { Nemesis } from '../../sim/world/faults/nemesis.ts';
import type { World } from '../../sim/world/world.ts';
import { keeper, type LooseHost, ms, run, type Setting, seconds, serversOf, worldOf } from './fixture.ts';

/** Calls, sends, timers, files and draws, under every kind of fault. */
function busy(seed: string, more: Partial<Setting> = {}): World {
  const program = async (host: LooseHost) => {
    host.on('ask', async ({ number }) => {
      await host.disk.write('log', number, new Uint8Array([number % 256]));
      if (host.random.chance([1, 2], 'sync')) await host.disk.sync('log');
      return { number, at: host.clock.now() };
    });
    host.on('gossip', ({ hops }) => {
      if (hops < 5) host.send(host.peers[host.random.below(5, 'peer')]!, 'gossip', { hops: hops + 1 });
    });
    const timer = host.clock.after(500, () => host.send('n1', 'gossip', { hops: 3 }));
    for (let number = 0; ; number += 1) {
      const to = host.peers[host.random.below(5, 'peer')]!;
      await host.call(to, 'ask', { number }, { timeoutMs: 30 }).catch(() => timer.cancel());
      host.send(to, 'gossip', { hops: 0 });
      host.log('asked', { number });
    }
  };
  const world = worldOf({
    seed,
    servers: serversOf(5, program),
    network: {
      loss: [1, 50],
      duplicate: [1, 50],
      reorder: { odds: [1, 20], by: { dist: 'exponential', meanUs: 5 * ms } },
    },
    skewUs: 100 * ms,
    limits: { virtualUs: 3 * seconds },
    ...more,
  });
  const nemesis = {
    faults: (['partition', 'packet', 'kill', 'pause', 'clock'] as const).map((kind) => ({ kind, weight: 1 })),
    every: { dist: 'exponential', meanUs: 100 * ms },
    lasts: { dist: 'exponential', meanUs: 150 * ms },
    targets: ['one', 'minority', 'all'],
    down: 'none',
  } as const;
  new Nemesis(world, new Faults(world), nemesis, 2 * seconds).start();
  return world;
}

/** Everything about a run that can be compared. */
function summary(world: World) {
  return {
    fingerprint: world.fingerprint.hex(),
    events: world.loop.event,
    nowUs: world.nowUs,
    counters: world.network.counters,
    machines: world.machines.map(({ kills, held, boots }) => ({ kills, held, boots })),
  };
}

async function finished(world: World, way: 'drain' | 'hop' = 'drain') {
  await run(world, way);
  return summary(world);
}

describe('a run', () => {
  test('is a function of its seed', async () => {
    const first = await finished(busy('1'));
    expect(await finished(busy('1'))).toEqual(first);
    expect(first.events).toBeGreaterThan(2_000);
    const others = await Promise.all(['2', '3', '4'].map((seed) => finished(busy(seed))));
    expect(new Set([first, ...others].map(({ fingerprint }) => fingerprint)).size).toBe(4);
  });

  test.each(['drain', 'hop'] as const)('is the same beside others in one process: %s', async (way) => {
    const seeds = ['1', '2', '3'];
    const alone = [];
    for (const seed of seeds) alone.push(await finished(busy(seed), way));
    const together = await Promise.all(seeds.map((seed) => finished(busy(seed), way)));
    expect(together).toEqual(alone);
  });

  test('is the same whichever way it is drained', async () => {
    expect(await finished(busy('1'), 'hop')).toEqual(await finished(busy('1'), 'drain'));
  });

  test('is the same whether it is recorded and traced or not', async () => {
    const { witness, trace } = keeper();
    const full = await finished(busy('1', { witness, choices: { record: true } }));
    expect(full).toEqual(await finished(busy('1')));
    expect(trace.length).toBeGreaterThan(1_000);
  });

  test('replays from its tape alone, whatever the seed', async () => {
    const recorded = busy('1', { choices: { record: true } });
    const original = await finished(recorded);
    const tape = recorded.choices.tape();
    expect(await finished(busy('another', { choices: { replay: { tape, fallback: 'calm' } } }))).toEqual(
      original,
    );
  });

  test('with an empty tape is calm: nothing is lost, repeated or late', async () => {
    const world = busy('1', { choices: { replay: { tape: new Map(), fallback: 'calm' } } });
    await run(world);
    expect(world.network.counters).toMatchObject({ lost: 0, duplicated: 0, cut: 0 });
  });

  test('differs in its fingerprint by one byte of one message', async () => {
    const one = (text: string) =>
      worldOf({
        servers: {
          n1: (host) => void host.clock.after(20, () => host.send('n2', 'say', { text })),
          n2: (host) => host.on('say', () => {}),
        },
      });
    const [hello, again, hallo] = [
      await finished(one('hello')),
      await finished(one('hello')),
      await finished(one('hallo')),
    ];
    expect(again).toEqual(hello);
    expect(hallo.fingerprint).not.toBe(hello.fingerprint);
    expect({ ...hallo, fingerprint: '' }).toEqual({ ...hello, fingerprint: '' });
  });
});

test('ties: drawn by the seed, or first in first out', async () => {
  const orders = async (ties: 'random' | 'fifo', seed: string) => {
    const [set, fired]: [string[], string[]] = [[], []];
    const world = worldOf({
      seed,
      ties,
      servers: serversOf(5, (host) => {
        set.push(host.id);
        host.clock.after(50 - host.clock.elapsed(), () => fired.push(host.id));
      }),
    });
    await run(world);
    return { set: set.join(' '), fired: fired.join(' ') };
  };
  const random = new Set<string>();
  for (let seed = 0; seed < 20; seed += 1) {
    random.add((await orders('random', String(seed))).fired);
    const { set, fired } = await orders('fifo', String(seed));
    expect(fired).toBe(set);
  }
  expect(random.size).toBeGreaterThan(15);
});

test('events of one host at one instant keep their order, however ties are drawn', async () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const log: number[] = [];
    const world = worldOf({
      seed: String(seed),
      servers: {
        n1: (host) => {
          for (let number = 0; number < 10; number += 1) host.clock.after(5, () => log.push(number));
        },
      },
    });
    await run(world);
    expect(log).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});

test('the causes of a trace lead back to the start of the run, each earlier than its effect', async () => {
  const { witness, trace } = keeper();
  await run(busy('1', { witness }));
  const causeOf = new Map(trace.map(({ event, cause }: TraceEvent) => [event, cause]));
  for (const { event, cause } of trace) expect(cause).toBeLessThan(Math.max(event, 0));
  expect([...causeOf.values()].filter((cause) => cause === -1).length).toBeLessThan(20);
});
