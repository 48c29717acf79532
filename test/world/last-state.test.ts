import { describe, expect, test } from 'vitest';
import { DiskError } from '../../protocols/host.ts';
import { type LooseHost, ms, run, seconds, worldOf } from './fixture.ts';

interface Seen {
  readonly life: number;
  readonly up: boolean;
  readonly count: unknown;
}

/** What n1 shows from 15 ms on: a number, which its program counts up as it likes. */
async function shown(
  program: (host: LooseHost, set: (count: number) => void) => void,
  disturb: (world: ReturnType<typeof worldOf>) => void,
): Promise<Seen[]> {
  const seen: Seen[] = [];
  const n1 = (host: LooseHost) => {
    let count = 0;
    host.expose(() => ({ count }));
    if (world.machine('n1').boots > 1) return;
    program(host, (now) => {
      count = now;
    });
  };
  const world = worldOf({
    servers: { n1, n2: () => {} },
    limits: { virtualUs: 2 * seconds },
    witness: {
      turn(machine) {
        if (machine.id !== 'n1' || world.nowUs < 15 * ms) return;
        const { count } = (machine.state() ?? {}) as { count?: number };
        seen.push({ life: machine.boots, up: machine.up, count });
      },
    },
  });
  disturb(world);
  await run(world);
  return seen;
}

const alive = (count: number): Seen => ({ life: 1, up: true, count });
const dead: Seen = { life: 1, up: false, count: undefined };

describe('the last state of an incarnation is seen', () => {
  /** Shows 1, sends, shows 2, writes, shows 3, and rests. */
  const threeSteps = (host: LooseHost, set: (count: number) => void) =>
    host.clock.after(20, () => {
      set(1);
      host.send('n2', 'one', null);
      set(2);
      void host.disk.write('file', 0, new Uint8Array(1));
      set(3);
    });

  test.each([
    [0, 1],
    [1, 2],
  ])('as it was at the doomed effect: after %d effects %d', async (effects, count) => {
    const seen = await shown(threeSteps, (world) => {
      world.at(18 * ms, () => world.machine('n1').doom(effects));
    });
    // Once before it went down; then the end of the turn finds it down.
    expect(seen).toEqual([alive(count), dead, dead]);
  });

  test('though the effect be one of a turn that goes on after an await', async () => {
    const seen = await shown(
      (host, set) => {
        host.on('ask', async () => {
          set(1);
          await null;
          set(2);
          return 'answered';
        });
      },
      (world) => {
        world.at(18 * ms, () => world.machine('n1').doom(0));
        world.at(20 * ms, () => {
          const { network } = world;
          const kind = network.kinds('').of('ask');
          const common = { kind, from: 1, to: 0, body: null, holdsBytes: false, bytes: 0, hash: 0 };
          const call = { answer: () => false } as never;
          network.transmit({ role: 'call', ...common, call, repeated: false, passage: undefined });
        });
      },
    );
    expect(seen).toEqual([alive(2), dead, dead]);
  });

  test('if a script kills it between two turns', async () => {
    const seen = await shown(
      (host, set) => void host.clock.after(20, () => set(1)),
      (world) => world.at(30 * ms, () => void world.machine('n1').kill('keep')),
    );
    expect(seen).toEqual([alive(1), alive(1), dead]);
  });

  test('if it stops by itself, after its last tasks', async () => {
    const seen = await shown(
      (host, set) => host.onStop(() => set(7)),
      (world) => world.at(30 * ms, () => void world.machine('n1').stop()),
    );
    expect(seen).toEqual([alive(7), dead]);
  });

  test('if an error of its disk ends it', async () => {
    const seen = await shown(
      (host, set) =>
        void host.clock.after(20, () => {
          set(1);
          throw new DiskError('io', 'broken');
        }),
      () => {},
    );
    expect(seen.slice(0, 3)).toEqual([alive(1), dead, dead]);
  });

  test('and nothing that it does in its vacuum', async () => {
    const seen = await shown(
      (host, set) =>
        void host.clock.after(20, async () => {
          set(1);
          host.send('n2', 'one', null);
          set(2);
          host.expose(() => ({ count: 99 }));
          await null;
          set(3);
        }),
      (world) => world.at(18 * ms, () => world.machine('n1').doom(0)),
    );
    expect(seen.filter(({ up }) => up)).toEqual([alive(1)]);
  });
});

test('a view that acts while its program dies has no effect, and does not end it twice', async () => {
  const felt: string[] = [];
  const n1 = (host: LooseHost) => {
    if (world.machine('n1').boots > 1) return;
    host.expose(() => {
      if (world.nowUs === 20 * ms) host.send('n2', 'from a view', null);
      return {};
    });
  };
  const n2 = (host: LooseHost) => host.on('from a view', () => void felt.push('felt'));
  const world = worldOf({
    servers: { n1, n2 },
    witness: { turn: (machine) => void machine.state() },
  });
  world.at(20 * ms, () => {
    world.machine('n1').doom(0);
    world.machine('n1').kill('keep');
  });
  await run(world);
  expect(felt).toEqual([]);
  expect(world.machine('n1').kills).toBe(1);
});

test('an error of a view in the midst of a turn is no error of the effect: it ends the run', async () => {
  const caught: unknown[] = [];
  const n1 = (host: LooseHost) => {
    host.expose(() => {
      if (isHalfDone) throw new Error('half done');
      return {};
    });
    let isHalfDone = false;
    host.clock.after(20, () => {
      isHalfDone = true;
      try {
        host.send('n2', 'one', null);
      } catch (error) {
        caught.push(error);
      }
      isHalfDone = false;
    });
  };
  const world = worldOf({ servers: { n1 }, witness: { turn: (machine) => void machine.state() } });
  world.at(15 * ms, () => world.machine('n1').doom(0));
  await expect(run(world)).rejects.toThrow('half done');
  expect(caught).toEqual([]);
});
