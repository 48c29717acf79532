import { expect, test } from 'vitest';
import type { Host } from '../../protocols/host.ts';
import type { Agenda } from '../../sim/kernel/agenda.ts';
import { Choices } from '../../sim/kernel/choices.ts';
import { Loop, limitsDefault, type Pump, type Rules } from '../../sim/kernel/loop.ts';
import { makePump } from '../../sim/platform/pump.ts';
import { World, type WorldSpec } from '../../sim/world/world.ts';

const ways = ['drain', 'hop'] as const;

/** A loop whose events are the given tasks, a microsecond apart; returns what was unhandled, by event. */
async function play(
  pump: Pump,
  ...tasks: (() => void)[]
): Promise<{ unhandled: unknown[][]; settled: number }> {
  const unhandled: unknown[][] = tasks.map(() => []);
  let settled = 0;
  const rules: Rules = {
    dispatch(agenda: Agenda) {
      (agenda.payload as () => void)();
      return true;
    },
    settle() {
      settled += 1;
    },
    unhandled: (reason) => void unhandled[loop.event]!.push(reason),
  };
  const loop = new Loop(rules);
  for (const [index, task] of tasks.entries()) loop.schedule(index, 0, 0, 0, task);
  await loop.run(pump);
  return { unhandled, settled };
}

/** What would have reached listeners of this process. */
async function leaks(task: () => Promise<unknown>): Promise<unknown[]> {
  const heard: unknown[] = [];
  const hear = (reason: unknown) => void heard.push(reason);
  process.on('unhandledRejection', hear).on('uncaughtException', hear);
  try {
    await task();
    await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    process.off('unhandledRejection', hear).off('uncaughtException', hear);
  }
  return heard;
}

test('the synchronous drain works on this Node', async () => {
  expect((await makePump()).drain).toBeTypeOf('function');
});

for (const way of ways) {
  const pump = () => makePump({ way });

  test(`${way}: a chain of promises of any depth ends within its event`, async () => {
    const log: string[] = [];
    const chain = async () => {
      for (let depth = 0; depth < 10_000; depth += 1) await null;
      log.push('end of the chain');
    };
    await play(
      await pump(),
      () => void chain(),
      () => log.push('next event'),
    );
    expect(log).toEqual(['end of the chain', 'next event']);
  });

  test(`${way}: so do async generators, microtasks and next-ticks that set each other off`, async () => {
    const log: string[] = [];
    async function* count() {
      for (let i = 0; i < 100; i += 1) yield await Promise.resolve(i);
    }
    const tick = () => new Promise<void>((resolve) => process.nextTick(resolve));
    const generate = async () => {
      for await (const i of count()) if (i === 99) log.push('generated');
    };
    const alternate = async () => {
      for (let i = 0; i < 20; i += 1) {
        await tick();
        await new Promise<void>((resolve) => queueMicrotask(resolve));
      }
      log.push('alternated');
    };
    await play(
      await pump(),
      () => void generate(),
      () => void alternate(),
      () => log.push('next event'),
    );
    expect(log).toEqual(['generated', 'alternated', 'next event']);
  });

  test(`${way}: what goes unhandled belongs to its event and stays inside`, async () => {
    const thrown = (message: string) => () => {
      throw new Error(message);
    };
    const late = async () => {
      await null;
      await null;
      throw new Error('after two turns');
    };
    const ready = await pump();
    const after: string[] = [];
    let result: Awaited<ReturnType<typeof play>> | undefined;
    const heard = await leaks(async () => {
      result = await play(
        ready,
        () => void late(),
        () => void Promise.reject(new Error('rejection')).catch(() => {}),
        () => process.nextTick(thrown('in a tick')),
        () => {
          queueMicrotask(thrown('in a microtask'));
          process.nextTick(() => after.push('tick'));
          void Promise.resolve().then(() => after.push('reaction'));
        },
        () => void Promise.reject(new Error('last')),
      );
    });
    const messages = result!.unhandled.map((reasons) => reasons.map((reason) => (reason as Error).message));
    expect(messages).toEqual([['after two turns'], [], ['in a tick'], ['in a microtask'], ['last']]);
    expect(after.sort()).toEqual(['reaction', 'tick']);
    expect(result!.settled).toBe(5);
    expect(heard).toEqual([]);
  });

  test(`${way}: listeners and functions of the process are back after a run, and after one that fails`, async () => {
    const look = () => [
      process.rawListeners('unhandledRejection'),
      process.rawListeners('uncaughtException'),
      process.nextTick,
      globalThis.queueMicrotask,
    ];
    const before = look();
    await play(await pump(), () => {});
    expect(look()).toEqual(before);
    const failing = play(await pump(), () => {
      throw new Error('rules are broken');
    });
    await expect(failing).rejects.toThrow('rules are broken');
    expect(look()).toEqual(before);
  });

  test(`${way}: an error of the rules about something unhandled fails the run`, async () => {
    const rules: Rules = {
      dispatch: () => {
        void Promise.reject(new Error('of a program'));
        return true;
      },
      settle: () => {},
      unhandled: () => {
        throw new Error('of the rules');
      },
    };
    const loop = new Loop(rules);
    loop.schedule(1, 0, 0, 0, undefined);
    await expect(loop.run(await pump())).rejects.toThrow('of the rules');
  });

  test(`${way}: runs interleave in one process`, async () => {
    const spinning = (log: number[]) =>
      Array.from({ length: 200 }, (_, index) => async () => {
        await null;
        const end = performance.now() + 1;
        while (performance.now() < end);
        log.push(index);
      });
    const logs: number[][] = [[], [], []];
    await Promise.all(logs.map(async (log) => play(await pump(), ...spinning(log))));
    for (const log of logs) expect(log).toEqual(Array.from({ length: 200 }, (_, index) => index));
  });
}

