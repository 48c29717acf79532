import { describe, expect, test } from 'vitest';
import { Faults } from '../../sim/world/faults/faults.ts';
import type { FaultOf } from '../../sim/world/spec.ts';
import { type LooseHost, ms, run, seconds, worldOf } from './fixture.ts';

const constant = (valueUs: number) => ({ dist: 'constant' as const, valueUs });

/** Three servers that write a word and do not sync it; one of them takes 30 ms to say goodbye. */
async function restarted(fault: Partial<FaultOf<'restart'>>, healMs?: number) {
  const story: string[] = [];
  const note = (text: string) => story.push(`${Math.round(world.nowUs / ms)} ${text}`);
  const program = async (host: LooseHost) => {
    if ((await host.disk.size('word')) === 0) await host.disk.write('word', 0, new Uint8Array([1]));
    note(`${host.id} has ${await host.disk.size('word')}`);
    host.onStop(async () => {
      await host.clock.sleep(30);
      note(`${host.id} says goodbye`);
    });
  };
  const world = worldOf({ servers: { n1: program, n2: program, n3: program }, disk: { write: constant(0) } });
  const faults = new Faults(world);
  world.at(1 * seconds, () => {
    story.length = 0;
    faults.start(
      {
        kind: 'restart',
        targets: 'all',
        how: 'stop',
        down: constant(100 * ms),
        gap: constant(200 * ms),
        rounds: 1,
        ...fault,
      },
      { label: 'fault 1' },
    );
  });
  if (healMs !== undefined) world.at(healMs * ms, () => faults.endAll());
  await run(world);
  const up = world.machines.map(({ up, kills }) => ({ up, kills }));
  return { story, up, faults, world };
}

describe('a rolling restart', () => {
  test('stops one server after another, lets each say goodbye, and boots it with its disk', async () => {
    const { story, up, faults } = await restarted({});
    expect(story.map((line) => line.replace(/^\d+ /, ''))).toEqual([
      'n1 says goodbye',
      'n1 has 1',
      'n2 says goodbye',
      'n2 has 1',
      'n3 says goodbye',
      'n3 has 1',
    ]);
    expect(story.map((line) => Number(line.split(' ')[0])).map((at) => Math.floor(at / 100))).toEqual([
      10, 11, 13, 14, 16, 17,
    ]);
    expect(up).toEqual(Array(3).fill({ up: true, kills: 1 }));
    expect(faults.counts()).toEqual({ restart: 1 });
  });

  test('does not wait for a program that never finishes', async () => {
    const { story } = await restarted({ targets: ['n1'], down: constant(20 * ms) });
    expect(story.map((line) => line.replace(/^\d+ /, ''))).toEqual(['n1 has 1']);
  });

  test('ends when the fault ends: whoever is down boots at once, and nobody else follows', async () => {
    const { up, world } = await restarted({}, 1350);
    expect(up.map(({ kills }) => kills)).toEqual([1, 1, 0]);
    expect(world.machines.every((machine) => machine.up)).toBe(true);
  });
});

test('a crash loop kills one server again and again', async () => {
  const { story, up } = await restarted({ targets: ['n2'], how: 'crash', rounds: 5 });
  expect(story.length).toBe(5);
  expect(story.every((line) => line.includes('n2 has'))).toBe(true);
  expect(up.map(({ kills }) => kills)).toEqual([0, 5, 0]);
});

test('in the recovery phase the servers of the core are left alone, and the others go on crashing', async () => {
  const { world } = await (async () => {
    const idle = () => {};
    const world = worldOf({ servers: { n1: idle, n2: idle, n3: idle } });
    const faults = new Faults(world);
    world.at(1 * seconds, () => {
      faults.start(
        {
          kind: 'restart',
          targets: ['n1', 'n3'],
          how: 'crash',
          down: constant(50 * ms),
          gap: constant(50 * ms),
          rounds: 20,
        },
        { label: 'fault 1' },
      );
    });
    world.at(1110 * ms, () => faults.heal([world.machine('n1'), world.machine('n2')]));
    await run(world);
    return { world };
  })();
  expect(world.machine('n1').kills).toBe(1);
  expect(world.machine('n3').kills).toBeGreaterThan(5);
});
