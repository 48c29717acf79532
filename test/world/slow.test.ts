import { expect, test } from 'vitest';
import { Faults } from '../../sim/world/faults/faults.ts';
import type { FaultOf } from '../../sim/world/spec.ts';
import { idle, type LooseHost, ms, run, worldOf } from './fixture.ts';

const constant = (valueUs: number) => ({ dist: 'constant' as const, valueUs });
const network = { latency: constant(1 * ms) };

/** n2 sends eight packets at once at 100 ms; says when n1 had them. */
async function received(fault: Partial<FaultOf<'slow'>>, heal?: number) {
  const atMs: number[] = [];
  const order: number[] = [];
  const world = worldOf({
    servers: {
      n1: (host) =>
        host.on('work', ({ number }) => {
          atMs.push(world.nowUs / ms);
          order.push(number);
        }),
      n2: (host: LooseHost) =>
        void host.clock.after(100, () => {
          for (let number = 0; number < 8; number += 1) host.send('n1', 'work', { number });
        }),
    },
    network,
    ties: 'fifo',
  });
  const faults = new Faults(world);
  world.at(50 * ms, () => {
    faults.start({ kind: 'slow', targets: ['n1'], cost: constant(10 * ms), ...fault }, { label: 'fault 1' });
  });
  if (heal !== undefined) world.at(heal * ms, () => faults.endAll());
  await run(world);
  return { startMs: atMs[0]!, gaps: atMs.slice(1).map((at, i) => at - atMs[i]!), order, faults };
}

test('each event takes its cost of a processor that does one thing at a time', async () => {
  const { gaps, order, faults } = await received({});
  expect(gaps).toEqual([10, 10, 10, 10, 10, 10, 10]);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(faults.counts()).toEqual({ slow: 1 });
});

test('what waits while it is slow comes in order as soon as it is well again', async () => {
  const { order, gaps } = await received({}, 135);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(gaps[0]).toBe(10);
  expect(gaps.reduce((sum, gap) => sum + gap)).toBeLessThan(40);
});

test('a host that is not among the targets is as fast as ever', async () => {
  const { gaps, faults } = await received({ targets: ['n2'] });
  expect(gaps).toEqual([0, 0, 0, 0, 0, 0, 0]);
  expect(faults.counts()).toEqual({ slow: 1 });
});

test('two burdens add up', async () => {
  const world = worldOf({
    servers: { n1: ({ clock }) => void clock.after(100, () => fired.push(world.nowUs)) },
  });
  const fired: number[] = [];
  const faults = new Faults(world);
  world.at(50 * ms, () => {
    for (const label of ['fault 1', 'fault 2'])
      faults.start({ kind: 'slow', targets: ['n1'], cost: constant(10 * ms) }, { label });
  });
  await run(world);
  const calm = worldOf({
    servers: { n1: ({ clock }) => void clock.after(100, () => fired.push(calm.nowUs)) },
  });
  await run(calm);
  expect(fired[0]! - fired[1]!).toBe(20 * ms);
});

test('a kill loses what was waiting for the processor', async () => {
  const got: number[] = [];
  const world = worldOf({
    servers: {
      n1: (host) => host.on('work', ({ number }) => void got.push(number)),
      n2: (host: LooseHost) =>
        void host.clock.after(100, () => {
          for (let number = 0; number < 5; number += 1) host.send('n1', 'work', { number });
        }),
    },
    network,
    ties: 'fifo',
  });
  const faults = new Faults(world);
  world.at(50 * ms, () => {
    faults.start({ kind: 'slow', targets: ['n1'], cost: constant(50 * ms) }, { label: 'fault 1' });
  });
  world.at(160 * ms, () => {
    world.machine('n1').kill('keep');
    world.restart(world.machine('n1'));
  });
  await run(world);
  expect(got).toEqual([0]);
  expect(world.network.counters.unanswered).toBe(4);
});

test('a fault on a host that has nothing to do touches nothing', async () => {
  const world = worldOf({ servers: { n1: idle } });
  const faults = new Faults(world);
  world.at(50 * ms, () => {
    faults.start({ kind: 'slow', targets: ['n1'], cost: constant(1) }, { label: 'fault 1' });
  });
  await run(world);
  expect(faults.counts()).toEqual({});
});

test('it is stalled, and shows so at once, from the first event that waits to the last', async () => {
  const seen: [atMs: number, stalled: boolean][] = [];
  const world = worldOf({
    servers: {
      n1: (host) => host.on('work', () => {}),
      n2: (host: LooseHost) =>
        void host.clock.after(100, () => {
          for (let number = 0; number < 3; number += 1) host.send('n1', 'work', { number });
        }),
    },
    network,
    ties: 'fifo',
    witness: {
      turn({ id, stalled }) {
        if (id === 'n1' && world.nowUs > 50 * ms) seen.push([world.nowUs / ms, stalled]);
      },
    },
  });
  const faults = new Faults(world);
  world.at(50 * ms, () => {
    faults.start({ kind: 'slow', targets: ['n1'], cost: constant(10 * ms) }, { label: 'fault 1' });
  });
  await run(world);
  expect(seen.map(([atMs, stalled]) => [atMs - seen[0]![0], stalled])).toEqual([
    [0, true],
    [10, true],
    [20, true],
    [30, false],
  ]);
});