test('the real loop breathes while virtual time runs', async () => {
  let breaths = 0;
  const interval = setInterval(() => {
    breaths += 1;
  }, 1);
  const tasks = Array.from({ length: 3000 }, () => () => {
    const end = performance.now() + 0.1;
    while (performance.now() < end);
  });
  await play(await makePump(), ...tasks);
  clearInterval(interval);
  expect(breaths).toBeGreaterThan(1);
});

test('a next-tick that throws through a captured nextTick leaves the process in order', async () => {
  const { nextTick } = process;
  const tick = () =>
    nextTick(() => {
      throw new Error('raw');
    });
  const { unhandled } = await play(await makePump(), ...Array.from({ length: 50 }, () => tick), () => {});
  expect(unhandled.slice(0, 50).every((reasons) => reasons.length === 1)).toBe(true);
  expect(unhandled[50]).toEqual([]);
});

test('the beacon counts events, and is odd during a slice', async () => {
  const beacon = new Float64Array(2);
  const during: number[] = [];
  await play(
    await makePump({ beacon }),
    () => {},
    () => during.push(beacon[0]!, beacon[1]! % 2),
  );
  expect(during).toEqual([1, 1]);
  expect(beacon[1]! % 2).toBe(0);
});

type Wire = { ping(ask: { round: number }): { round: number } };

/** Three servers that ask each other, with everything that asynchronous code may do in between. */
async function fingerprint(way: 'drain' | 'hop', seed: string): Promise<string> {
  const constant = (valueUs: number) => ({ dist: 'constant', valueUs }) as const;
  const uniform = { dist: 'uniform', minUs: 100, maxUs: 9000 } as const;
  const spec: WorldSpec = {
    network: {
      latency: uniform,
      loss: [1, 20],
      duplicate: [1, 50],
      reorder: { odds: [1, 10], by: uniform },
      links: [],
    },
    clocks: { skewUs: 1000 },
    disk: { read: constant(100), write: constant(200), sync: uniform },
    ties: 'random',
    limits: { ...limitsDefault, virtualUs: 3_000_000 },
  };
  const program = async (host: Host<Wire>) => {
    host.on('ping', async ({ round }) => {
      await new Promise<void>((resolve) => process.nextTick(resolve));
      await host.disk.write('rounds', round, new Uint8Array([round % 256]));
      return { round: round + 1 };
    });
    for (let round = 0; ; round += 1) {
      const peer = host.peers[host.random.below(host.peers.length, 'peer')]!;
      await host.call(peer, 'ping', { round }, { timeoutMs: 30 }).catch(() => host.clock.sleep(5));
    }
  };
  const hosts = ['n1', 'n2', 'n3'].map((id) => ({ id, program, role: 'server' as const }));
  const world = World.build(spec, hosts, new Choices(seed));
  await world.run(await makePump({ way }));
  expect(world.loop.event).toBeGreaterThan(500);
  return world.fingerprint.hex();
}

test('both ways give one fingerprint, alone or interleaved', async () => {
  await null; // From inside a microtask.
  const alone = await fingerprint('drain', '7');
  const [a, b, c, d] = await Promise.all([
    fingerprint('drain', '7'),
    fingerprint('hop', '7'),
    fingerprint('drain', '8'),
    fingerprint('hop', '8'),
  ]);
  expect([a, b]).toEqual([alone, alone]);
  expect(d).toBe(c);
  expect(c).not.toBe(alone);
});
