import { describe, expect, test } from 'vitest';
import { idle, keeper, type LooseHost, ms, play, run, seconds, worldOf } from './fixture.ts';

const constant = (valueUs: number) => ({ dist: 'constant' as const, valueUs });
const network = { latency: constant(10 * ms) };
const disk = { read: constant(1 * ms), write: constant(1 * ms), sync: constant(1 * ms) };

describe('a kill in the midst of a turn', () => {
  /** Everything that one turn of n1 can do, each effect noted by whoever feels it. */
  async function turn(effects: number): Promise<{ felt: string[]; after: string[] }> {
    const felt: string[] = [];
    const after: string[] = [];
    const n1 = (host: LooseHost) => {
      if (world.machine('n1').boots > 1) return;
      host.clock.after(20, async () => {
        world.machine('n1').doom(effects);
        host.send('n2', 'one', null);
        void host.disk.write('file', 0, new Uint8Array([1]));
        void host.disk.sync('file');
        host.call('n2', 'four', null, { timeoutMs: 50 }).then(
          () => after.push('call answered'),
          () => after.push('call failed'),
        );
        void host.disk.rename('file', 'renamed');
        host.send('n2', 'six', null);
        host.clock.after(1, () => after.push('timer'));
        await host.disk.syncNames();
        after.push('names synced');
        await host.clock.sleep(1);
        after.push('slept');
      });
    };
    const n2 = (host: LooseHost) => {
      for (const kind of ['one', 'four', 'six']) host.on(kind, () => void felt.push(kind));
    };
    const world = worldOf({ servers: { n1, n2 }, network, disk, ties: 'fifo' });
    world.at(20 * ms + 10 * ms, () => {
      const [name] = world.machine('n1').files.list('');
      if (name !== undefined) felt.push(name);
    });
    await run(world);
    return { felt: felt.sort(), after };
  }

  test.each([0, 1, 2, 3, 4, 5, 6])(
    'after %d effects: those are felt, and nothing after them',
    async (effects) => {
      const { felt } = await turn(effects);
      const messages = felt.filter((what) => what !== 'file' && what !== 'renamed');
      expect(messages).toEqual(
        ['one', 'four', 'six'].slice(0, [1, 4, 6].filter((at) => at <= effects).length).sort(),
      );
      // Whether unsynced names survive is drawn; those of effects that did not happen cannot.
      if (effects < 2) expect(felt).not.toContain('file');
      if (effects < 5) expect(felt).not.toContain('renamed');
    },
  );

  test.each([0, 1, 2, 3, 4, 5, 6])(
    'after %d effects: no promise settles, no timer fires',
    async (effects) => {
      expect((await turn(effects)).after).toEqual([]);
    },
  );

  test('does not come if more effects were allowed than there are', async () => {
    const { felt, after } = await turn(100);
    expect(felt).toEqual(['four', 'one', 'renamed', 'six']);
    expect(after.sort()).toEqual(['call answered', 'names synced', 'slept', 'timer']);
  });
});

test('after a kill the code runs on in a vacuum: nothing it does is felt', async () => {
  const felt: string[] = [];
  const n1 = (host: LooseHost) => {
    if (world.machine('n1').boots > 1) return;
    host.clock.after(20, async () => {
      world.machine('n1').kill('keep');
      host.send('n2', 'ping', null);
      host.log('from the vacuum');
      const timer = host.clock.after(1, () => felt.push('timer'));
      timer.cancel();
      host.call('n2', 'ping', null, { timeoutMs: 10 }).finally(() => felt.push('call'));
      host.disk.write('file', 0, new Uint8Array(1)).finally(() => felt.push('write'));
      host.disk.read('file', 0, 1).finally(() => felt.push('read'));
      host.clock.sleep(1).finally(() => felt.push('sleep'));
      await null;
      throw new Error('from the vacuum');
    });
  };
  const { witness, trace, errors } = keeper();
  const servers = { n1, n2: (host: LooseHost) => host.on('ping', () => void felt.push('ping')) };
  const world = worldOf({ servers, network, disk, witness });
  world.at(40 * ms, () => world.restart(world.machine('n1')));
  await run(world);
  expect(felt).toEqual([]);
  expect(errors).toEqual([]);
  expect(trace.filter(({ type }) => type === 'log' || type === 'disk')).toEqual([]);
  expect(world.machine('n1').files.list('')).toEqual([]);
});

test('what a dead incarnation was waiting for does not come to the next one', async () => {
  const log: string[] = [];
  const n1 = (host: LooseHost) => {
    const boots = world.machine('n1').boots;
    log.push(`boot ${boots}`);
    host.clock.after(30, () => log.push(`timer of ${boots}`));
    if (boots > 1) return;
    host.clock.after(15, () => {
      const abort = new AbortController();
      const settled = () => log.push('call settled');
      host.call('n2', 'ping', null, { timeoutMs: 15, signal: abort.signal }).then(settled, settled);
      host.disk.sync('file').then(() => log.push('synced'));
      world.at(world.nowUs + 5 * ms, () => abort.abort());
    });
  };
  const servers = { n1, n2: (host: LooseHost) => host.on('ping', () => null) };
  const world = worldOf({ servers, network, disk: { sync: constant(12 * ms) } });
  world.at(26 * ms, () => {
    world.machine('n1').kill('keep');
    world.restart(world.machine('n1'));
  });
  await run(world);
  expect(log).toEqual(['boot 1', 'boot 2', 'timer of 2']);
});

