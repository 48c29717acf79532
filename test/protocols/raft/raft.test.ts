/** The whole of Raft, server and client, in a world that is or is not kind to it. */
import { describe, expect, test } from 'vitest';
import { DiskError, type Host, isRefused } from '../../../protocols/host.ts';
import { type RaftOptions, type RaftView, type RaftWire, raft } from '../../../protocols/raft/index.ts';
import { simulate } from '../../../sim/entry/vitest.ts';
import type { World } from '../../../sim/world/world.ts';
import { calm, play, type Setting, type Shown } from './cluster.ts';

const long = process.env.SKERRY_LONG !== undefined;

function expectCorrect(shown: Shown, seed: string): void {
  expect([...shown.violations], `seed ${seed}`).toEqual([]);
  expect(shown.linearizable, `seed ${seed}`).toBe('held');
  expect(shown.counts.ok).toBeGreaterThan(0);
}

const viewOf = (world: World, id: string) => world.machine(id).state() as RaftView | undefined;
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

const checks = [
  ...['election-safety', 'leader-append-only', 'log-matching', 'leader-completeness', 'state-machine-safety'],
  'linearizable',
];
const three = { protocol: raft, nodes: 3, seeds: 5, checks };

simulate('§5.3 what was acknowledged survives the crash of every server', three, async (world) => {
  const client = world.client();
  for (let n = 0; n < 20; n++) await client.put(`k${n}`, n);
  await client.delete('k0');
  world.kill('all');
  world.heal();
  expect(await client.get('k0')).toBeNull();
  for (let n = 1; n < 20; n++) expect(await client.get(`k${n}`)).toBe(n);
});

simulate('§8 the leader commits nothing without a majority, and goes on with it', three, async (world) => {
  const client = world.client();
  await client.put('x', 1);
  world.kill(['n1', 'n2']);
  await expect(client.put('x', 2)).rejects.toThrow('nobody served write');
  world.restart('n1');
  await world.leader();
  expect(await client.cas('x', 2, 3)).toBeTypeOf('boolean');
});

simulate(
  'a client is refused for certain once no server has led, or booted, for longer than a request lives',
  three,
  async (world) => {
    const client = world.client();
    await client.put('x', 1);
    world.isolate(world.nodes);
    const refusals: boolean[] = [];
    for (let n = 0; n < 6; n++) {
      await client.put('x', n).catch((error) => refusals.push(isRefused(error)));
    }
    expect(refusals[0]).toBe(false);
    expect(refusals.at(-1)).toBe(true);
  },
);

simulate('thesis §6.2 a leader that can send and cannot receive gives way', three, async (world) => {
  await world.client().put('x', 1);
  const before = await world.leader();
  world.fault({ partition: { 'one-way': { from: 'all', to: [before] } } });
  await world.sleep('3s');
  expect(await world.leader()).not.toBe(before);
});

simulate(
  'thesis §9.6 a server that comes back from isolation does not depose the leader',
  three,
  async (world) => {
    await world.client().put('x', 1);
    const leader = await world.leader();
    const [cutOff] = world.nodes.filter((id) => id !== leader);
    const term = world.exposed<RaftView>(leader)?.term;
    const isolation = world.isolate(cutOff!);
    await world.sleep('3s');
    isolation.heal();
    await world.sleep('2s');
    expect(await world.leader()).toBe(leader);
    expect(world.exposed<RaftView>(leader)?.term).toBe(term);
  },
);

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
