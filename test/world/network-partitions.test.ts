import { describe, expect, test } from 'vitest';
import { Faults } from '../../sim/world/faults/faults.ts';
import { Nemesis } from '../../sim/world/faults/nemesis.ts';
import type { Fault, FaultKind } from '../../sim/world/spec.ts';
import { idle, ms, run, seconds, serversOf, worldOf } from './fixture.ts';
import { type Flow, flow, startUs } from './flow.ts';

/** Who hears whom while a partition lasts, and what it says of itself. */
function views(shape: 'ring' | 'bridge' | 'random', size: number, label = 'fault 1') {
  const world = worldOf({ servers: serversOf(size, idle), clients: { c1: idle, c2: idle } });
  const active = new Faults(world).start({ kind: 'partition', shape }, { label });
  const [cut] = world.network.cuts;
  const all = world.names.map((_, index) => index);
  const hears = (to: number) => all.filter((from) => from === to || cut?.blocks(from, to) !== true);
  return { active, hears, servers: all.slice(0, size), clients: all.slice(size), world };
}

const majority = (size: number) => Math.floor(size / 2) + 1;

describe('a ring', () => {
  test.each([3, 4, 5, 6, 7, 8, 9])(
    'of %i: every server hears a majority, and no two the same one',
    (size) => {
      for (const label of ['a', 'b', 'c']) {
        const { hears, servers } = views('ring', size, label);
        const heard = servers.map((to) => hears(to).filter((from) => from < size));
        for (const [to, own] of heard.entries()) {
          expect(own).toContain(to);
          expect(own).toHaveLength(majority(size));
        }
        expect(new Set(heard.map((own) => own.join())).size).toBe(size);
      }
    },
  );

  test('leaves clients alone, and needs three servers', () => {
    const { hears, clients, world } = views('ring', 5);
    for (const client of clients) expect(hears(client)).toHaveLength(world.names.length);
    expect(views('ring', 2).active).toBeUndefined();
  });
});

describe('a bridge', () => {
  test('is one server that reaches two halves, which do not reach each other', () => {
    for (const size of [3, 4, 5, 7]) {
      const { active, hears, servers, clients } = views('bridge', size);
      const [, left, right, middle] = /^\{(.*)\} \| \{(.*)\} bridged by n(\d+)$/.exec(active!.text)!;
      const bridge = Number(middle) - 1;
      expect(hears(bridge)).toHaveLength(size + clients.length);
      for (const server of servers) expect(hears(server)).toContain(bridge);
      const sides = [left!, right!].map((side) => side.split(', ').filter((id) => id.startsWith('n')).length);
      expect(sides).toEqual([Math.ceil((size - 1) / 2), Math.floor((size - 1) / 2)]);
      for (const host of [...servers, ...clients]) {
        if (host !== bridge) expect(hears(host).length).toBeLessThan(size + clients.length);
      }
    }
    expect(views('bridge', 2).active).toBeUndefined();
  });
});

test('random cuts a third of all directions between servers, one way here and both there, and never changes its mind', () => {
  const { hears, servers, clients, world } = views('random', 30);
  const first = servers.map((to) => hears(to).join());
  const open = servers.reduce(
    (sum, to) => sum + hears(to).filter((from) => from < 30 && from !== to).length,
    0,
  );
  expect(Math.abs(open - (30 * 29 * 2) / 3)).toBeLessThan(5 * Math.sqrt(30 * 29 * (2 / 9)));
  expect(servers.map((to) => hears(to).join())).toEqual(first);
  for (const client of clients) expect(hears(client)).toHaveLength(world.names.length);
  const oneWay = servers.some((to) =>
    servers.some((from) => hears(to).includes(from) && !hears(from).includes(to)),
  );
  expect(oneWay).toBe(true);
  expect(
    views('random', 30, 'another').servers.map((to) => views('random', 30, 'another').hears(to).join()),
  ).not.toEqual(first);
});

describe('decided when a packet is sent', () => {
  const fault: Fault = { kind: 'partition', shape: 'one-way', from: ['n1'], to: ['n2'] };
  const latency = { dist: 'constant', valueUs: 10 * ms } as const;
  const flows: Flow[] = [{ from: 'n1', to: 'n2', count: 100 }];

  test.each(['delivery', 'send'] as const)('partitions: %s', async (partitions) => {
    const { arrivals, world } = await flow({ latency, partitions }, flows, (world, faults) =>
      world.at(startUs + 50 * ms, () => void faults.start(fault, { label: 'fault 1', forUs: 20 * ms })),
    );
    const arrived = (number: number) => arrivals.has(`n1>n2 tick ${number}`);
    // Under way when the partition comes; sent into it and not there yet when it heals.
    expect([39, 45, 55, 65, 71].map(arrived)).toEqual(
      partitions === 'delivery' ? [true, false, false, true, true] : [true, true, false, false, true],
    );
    expect(world.network.counters.cut).toBe(20);
  });
});

describe('a nemesis', () => {
  async function drawn(kind: FaultKind, variants?: readonly string[]) {
    const texts: string[] = [];
    for (const seed of ['1', '2', '3']) {
      const world = worldOf({ servers: serversOf(5, idle), limits: { virtualUs: 6 * seconds }, seed });
      const faults = new Faults(world);
      const spec = {
        faults: [{ kind, weight: 1, ...(variants && { variants }) }],
        every: { dist: 'constant', valueUs: 200 * ms },
        lasts: { dist: 'constant', valueUs: 100 * ms },
        targets: ['one'],
        down: 'none',
      } as const;
      new Nemesis(world, faults, spec, 5 * seconds).start();
      await run(world);
      texts.push(...faults.started.map(({ text }) => text.replace(/[nc]\d/g, 'x')));
    }
    return new Set(texts.map((text) => (/ring|bridged|random|alone|→/.exec(text) ?? ['halves'])[0]));
  }

  test('draws only the variants that it is told to', async () => {
    expect(await drawn('partition', ['ring', 'bridge'])).toEqual(new Set(['ring', 'bridged']));
    expect(await drawn('partition', ['random'])).toEqual(new Set(['random']));
  });

  test('draws the three old shapes unless it is told otherwise', async () => {
    expect(await drawn('partition')).toEqual(new Set(['halves', 'alone', '→']));
  });
});