test('a kill loses what was not synced, or keeps it if it says so', async () => {
  const sizes: Record<string, Set<number>> = { keep: new Set(), 'lose-unsynced': new Set() };
  for (const storage of ['keep', 'lose-unsynced'] as const) {
    for (let seed = 0; seed < 20; seed += 1) {
      const world = worldOf({
        seed: String(seed),
        servers: { n1: (host) => void host.disk.write('file', 0, new Uint8Array(7)) },
      });
      world.at(20 * ms, () => void world.machine('n1').kill(storage));
      await run(world);
      sizes[storage]!.add(world.machine('n1').files.size('file'));
    }
  }
  expect([...sizes.keep!]).toEqual([7]);
  expect([...sizes['lose-unsynced']!].sort()).toEqual([0, 7]);
});

describe('a paused machine', () => {
  test('runs nothing, and then everything in order, while its clocks went on', async () => {
    const log: string[] = [];
    const n1 = (host: LooseHost) => {
      const note = (what: string) => log.push(`${what} at ${Math.round(host.clock.elapsed())}`);
      host.on('tick', (number) => void note(`tick ${number}`));
      for (const at of [30, 50, 70, 110]) host.clock.after(at - world.nowUs / ms, () => note(`timer ${at}`));
    };
    const n2 = async (host: LooseHost) => {
      await host.clock.sleep(25 - world.nowUs / ms);
      for (let number = 0; number < 10; number += 1) {
        host.send('n1', 'tick', number);
        await host.clock.sleep(10);
      }
    };
    const world = worldOf({ servers: { n1, n2 }, network });
    world.at(40 * ms, () => world.machine('n1').pause());
    world.at(100 * ms, () => world.machine('n1').resume());
    await run(world);
    expect(log).toEqual([
      'timer 30 at 30',
      'tick 0 at 35',
      ...['tick 1', 'timer 50', 'tick 2', 'tick 3', 'timer 70', 'tick 4', 'tick 5', 'tick 6'].map(
        (what) => `${what} at 100`,
      ),
      'tick 7 at 105',
      'timer 110 at 110',
      'tick 8 at 115',
      'tick 9 at 125',
    ]);
    expect(world.machine('n1').held).toBe(8);
  });

  test('forgets a timer that is cancelled by one that waited with it', async () => {
    const log: string[] = [];
    const n1 = (host: LooseHost) => {
      host.clock.after(30, () => {
        log.push('first');
        second.cancel();
      });
      const second = host.clock.after(40, () => log.push('second'));
    };
    const world = worldOf({ servers: { n1 } });
    world.at(20 * ms, () => world.machine('n1').pause());
    world.at(100 * ms, () => world.machine('n1').resume());
    await run(world);
    expect(log).toEqual(['first']);
  });

  test('takes an answer that came before the timeout for an answer', async () => {
    const log: string[] = [];
    const n1 = async (host: LooseHost) => {
      await host.clock.sleep(20);
      log.push(await host.call('n2', 'ping', null, { timeoutMs: 40 }));
    };
    const { witness, errors } = keeper();
    const servers = { n1, n2: (host: LooseHost) => host.on('ping', () => 'pong') };
    const world = worldOf({ servers, network, witness });
    world.at(35 * ms, () => world.machine('n1').pause());
    world.at(200 * ms, () => world.machine('n1').resume());
    await run(world);
    expect(log).toEqual(['pong']);
    expect(errors).toEqual([]);
  });

  test('may be killed, and boots awake with nothing left to do', async () => {
    const log: string[] = [];
    const n1 = (host: LooseHost) => {
      const boots = world.machine('n1').boots;
      host.clock.after(30, () => log.push(`timer of ${boots}`));
    };
    const world = worldOf({ servers: { n1 } });
    world.at(20 * ms, () => world.machine('n1').pause());
    world.at(60 * ms, () => void world.machine('n1').kill('keep'));
    world.at(70 * ms, () => world.restart(world.machine('n1')));
    await run(world);
    expect(log).toEqual(['timer of 2']);
    expect(world.machine('n1').paused).toBe(false);
  });
});

