import { describe, expect, test } from 'vitest';
import type { HostId } from '../../protocols/host.ts';
import { type ActiveFault, Faults, type Start } from '../../sim/world/faults/faults.ts';
import type { Fault, Targets } from '../../sim/world/spec.ts';
import type { World } from '../../sim/world/world.ts';
import { idle, type LooseHost, ms, run, serversOf, worldOf } from './fixture.ts';

interface Tick {
  readonly link: string;
  readonly atUs: number;
}

interface Staged {
  readonly world: World;
  readonly fault: ActiveFault;
  readonly ticks: readonly Tick[];
  /** By host, wall time minus time of the run, at every tick it sends. */
  readonly skews: ReadonlyMap<HostId, readonly { skewMs: number; atUs: number }[]>;
}

const startUs = 100 * ms;
const endUs = 300 * ms;
const overUs = 500 * ms;

/** Everybody sends to everybody, and looks at the clock, every five milliseconds; one fault comes and goes. */
async function stage(fault: Fault, how: Partial<Start> = {}, size = 5): Promise<Staged> {
  const ticks: Tick[] = [];
  const skews = new Map<HostId, { skewMs: number; atUs: number }[]>();
  const everybody = [...Object.keys(serversOf(size, idle)), 'c1', 'c2'];
  const chatter = async (host: LooseHost) => {
    host.expose(() => ({ role: host.id === 'n3' ? 'leader' : 'follower' }));
    host.on('tick', (_, from) => void ticks.push({ link: `${from}>${host.id}`, atUs: world.nowUs }));
    const own = skews.get(host.id) ?? [];
    skews.set(host.id, own);
    while (host.clock.elapsed() < overUs / ms) {
      own.push({
        skewMs: Math.round(host.clock.now() - Date.UTC(2026, 0, 1) - world.nowUs / ms),
        atUs: world.nowUs,
      });
      for (const id of everybody) host.send(id, 'tick', null);
      await host.clock.sleep(5);
    }
  };
  const world = worldOf({
    servers: serversOf(size, chatter),
    clients: { c1: chatter, c2: chatter },
    network: { latency: { dist: 'constant', valueUs: 1 * ms } },
  });
  const faults = new Faults(world);
  let active: ActiveFault | undefined;
  world.at(startUs, () => {
    active = faults.start(fault, { label: 'fault 1', forUs: endUs - startUs, ...how });
  });
  await run(world);
  return { world, fault: active!, ticks, skews };
}

/** The links on which nothing arrived between two times. */
function silent({ world, ticks }: Staged, fromUs: number, toUs: number): string[] {
  const heard = new Set(
    ticks.filter(({ atUs }) => atUs > fromUs + 10 * ms && atUs < toUs).map(({ link }) => link),
  );
  const links = world.names.flatMap((from) => world.names.map((to) => `${from}>${to}`));
  return links.filter((link) => !heard.has(link));
}

const during = (staged: Staged) => silent(staged, startUs, endUs);

function expectHealed(staged: Staged): void {
  expect(silent(staged, endUs, overUs)).toEqual([]);
  expect(silent(staged, 10 * ms, startUs)).toEqual([]);
  expect(staged.fault.touched()).toBe(true);
  expect(staged.fault.endedUs).toBe(endUs);
}

const between = (left: readonly string[], right: readonly string[]) =>
  left.flatMap((a) => right.filter((b) => a !== b).map((b) => `${a}>${b}`));
const sorted = (links: readonly string[]) => [...new Set(links)].sort();

