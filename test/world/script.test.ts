import { describe, expect, test } from 'vitest';
import type { HostId } from '../../protocols/host.ts';
import { Choices } from '../../sim/kernel/choices.ts';
import { chooseCore } from '../../sim/world/faults/core.ts';
import { Faults } from '../../sim/world/faults/faults.ts';
import { Script } from '../../sim/world/faults/script.ts';
import { drawSwarm } from '../../sim/world/faults/swarm.ts';
import type { NemesisSpec, TimedFault } from '../../sim/world/spec.ts';
import { idle, type LooseHost, ms, run, seconds, serversOf, worldOf } from './fixture.ts';

const pause = { kind: 'pause', targets: ['n2'] } as const;

/** When a script strikes in two seconds of a world whose n1 is elected at 300 ms, 600 ms, 900 ms … */
async function strikes(line: Omit<TimedFault, 'fault'>, seed = 'test') {
  const elected = async (host: LooseHost) => {
    let isLeader = false;
    host.expose(() => ({ role: isLeader ? 'leader' : 'follower', term: 7 }));
    while (host.clock.elapsed() < 2_000) {
      await host.clock.sleep(300);
      isLeader = true;
      host.log('leader elected');
      await host.clock.sleep(10);
      isLeader = false;
    }
  };
  const chatter = async (host: LooseHost) => {
    while (host.clock.elapsed() < 3_000) await host.clock.sleep(5);
  };
  const world = worldOf({ servers: { n1: elected, n2: chatter }, seed });
  const faults = new Faults(world);
  const script = new Script(world, faults, [{ forUs: 20 * ms, ...line, fault: pause }], 2 * seconds);
  script.start();
  await run(world);
  return { atMs: faults.started.map(({ startedUs }) => startedUs / ms), idle: script.idle() };
}

describe('a line of the script', () => {
  test('at a time strikes once, then', async () => {
    expect(await strikes({ atUs: 500 * ms })).toEqual({ atMs: [500], idle: undefined });
  });

  test('with every strikes again and again until the safety phase ends', async () => {
    const every = { dist: 'constant', valueUs: 400 * ms } as const;
    expect((await strikes({ every })).atMs).toEqual([400, 800, 1200, 1600]);
    expect((await strikes({ every, atUs: 100 * ms })).atMs).toEqual([100, 500, 900, 1300, 1700]);
    expect((await strikes({ every, times: 2 })).atMs).toEqual([400, 800]);
  });

  test('with every draws the times in between', async () => {
    const every = { dist: 'uniform', minUs: 10 * ms, maxUs: 500 * ms } as const;
    const [left, again, right] = [
      await strikes({ every }),
      await strikes({ every }),
      await strikes({ every }, 'other'),
    ];
    expect(left).toEqual(again);
    expect(left.atMs).not.toEqual(right.atMs);
  });

  test('with no time at all in between still lets the run go on', async () => {
    expect(
      (await strikes({ every: { dist: 'constant', valueUs: 0 }, atUs: 500 * ms, times: 3 })).atMs.length,
    ).toBe(3);
  });

  test('waits for what a program logs, once unless it says otherwise', async () => {
    const when = { event: 'leader elected' } as const;
    const [first] = (await strikes({ when })).atMs;
    expect(first).toBeGreaterThan(300);
    expect((await strikes({ when })).atMs.length).toBe(1);
    expect((await strikes({ when, times: 3 })).atMs.length).toBe(3);
    // At the earliest a microsecond after what set it off.
    expect((await strikes({ when, afterUs: 50 * ms })).atMs[0]).toBeCloseTo(first! - 0.001 + 50, 6);
    expect((await strikes({ when, atUs: 700 * ms })).atMs[0]).toBeGreaterThan(900);
  });

  test('waits for what the world does, here or anywhere', async () => {
    expect((await strikes({ when: { event: 'boot', host: 'n2' } })).atMs.length).toBe(1);
    expect((await strikes({ when: { event: 'boot' }, times: 9 })).atMs.length).toBe(2);
  });

  test('waits for a host to begin to expose a state, and not for as long as it does', async () => {
    const { atMs } = await strikes({ when: { state: { role: 'leader', term: 7 } }, times: 100 });
    expect(atMs.length).toBe(6);
    expect((await strikes({ when: { state: { role: 'leader', term: 8 } } })).atMs).toEqual([]);
    expect((await strikes({ when: { state: { role: 'leader' }, host: 'n2' } })).atMs).toEqual([]);
  });

  test('that never struck says what it waited for, and one that touched nothing says so', async () => {
    expect((await strikes({ when: { event: 'never' } })).idle).toBe(
      'fault 1 of the script (pause) never struck: "never" was not seen',
    );
    expect((await strikes({ when: { state: { role: 'king' }, host: 'n1' } })).idle).toBe(
      'fault 1 of the script (pause) never struck: { role: king } on n1 was not seen',
    );
    expect((await strikes({ atUs: 500 * ms, forUs: 1 })).idle).toBe(
      'fault 1 of the script (pause) touched nothing',
    );
  });
});

