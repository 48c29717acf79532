/** The whole of Raft, server and client, in a world that is or is not kind to it. */
import { describe, expect, test } from 'vitest';
import { DiskError, type Host, isRefused } from '../../../protocols/host.ts';
import { type RaftOptions, type RaftView, type RaftWire, raft } from '../../../protocols/raft/index.ts';
import type { World } from '../../../sim/world/world.ts';
import { calm, play, type Setting, type Shown } from './cluster.ts';

const long = process.env.SKERRY_LONG !== undefined;

function expectCorrect(shown: Shown, seed: string): void {
  expect([...shown.violations], `seed ${seed}`).toEqual([]);
  expect(shown.linearizable, `seed ${seed}`).toBe('held');
  expect(shown.counts.ok).toBeGreaterThan(0);
}

const viewOf = (world: World, id: string) => world.machine(id).state() as RaftView | undefined;
const leaderOf = (world: World) => world.servers.find((id) => viewOf(world, id)?.role === 'leader');
const quiet = { network: { loss: [0, 1], duplicate: [0, 1] } } as const satisfies Setting;

test('§5.2 a cluster left alone elects one leader and keeps it', async () => {
  const shown = await play('calm', { nemesis: calm, ...quiet });
  expectCorrect(shown, 'calm');
  expect(shown.elections).toBe(1);
  expect(shown.counts).toMatchObject({ fail: 0, info: 0 });
});

test('a cluster of one is a cluster', async () => {
  const shown = await play('alone', { servers: 1 });
  expectCorrect(shown, 'alone');
});

test('the same seed is the same run', async () => {
  const [one, two, other] = [await play('same'), await play('same'), await play('another')];
  expect(two.fingerprint).toBe(one.fingerprint);
  expect(two.log).toEqual(one.log);
  expect(other.fingerprint).not.toBe(one.fingerprint);
});

test('§5.3 what was acknowledged survives the crash of every server', async () => {
  const read: unknown[] = [];
  const shown = await play('all crash', {
    ...quiet,
    clients: 1,
    script: () => {},
    workload: async (client, host, world) => {
      for (let n = 0; n < 20; n++) await client.put(`k${n}`, n);
      await client.delete('k0');
      for (const id of world.servers) world.machine(id).kill('lose-unsynced');
      for (const id of world.servers) world.restart(world.machine(id));
      await host.clock.sleep(1);
      for (let n = 0; n < 20; n++) read.push(await client.get(`k${n}`));
    },
  });
  expectCorrect(shown, 'all crash');
  expect(read).toEqual([null, ...Array.from({ length: 19 }, (_, n) => n + 1)]);
});

test('§8 the leader commits nothing without a majority, and goes on with it', async () => {
  const shown = await play('majority', {
    ...quiet,
    clients: 1,
    script: () => {},
    workload: async (client, host, world) => {
      await client.put('x', 1);
      for (const id of ['n1', 'n2']) world.machine(id).kill('lose-unsynced');
      await expect(client.put('x', 2)).rejects.toThrow('no leader answered write');
      world.restart(world.machine('n1'));
      await host.clock.sleep(1000);
      expect(await client.cas('x', 2, 3)).toBeTypeOf('boolean');
    },
  });
  expectCorrect(shown, 'majority');
});

test('a client is refused for certain once no server has led, or booted, for longer than a request lives', async () => {
  const refusals: boolean[] = [];
  await play('refused', {
    ...quiet,
    clients: 1,
    safetyMs: 30_000,
    script: (world, faults) => {
      world.at(1_000_000, () => {
        faults.start(
          { kind: 'partition', shape: 'isolate', targets: ['n1', 'n2', 'n3'] },
          { label: 'apart' },
        );
      });
    },
    workload: async (client, host) => {
      await client.put('x', 1);
      await host.clock.sleep(1500);
      for (let n = 0; n < 6; n++) {
        await client.put('x', n).catch((error) => refusals.push(isRefused(error)));
      }
    },
  });
  expect(refusals[0]).toBe(false);
  expect(refusals.at(-1)).toBe(true);
});