describe('a partition bites and heals', () => {
  test('groups: cut off from each other; a host in none is cut off from nobody', async () => {
    const [one, two] = [
      ['n1', 'n2', 'c1'],
      ['n3', 'n4'],
    ];
    const staged = await stage({ kind: 'partition', shape: 'groups', groups: [one!, two!] });
    expect(sorted(during(staged))).toEqual(sorted([...between(one!, two!), ...between(two!, one!)]));
    expect(staged.fault.text).toBe('{n1, n2, c1} | {n3, n4}');
    expectHealed(staged);
  });

  test('halves: a bare majority and the rest, and every client on one side', async () => {
    const shapes = new Set<string>();
    for (const label of ['a', 'b', 'c', 'd', 'e']) {
      const staged = await stage({ kind: 'partition', shape: 'halves' }, { label });
      const [left, right] = staged.fault.text.split(' | ').map((group) => group.slice(1, -1).split(', ')) as [
        string[],
        string[],
      ];
      const servers = (group: string[]) => group.filter((id) => id.startsWith('n')).length;
      expect([servers(left), servers(right), left.length + right.length]).toEqual([3, 2, 7]);
      expect(sorted(during(staged))).toEqual(sorted([...between(left, right), ...between(right, left)]));
      expectHealed(staged);
      shapes.add(staged.fault.text);
    }
    expect(shapes.size).toBeGreaterThan(2);
  });

  test('isolate: alone among servers, though clients still reach it', async () => {
    const staged = await stage({ kind: 'partition', shape: 'isolate', targets: ['n1', 'n2'] });
    const servers = ['n1', 'n2', 'n3', 'n4', 'n5'];
    const cut = ['n1', 'n2'].flatMap((id) => [...between([id], servers), ...between(servers, [id])]);
    expect(sorted(during(staged))).toEqual(sorted(cut));
    expect(staged.fault.down.map(({ id }) => id)).toEqual(['n1', 'n2']);
    expectHealed(staged);
  });

  test('isolate: a client from all servers', async () => {
    const staged = await stage({ kind: 'partition', shape: 'isolate', targets: ['c1'] });
    const servers = ['n1', 'n2', 'n3', 'n4', 'n5'];
    expect(sorted(during(staged))).toEqual(
      sorted([...between(['c1'], servers), ...between(servers, ['c1'])]),
    );
    expectHealed(staged);
  });

  test.each<[Targets, Targets, string[]]>([
    [['n1'], ['n2', 'n3'], ['n1>n2', 'n1>n3']],
    [['n1'], 'all', ['n1>n2', 'n1>n3', 'n1>n4', 'n1>n5']],
    ['all', ['n1'], ['n2>n1', 'n3>n1', 'n4>n1', 'n5>n1']],
    ['leader', ['c1'], ['n3>c1']],
  ])('one-way: from %j to %j', async (from, to, cut) => {
    const staged = await stage({ kind: 'partition', shape: 'one-way', from, to });
    expect(sorted(during(staged))).toEqual(cut);
    expectHealed(staged);
  });

  test.each<[Targets, Targets, number]>([
    ['one', 'one', 1],
    ['leader', 'leader', 1],
    ['minority', 'one', 2],
    ['one', 'majority', 3],
    ['majority', 'majority', 6],
    ['all', 'minority', 6],
  ])('one-way: from %j to %j always finds two that differ', async (from, to, links) => {
    for (const label of ['a', 'b', 'c', 'd']) {
      const staged = await stage({ kind: 'partition', shape: 'one-way', from, to }, { label });
      expect(during(staged)).toHaveLength(links);
    }
  });
});