describe('a graceful stop', () => {
  test('runs the tasks in reverse, survives their errors, and loses nothing on the disk', async () => {
    const log: string[] = [];
    const n1 = (host: LooseHost) => {
      host.onStop(async () => {
        await host.disk.write('file', 0, new Uint8Array(3));
        log.push('first');
      });
      host.onStop(() => {
        throw new Error('cannot stop');
      });
      host.onStop(() => void log.push('third'));
    };
    const { witness, errors } = keeper();
    const world = worldOf({ servers: { n1 }, witness });
    world.at(20 * ms, () => void world.machine('n1').stop());
    await run(world);
    expect(log).toEqual(['third', 'first']);
    expect(errors).toEqual(['n1: cannot stop']);
    expect(world.machine('n1').up).toBe(false);
    expect(world.machine('n1').files.size('file')).toBe(3);
  });

  test('ends when the machine is killed in the midst of it', async () => {
    let isOver = false;
    const n1 = (host: LooseHost) => host.onStop(() => host.clock.sleep(50));
    const world = worldOf({ servers: { n1 } });
    world.at(20 * ms, () => {
      void world
        .machine('n1')
        .stop()
        .then(() => {
          isOver = true;
        });
    });
    world.at(30 * ms, () => void world.machine('n1').kill('keep'));
    await run(world);
    expect(isOver).toBe(true);
  });

  test('of a machine that is down is nothing', async () => {
    const world = worldOf({ servers: { n1: idle } });
    world.at(20 * ms, () => void world.machine('n1').kill('keep'));
    world.at(30 * ms, () => void world.machine('n1').stop());
    expect(await run(world)).toEqual({ reason: 'quiet' });
    expect(world.machine('n1').kills).toBe(1);
  });
});

describe('a machine that is down', () => {
  test('answers calls with a refusal, a reset, or not at all', async () => {
    const answers = new Set<string>();
    const n1 = async (host: LooseHost) => {
      await host.clock.sleep(20);
      for (let i = 0; i < 50; i += 1) {
        await host.call('n2', 'ping', null, { timeoutMs: 100 }).catch((error) => {
          answers.add(`${error.name}: ${error.message}`);
        });
      }
    };
    const world = worldOf({ servers: { n1, n2: idle } });
    world.at(15 * ms, () => void world.machine('n2').kill('keep'));
    await run(world);
    expect([...answers].sort()).toEqual([
      'Refused: n2 is down',
      'TimedOut: ping to n2: n2 reset the connection',
      'TimedOut: ping to n2: no answer in time',
    ]);
    expect(world.network.counters.unanswered).toBe(50);
  });

  test('does not refuse one copy of a call of which there is another', async () => {
    const names = new Set<string>();
    const n1 = async (host: LooseHost) => {
      await host.clock.sleep(20);
      for (let i = 0; i < 50; i += 1) {
        await host.call('n2', 'ping', null, { timeoutMs: 100 }).catch((error) => names.add(error.name));
      }
    };
    const world = worldOf({ servers: { n1, n2: idle }, network: { duplicate: [1, 1] } });
    world.at(15 * ms, () => void world.machine('n2').kill('keep'));
    await run(world);
    expect([...names]).toEqual(['TimedOut']);
  });

  test('boots once, however often it is told to', async () => {
    let boots = 0;
    const n1 = () => {
      boots += 1;
    };
    const world = worldOf({ servers: { n1 } });
    world.at(20 * ms, () => {
      world.machine('n1').kill('keep');
      for (let i = 0; i < 3; i += 1) world.restart(world.machine('n1'));
    });
    await run(world);
    expect(boots).toBe(2);
    expect(world.machine('n1').boots).toBe(2);
  });
});

test('errors of a program are told with its host, in the boot, in a timer, in a promise', async () => {
  const { witness, errors } = keeper();
  await play({
    witness,
    ties: 'fifo',
    servers: {
      n1: () => {
        throw new Error('in the boot');
      },
      n2: async (host) => {
        await host.clock.sleep(20);
        throw new Error('in the program');
      },
      n3: (host) =>
        void host.clock.after(30, () => {
          throw new Error('in a timer');
        }),
      n4: (host) => void host.clock.after(40, () => void Promise.reject(new Error('in a promise'))),
    },
  });
  expect(errors).toEqual(['n1: in the boot', 'n2: in the program', 'n3: in a timer', 'n4: in a promise']);
});

test('wall clocks are off by the skew at most, monotonic clocks are not', async () => {
  const offsets: number[] = [];
  for (let seed = 0; seed < 40; seed += 1) {
    const world = worldOf({
      seed: String(seed),
      skewUs: 500 * ms,
      limits: { virtualUs: 1 * seconds },
      servers: {
        n1: (host) => {
          offsets.push(Math.round((host.clock.now() - Date.UTC(2026, 0, 1) - world.nowUs / ms) * ms));
          expect(host.clock.elapsed()).toBe(world.nowUs / ms);
        },
      },
    });
    await run(world);
  }
  expect(Math.max(...offsets)).toBeLessThanOrEqual(500 * ms);
  expect(Math.min(...offsets)).toBeGreaterThanOrEqual(-500 * ms);
  expect(Math.max(...offsets)).toBeGreaterThan(300 * ms);
  expect(Math.min(...offsets)).toBeLessThan(-300 * ms);
});