test('thesis §6.2 a leader that can send and cannot receive gives way', async () => {
  let before = '';
  let after: string | undefined;
  const shown = await play('one-way', {
    ...quiet,
    safetyMs: 6000,
    script: (world, faults) => {
      world.at(2_000_000, () => {
        before = leaderOf(world)!;
        faults.start({ kind: 'partition', shape: 'one-way', from: 'all', to: [before] }, { label: 'deaf' });
      });
      world.at(5_000_000, () => {
        after = leaderOf(world);
      });
    },
  });
  expectCorrect(shown, 'one-way');
  expect(after).toBeDefined();
  expect(after).not.toBe(before);
});

test('thesis §9.6 a server that comes back from isolation does not depose the leader', async () => {
  let cutOff = '';
  const shown = await play('pre-vote', {
    ...quiet,
    safetyMs: 6000,
    script: (world, faults) => {
      world.at(2_000_000, () => {
        cutOff = world.servers.find((id) => id !== leaderOf(world))!;
        const isolate = { kind: 'partition', shape: 'isolate', targets: [cutOff] } as const;
        faults.start(isolate, { label: 'cut off', forUs: 3_000_000 });
      });
    },
  });
  expectCorrect(shown, 'pre-vote');
  expect(shown.elections).toBe(1);
});

test('thesis §6.3 with too few sessions clients lose track of what happened, and the map does not', async () => {
  const shown = await play('few sessions', { nemesis: calm, options: { sessionsMax: 2 }, clients: 5 });
  expectCorrect({ ...shown, violations: new Set() }, 'few sessions');
  expect(shown.counts.info).toBeGreaterThan(0);
});

describe('a server that cannot know what it promised never acts again', () => {
  test('its log decayed while it was down', async () => {
    const shown = await play('decay', {
      ...quiet,
      safetyMs: 4000,
      script: (world) => {
        world.at(2_000_000, () => {
          const machine = world.machine('n2');
          machine.kill('lose-unsynced');
          machine.files.write('log', 30, new Uint8Array([255]));
          world.restart(machine);
        });
        world.at(3_900_000, () => expect(viewOf(world, 'n2')).toBeUndefined());
      },
    });
    expectCorrect(shown, 'decay');
    expect(shown.log.some((line) => line.includes('disk corrupt'))).toBe(true);
  });

  test('its disk failed: it ends with that error, and when it is booted again it reads what is durable', async () => {
    const { node } = raft.roles;
    let failing = false;
    /** The disk of n2 fails when told to. */
    const program = (options: RaftOptions) => {
      const run = node.program(options);
      return (host: Host<RaftWire>) => {
        const sync = async (file: string) => {
          if (failing && host.id === 'n2') throw new DiskError('io', `sync of ${file}`);
          await host.disk.sync(file);
        };
        return run(overlaid(host, { disk: overlaid(host.disk, { sync }) }));
      };
    };
    const shown = await play('failure', {
      ...quiet,
      protocol: { ...raft, roles: { node: { ...node, program } } },
      safetyMs: 4000,
      script: (world) => {
        world.at(2_000_000, () => {
          failing = true;
        });
        world.at(2_500_000, () => {
          failing = false;
        });
        world.at(3_900_000, () => {
          const { boots, halts, up } = world.machine('n2');
          expect({ boots, halts, up }).toEqual({ boots: 2, halts: 1, up: true });
        });
      },
    });
    expectCorrect(shown, 'failure');
    expect(shown.log.filter((line) => line.includes('disk failed') && line.includes('message'))).toHaveLength(
      1,
    );
  });

  function overlaid<T extends object>(object: T, over: Partial<T>): T {
    return new Proxy(object, {
      get: (_, name) => {
        const value = Reflect.get(name in over ? over : object, name);
        return typeof value === 'function' ? value.bind(object) : value;
      },
    });
  }
});

describe('under partitions, lossy links, kills, pauses and clock jumps, everything holds', () => {
  const settings: Record<string, Setting> = {
    'three servers': {},
    'five servers': { servers: 5 },
    'small messages': { servers: 5, options: { batchEntriesMax: 1, inflightMax: 1 } },
    'no pre-vote': { options: { preVote: false } },
    'slow disks': { disk: { sync: { dist: 'uniform', minUs: 2000, maxUs: 20_000 } } },
    'many clients, few keys': { clients: 12, safetyMs: 4000 },
  };
  test.each(Object.entries(settings))('%s', { timeout: 300_000 }, async (name, setting) => {
    for (let run = 0; run < (long ? 200 : 8); run++) {
      const seed = `${name} ${run}`;
      expectCorrect(await play(seed, setting), seed);
    }
  });
});