describe('a packet fault bites and heals', () => {
  const calm = { loss: [0, 1], duplicate: [0, 1], delay: { dist: 'constant', valueUs: 0 } } as const;

  test('loss: on the links from and to its targets', async () => {
    const staged = await stage({ kind: 'packet', targets: ['n1'], ...calm, loss: [1, 1] });
    const others = ['n2', 'n3', 'n4', 'n5', 'c1', 'c2'];
    expect(sorted(during(staged))).toEqual(sorted([...between(['n1'], others), ...between(others, ['n1'])]));
    expectHealed(staged);
  });

  test('duplicates', async () => {
    const staged = await stage({ kind: 'packet', targets: ['n1'], ...calm, duplicate: [1, 1] });
    const within = staged.ticks.filter(({ atUs }) => atUs > startUs + 10 * ms && atUs < endUs);
    const perLink = (link: string) => within.filter((tick) => tick.link === link).length;
    expect(perLink('n1>n2')).toBe(2 * perLink('n2>n3'));
    expect(perLink('c1>n1')).toBe(2 * perLink('n2>n3'));
    expect(perLink('n1>n1')).toBe(perLink('n2>n3'));
    expectHealed(staged);
  });

  test('delay: what is sent during the fault comes late', async () => {
    const delay = { dist: 'constant', valueUs: 1_000 * ms } as const;
    const staged = await stage({ kind: 'packet', targets: 'all', ...calm, delay });
    expect(during(staged)).toHaveLength(5 * 6 + 2 * 5);
    const late = staged.ticks.filter(({ atUs }) => atUs >= startUs + 1_000 * ms);
    expect(late.length).toBeGreaterThan(1_000);
    expect(staged.fault.touched()).toBe(true);
  });

  test('two at once draw apart from each other: together they lose what either would', async () => {
    const world = worldOf({
      servers: {
        n1: async (host) => {
          await host.clock.sleep(20);
          for (let i = 0; i < 2_000; i += 1) {
            host.send('n2', 'tick', null);
            await host.clock.sleep(1);
          }
        },
        n2: (host) => host.on('tick', idle),
      },
    });
    const faults = new Faults(world);
    for (const label of ['fault 1', 'fault 2']) {
      faults.start({ kind: 'packet', targets: 'all', ...calm, loss: [1, 2] }, { label });
    }
    await run(world);
    expect(Math.abs(world.network.counters.delivered - 500)).toBeLessThan(100);
  });
});

describe('a kill bites and heals', () => {
  test('at once, until its end', async () => {
    const staged = await stage({ kind: 'kill', targets: ['n1'], storage: 'keep' });
    const others = ['n1', 'n2', 'n3', 'n4', 'n5', 'c1', 'c2'];
    expect(sorted(during(staged))).toEqual(
      sorted([...between(['n1'], others), ...between(others, ['n1']), 'n1>n1']),
    );
    expect(staged.world.machine('n1').boots).toBe(2);
    expectHealed(staged);
  });

  test('until its own restart', async () => {
    const fault: Fault = { kind: 'kill', targets: ['n1'], storage: 'keep', restartAfterUs: 50 * ms };
    const staged = await stage(fault, { forUs: undefined });
    expect(silent(staged, startUs, startUs + 50 * ms)).toHaveLength(13);
    expect(silent(staged, startUs + 50 * ms, overUs)).toEqual([]);
    expect(staged.world.machine('n1').boots).toBe(2);
  });

  test('in the midst of a turn, at another effect with another label', async () => {
    const kills = new Set<number>();
    for (let i = 0; i < 12; i += 1) {
      const staged = await stage(
        { kind: 'kill', targets: ['n1'], storage: 'lose-unsynced' },
        { label: `fault ${i}`, midTurn: true },
      );
      expect(staged.world.machine('n1').kills).toBe(1);
      expect(staged.fault.touched()).toBe(true);
      // How many of the seven sends of its last turn got away.
      const last = staged.ticks.filter(({ link, atUs }) => link.startsWith('n1>') && atUs < endUs);
      const lastUs = last.at(-1)!.atUs;
      kills.add(last.filter(({ atUs }) => atUs >= lastUs - 1 * ms).length);
    }
    expect(kills.size).toBeGreaterThan(3);
  });

  test('in any case: a doomed host that has no effects is killed a little later', async () => {
    const world = worldOf({ servers: { n1: idle, n2: idle }, limits: { virtualUs: 1_000 * ms } });
    const faults = new Faults(world);
    world.at(startUs, () => {
      faults.start({ kind: 'kill', targets: 'all', storage: 'keep' }, { label: 'x', midTurn: true });
    });
    await run(world);
    expect(world.machines.map(({ kills }) => kills)).toEqual([1, 1]);
  });

  test('keeps the disk in the midst of a turn too, if it says so', async () => {
    const world = worldOf({
      servers: {
        n1: async (host) => {
          for (let at = 0; ; at += 1) await host.disk.write('file', at, new Uint8Array(1));
        },
      },
      limits: { virtualUs: startUs + 200 * ms },
    });
    const faults = new Faults(world);
    world.at(startUs, () => {
      faults.start({ kind: 'kill', targets: ['n1'], storage: 'keep' }, { label: 'y', midTurn: true });
    });
    await run(world);
    expect(world.machine('n1').up).toBe(false);
    expect(world.machine('n1').files.size('file')).toBeGreaterThan(100);
  });
});