describe('the recovery core', () => {
  const world = (seed: string, size = 5) =>
    worldOf({ servers: serversOf(size, idle), clients: { c1: idle, c2: idle }, seed });
  const ids = (seed: string, core: 'majority' | 'all' | readonly HostId[] = 'majority', size = 5) =>
    chooseCore(world(seed, size), core).map(({ id }) => id);

  test('is a drawn bare majority of the servers, and all clients', () => {
    const cores = Array.from({ length: 40 }, (_, seed) => ids(String(seed)));
    for (const core of cores) expect(core).toEqual([...core.slice(0, 3).sort(), 'c1', 'c2']);
    expect(new Set(cores.map(String)).size).toBe(10);
    expect(ids('1', 'majority', 4).length).toBe(3 + 2);
  });

  test('may be all, or those that are named', () => {
    expect(ids('1', 'all')).toEqual(['n1', 'n2', 'n3', 'n4', 'n5', 'c1', 'c2']);
    expect(ids('1', ['n4', 'n2'])).toEqual(['n4', 'n2', 'c1', 'c2']);
  });

  test('is whole, and everything else stays as it is', async () => {
    const heard = new Set<string>();
    const chatter = async (host: LooseHost) => {
      host.on('tick', (_, from) => void (world.nowUs > 600 * ms && heard.add(`${from}>${host.id}`)));
      while (host.clock.elapsed() < 1_000) {
        for (const id of host.peers) if (id !== host.id) host.send(id, 'tick', null);
        await host.clock.sleep(10);
      }
    };
    const world = worldOf({ servers: serversOf(5, chatter) });
    const faults = new Faults(world);
    const start = (fault: Parameters<Faults['start']>[0]) =>
      faults.start(fault, { label: `fault ${faults.started.length}`, forUs: 500 * ms });
    world.at(100 * ms, () => {
      start({
        kind: 'partition',
        shape: 'groups',
        groups: [
          ['n1', 'n4'],
          ['n2', 'n3', 'n5'],
        ],
      });
      start({ kind: 'kill', targets: ['n2', 'n5'], storage: 'keep' });
      start({ kind: 'pause', targets: ['n3'] });
    });
    world.at(400 * ms, () => faults.heal(['n1', 'n2', 'n3'].map((id) => world.machine(id))));
    await run(world);
    const core = ['n1>n2', 'n1>n3', 'n2>n1', 'n2>n3', 'n3>n1', 'n3>n2'];
    // n4 is with n1 behind a partition that lasts; n5 is down for good, although its fault was to end.
    expect([...heard].sort()).toEqual([...core, 'n1>n4', 'n4>n1'].sort());
    expect(world.machine('n5').up).toBe(false);
  });
});

describe('a swarm', () => {
  const spec: NemesisSpec = {
    faults: (['partition', 'packet', 'kill', 'pause', 'clock'] as const).map((kind) => ({ kind, weight: 1 })),
    every: { dist: 'exponential', meanUs: 1_000_000 },
    lasts: { dist: 'uniform', minUs: 400, maxUs: 800 },
    targets: ['one'],
    down: 'minority',
    swarm: true,
  };
  const swarms = Array.from({ length: 200 }, (_, seed) => drawSwarm(spec, new Choices(String(seed))));

  test('leaves some kinds out in each seed, others in another, and never all', () => {
    const kinds = swarms.map(({ spec }) => spec.faults.map(({ kind }) => kind).join());
    expect(new Set(kinds).size).toBeGreaterThan(20);
    expect(kinds).not.toContain('');
    for (const { kind } of spec.faults) {
      const on = kinds.filter((list) => list.includes(kind)).length;
      expect(on).toBeGreaterThan(60);
      expect(on).toBeLessThan(160);
    }
  });

  test('draws how often and how long they strike, within the given ones times a power of two', () => {
    const means = new Set(swarms.map(({ spec }) => (spec.every as { meanUs: number }).meanUs));
    expect([...means].sort((left, right) => left - right)).toEqual([250_000, 500_000, 1e6, 2e6, 4e6]);
    const longest = new Set(swarms.map(({ spec }) => (spec.lasts as { maxUs: number }).maxUs));
    expect([...longest].sort((left, right) => left - right)).toEqual([200, 400, 800, 1600]);
  });

  test('says in words what it drew', () => {
    const { drawn, spec } = swarms[0]!;
    expect(Object.keys(drawn)).toEqual(['fault kinds', 'time between faults', 'length of faults']);
    for (const { kind } of spec.faults) expect(drawn['fault kinds']).toContain(kind);
  });
});

describe('buggify', () => {
  /** Which of the asks of a site were answered yes. */
  async function asked(seed: string, buggify?: { active: [number, number]; fires: [number, number] }) {
    const answers: boolean[] = [];
    const world = worldOf({
      servers: {
        n1: (host) => {
          for (let i = 0; i < 200; i += 1) answers.push(host.buggify('site'));
        },
      },
      seed,
      ...(buggify && { buggify }),
    });
    await run(world);
    return answers.filter((yes) => yes).length;
  }

  test('a site is active in some of the runs, and fires some of the times there', async () => {
    const odds = { active: [1, 4], fires: [1, 4] } as { active: [number, number]; fires: [number, number] };
    const yes = await Promise.all(Array.from({ length: 80 }, (_, seed) => asked(String(seed), odds)));
    const active = yes.filter((count) => count > 0);
    expect(active.length).toBeGreaterThan(8);
    expect(active.length).toBeLessThan(40);
    for (const count of active) {
      expect(count).toBeGreaterThan(20);
      expect(count).toBeLessThan(90);
    }
  });

  test('says no unless the scenario asks for trouble', async () => {
    expect(await asked('1')).toBe(0);
    expect(await asked('1', { active: [1, 1], fires: [1, 1] })).toBe(200);
  });
});
