import { describe, expect, test } from 'vitest';
import { Faults } from '../../sim/world/faults/faults.ts';
import type { Fault } from '../../sim/world/spec.ts';
import type { World } from '../../sim/world/world.ts';
import { keeper, type LooseHost, ms, run, serversOf, worldOf } from './fixture.ts';

const holdUs = 30 * ms;
const endUs = 90 * ms;

/** n1 sends n2, and n2 n3, a number every millisecond from 20 ms on; n1 is clogged for a while. */
async function clogged(
  release: 'in-order' | 'at-once',
  end: (world: World, faults: Faults) => void = () => {},
  seed = 'test',
) {
  const { witness, trace } = keeper();
  const heard: Record<string, { number: number; atUs: number }[]> = { 'n1>n2': [], 'n2>n3': [] };
  const program = (host: LooseHost) => {
    host.on('tick', (number, from) => void heard[`${from}>${host.id}`]!.push({ number, atUs: world.nowUs }));
    const to = { n1: 'n2', n2: 'n3' }[host.id];
    if (to === undefined) return;
    for (let number = 0; number < 100; number += 1) {
      host.clock.after((20 * ms + number * ms - world.nowUs) / ms, () => host.send(to, 'tick', number));
    }
  };
  const latency = { dist: 'constant', valueUs: 5 * ms } as const;
  const world = worldOf({ servers: serversOf(3, program), network: { latency }, witness, seed });
  const faults = new Faults(world);
  const fault: Fault = { kind: 'hold', targets: ['n1'], release };
  let active: ReturnType<Faults['start']>;
  world.at(holdUs, () => {
    active = faults.start(fault, { label: 'fault 1', forUs: endUs - holdUs });
    end(world, faults);
  });
  await run(world);
  return { world, heard, active: active!, trace };
}

const inOrder = Array.from({ length: 100 }, (_, number) => number);
const numbers = (ticks: readonly { number: number }[]) => ticks.map(({ number }) => number);

describe('a hold', () => {
  test('loses nothing: what arrives while it lasts comes at its end, in order', async () => {
    const { heard, world, active } = await clogged('in-order');
    const ticks = heard['n1>n2']!;
    expect(numbers(ticks)).toEqual(inOrder);
    // Number 5 arrives at 30 ms, with the hold; number 65 with its end.
    const held = ticks.filter(({ number }) => number >= 5 && number <= 64);
    expect(new Set(held.map(({ atUs }) => atUs))).toEqual(new Set([endUs]));
    expect(world.network.counters).toMatchObject({ held: 60, lost: 0, cut: 0, delivered: 200 });
    expect(active.touched()).toBe(true);
    expect(active.down.map(({ id }) => id)).toEqual(['n1']);
  });

  test('at once: all at one instant, in an order of its own for each seed', async () => {
    const orders = new Set<string>();
    for (const seed of ['1', '2', '3']) {
      const { heard } = await clogged('at-once', () => {}, seed);
      const released = heard['n1>n2']!.filter(({ atUs }) => atUs === endUs);
      expect(released.length).toBeGreaterThanOrEqual(60);
      expect(numbers(heard['n1>n2']!).sort((a, b) => a - b)).toEqual(inOrder);
      orders.add(numbers(released).join());
    }
    expect(orders.size).toBe(3);
  });

  test('touches no link between others', async () => {
    const { heard } = await clogged('in-order');
    for (const { number, atUs } of heard['n2>n3']!) expect(atUs).toBe(25 * ms + number * ms);
  });

  test('lasts for ever outside the recovery core, and is over inside it', async () => {
    const recover = (core: readonly string[]) => (world: World, faults: Faults) =>
      world.at(60 * ms, () => faults.heal(core.map((id) => world.machine(id))));
    const outside = await clogged('in-order', recover(['n2', 'n3']));
    expect(numbers(outside.heard['n1>n2']!)).toEqual([0, 1, 2, 3, 4]);
    const inside = await clogged('in-order', recover(['n1', 'n2']));
    expect(numbers(inside.heard['n1>n2']!)).toEqual(inOrder);
    expect(inside.heard['n1>n2']!.find(({ number }) => number === 50)!.atUs).toBe(75 * ms);
    expect(inside.heard['n1>n2']!.find(({ number }) => number === 5)!.atUs).toBe(60 * ms);
  });

  test('the cause of what it released is still the sending', async () => {
    const { trace } = await clogged('in-order');
    const byEvent = new Map(trace.map((event) => [event.event, event]));
    const released = trace.filter(
      ({ type, atUs }) => type === 'deliver' && atUs >= endUs && atUs < endUs + 60,
    );
    expect(released.length).toBeGreaterThanOrEqual(60);
    for (const { cause } of released) expect(byEvent.get(cause)).toMatchObject({ type: 'timer' });
  });

  test('two of them: a packet waits for both', async () => {
    const both = await clogged('in-order', (_, faults) => {
      const second: Fault = { kind: 'hold', targets: ['n2'], release: 'in-order' };
      faults.start(second, { label: 'fault 2', forUs: 130 * ms - holdUs });
    });
    const ticks = both.heard['n1>n2']!;
    expect(numbers(ticks)).toEqual(inOrder);
    expect(ticks.find(({ number }) => number === 20)!.atUs).toBeGreaterThanOrEqual(130 * ms);
  });
});