test('a pause bites and heals: everything is late', async () => {
  const staged = await stage({ kind: 'pause', targets: ['n1'] });
  expect(during(staged).filter((link) => link.endsWith('>n1'))).toHaveLength(7);
  expect(staged.ticks.filter(({ link, atUs }) => link === 'n2>n1' && atUs === endUs).length).toBeGreaterThan(
    30,
  );
  expect(staged.world.machine('n1').boots).toBe(1);
  expectHealed(staged);
});

test('a clock fault bites and heals', async () => {
  const { fault, skews } = await stage({ kind: 'clock', targets: ['n1'], offsetUs: -500 * ms });
  const seen = (id: HostId, fromUs: number, toUs: number) => [
    ...new Set(
      skews
        .get(id)!
        .filter(({ atUs }) => atUs > fromUs && atUs < toUs)
        .map(({ skewMs }) => skewMs),
    ),
  ];
  expect(seen('n1', 0, startUs)).toEqual([0]);
  expect(seen('n1', startUs, endUs)).toEqual([-500]);
  expect(seen('n1', endUs, overUs)).toEqual([0]);
  expect(seen('n2', startUs, endUs)).toEqual([0]);
  expect(fault.touched()).toBe(true);
});

describe('faults that overlap', () => {
  async function overlapping(fault: Fault): Promise<string[]> {
    const log: string[] = [];
    const world = worldOf({ servers: { n1: idle, n2: idle }, limits: { virtualUs: 1_000 * ms } });
    const faults = new Faults(world);
    world.at(100 * ms, () => void faults.start(fault, { label: 'long', forUs: 300 * ms }));
    world.at(200 * ms, () => void faults.start(fault, { label: 'short', forUs: 100 * ms }));
    for (const atMs of [150, 250, 350, 450]) {
      world.at(atMs * ms, () => {
        const { up, paused } = world.machine('n1');
        log.push(up && !paused ? 'works' : 'does not');
      });
    }
    await run(world);
    return log;
  }

  test.each<Fault>([
    { kind: 'pause', targets: ['n1'] },
    { kind: 'kill', targets: ['n1'], storage: 'keep' },
  ])('the last one to end puts it right: $kind', async (fault) => {
    expect(await overlapping(fault)).toEqual(['does not', 'does not', 'does not', 'works']);
  });
});

test('a fault that changed the course of nothing says so', async () => {
  const silentWorld = worldOf({ servers: { n1: idle, n2: idle, n3: idle } });
  const faults = new Faults(silentWorld);
  const calm = { loss: [1, 1], duplicate: [0, 1], delay: { dist: 'constant', valueUs: 5 } } as const;
  silentWorld.at(startUs, () => {
    const kinds: Fault[] = [
      { kind: 'partition', shape: 'halves' },
      { kind: 'packet', targets: 'all', ...calm },
      { kind: 'pause', targets: 'all' },
      { kind: 'clock', targets: 'all', offsetUs: 1 },
    ];
    for (const fault of kinds) faults.start(fault, { label: fault.kind, forUs: 10 * ms });
  });
  await run(silentWorld);
  expect(faults.started.map((fault) => fault.touched())).toEqual([false, false, false, false]);
  expect(faults.counts()).toEqual({});
});

describe('targets', () => {
  function chosen(targets: Targets, size: number, label: string, how: Partial<Start> = {}): string[] {
    const world = worldOf({ servers: serversOf(size, idle), clients: { c1: idle, c2: idle } });
    const active = new Faults(world).start({ kind: 'kill', targets, storage: 'keep' }, { label, ...how });
    return active?.down.map(({ id }) => id) ?? [];
  }
  const labels = Array.from({ length: 30 }, (_, index) => `fault ${index}`);

  test.each<[Targets, number, number]>([
    ['one', 5, 1],
    ['minority', 5, 2],
    ['minority', 4, 1],
    ['minority', 3, 1],
    ['minority', 1, 1],
    ['majority', 5, 3],
    ['majority', 4, 3],
    ['majority', 3, 2],
    ['all', 5, 5],
  ])('%s of %d servers: %d of them, over time each', (targets, size, count) => {
    const all = new Set<string>();
    for (const label of labels) {
      const ids = chosen(targets, size, label);
      expect(new Set(ids).size).toBe(count);
      for (const id of ids) all.add(id);
    }
    expect([...all].sort()).toEqual(Object.keys(serversOf(size, idle)));
  });

  test('names stand for themselves, and an unknown one is an error', () => {
    expect(chosen(['n2', 'c1'], 3, 'x')).toEqual(['n2', 'c1']);
    expect(() => chosen(['n7'], 3, 'x')).toThrow('there is no host "n7"; there are n1, n2, n3, c1, c2');
  });

  test('one client, or nothing where there is none', () => {
    const all = new Set(labels.flatMap((label) => chosen('one-client', 3, label)));
    expect([...all].sort()).toEqual(['c1', 'c2']);
    const world = worldOf({ servers: { n1: idle } });
    expect(new Faults(world).start({ kind: 'pause', targets: 'one-client' }, { label: 'x' })).toBeUndefined();
  });

  test('the leader: all who say so; anybody if nobody does', async () => {
    for (const leaders of [['n2'], ['n2', 'n3'], []]) {
      const program = (host: LooseHost) =>
        host.expose(() => ({ role: leaders.includes(host.id) ? 'leader' : 'follower' }));
      const world = worldOf({ servers: serversOf(3, program) });
      const faults = new Faults(world);
      world.at(
        startUs,
        () => void faults.start({ kind: 'kill', targets: 'leader', storage: 'keep' }, { label: 'x' }),
      );
      await run(world);
      const ids = faults.started[0]!.down.map(({ id }) => id);
      if (leaders.length > 0) expect(ids).toEqual(leaders);
      else expect(ids).toHaveLength(1);
    }
  });

  test('no more than may be down, counting those that are; clients do not count', () => {
    expect(chosen('all', 5, 'x', { downMax: 2 })).toHaveLength(2);
    expect(chosen(['n1', 'n2', 'c1'], 5, 'x', { downMax: 1 })).toEqual(['n1', 'c1']);
    const world = worldOf({ servers: serversOf(5, idle) });
    const faults = new Faults(world);
    const kill = (targets: Targets, label: string) =>
      faults.start({ kind: 'kill', targets, storage: 'keep' }, { label, downMax: 2 });
    expect(kill(['n1'], 'a')?.down).toHaveLength(1);
    expect(kill('all', 'b')?.down).toHaveLength(1);
    expect(kill('all', 'c')).toBeUndefined();
    faults.end(faults.started[0]!);
    expect(kill('all', 'd')?.down).toHaveLength(1);
    for (const active of faults.started) faults.end(active);
    faults.start({ kind: 'partition', shape: 'isolate', targets: ['n1', 'n2'] }, { label: 'e', downMax: 2 });
    expect(kill('all', 'f')).toBeUndefined();
  });
});

test('the end of all faults: everything is put right, and everybody boots', async () => {
  const world = worldOf({ servers: serversOf(4, idle) });
  const faults = new Faults(world);
  const calm = { loss: [1, 1], duplicate: [0, 1], delay: { dist: 'constant', valueUs: 5 } } as const;
  world.at(startUs, () => {
    world.machine('n4').kill('keep');
    for (const fault of [
      { kind: 'kill', targets: ['n1'], storage: 'keep' },
      { kind: 'pause', targets: ['n2'] },
      { kind: 'clock', targets: ['n3'], offsetUs: 7 },
      { kind: 'packet', targets: 'all', ...calm },
      { kind: 'partition', shape: 'halves' },
    ] as Fault[]) {
      faults.start(fault, { label: fault.kind });
    }
    expect(faults.down.size).toBe(2);
  });
  world.at(endUs, () => faults.endAll());
  await run(world);
  expect(world.machines.every(({ up, paused, clock }) => up && !paused && clock.offsetUs === 0)).toBe(true);
  expect([world.network.cuts.length, world.network.road.disturbances.length, faults.down.size]).toEqual([
    0, 0, 0,
  ]);
  expect(faults.started.every(({ endedUs: at }) => at === endUs)).toBe(true);
});
