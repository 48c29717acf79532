/** Each kind of disk fault as a program meets it, and what becomes of a program that does not catch its errors. */
import { describe, expect, test } from 'vitest';
import { CorruptFile } from '../../protocols/checksum.ts';
import { DiskError, isDiskError } from '../../protocols/host.ts';
import { chooseCore } from '../../sim/world/faults/core.ts';
import { type ActiveFault, Faults, type Start } from '../../sim/world/faults/faults.ts';
import type { DiskTrouble, Fault } from '../../sim/world/spec.ts';
import type { World } from '../../sim/world/world.ts';
import {
  idle,
  keeper,
  type LooseHost,
  ms,
  run,
  type Setting,
  seconds,
  serversOf,
  worldOf,
} from './fixture.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (found: Uint8Array) => new TextDecoder().decode(found);
const constant = (valueUs: number) => ({ dist: 'constant', valueUs }) as const;
const disk = { read: constant(1 * ms), write: constant(1 * ms), sync: constant(1 * ms) };

interface Played {
  readonly world: World;
  readonly faults: Faults;
  readonly fault: ActiveFault | undefined;
  readonly trace: readonly { type: string; atUs: number }[];
  readonly errors: readonly string[];
}

/** Runs a program on n1, beside two idle servers; a fault is in force on n1 from the beginning. */
async function play(
  fault: DiskTrouble,
  program: (host: LooseHost, world: World) => Promise<void>,
  how: Partial<Start> = {},
  setting: Partial<Setting> = {},
): Promise<Played> {
  const { witness, trace, errors } = keeper();
  const world: World = worldOf({
    servers: { n1: (host) => program(host, world), n2: idle, n3: idle },
    disk,
    limits: { virtualUs: 10 * seconds },
    witness,
    ...setting,
  });
  const faults = new Faults(world);
  let active: ActiveFault | undefined;
  world.at(0, () => {
    active = faults.start({ kind: 'disk', targets: ['n1'], ...fault }, { label: 'fault 1', ...how });
  });
  await run(world);
  return { world, faults, fault: active, trace, errors };
}

const codeOf = (error: unknown) => (isDiskError(error) ? error.code : error);
const always = [1, 1] as const;

describe('slow', () => {
  test('everything takes longer, by a factor and a delay', async () => {
    const took: number[] = [];
    const { fault, errors } = await play(
      { shape: 'slow', delay: constant(5 * ms), factor: 3 },
      async ({ clock, disk }) => {
        for (const work of [
          () => disk.write('a', 0, bytes('x')),
          () => disk.sync('a'),
          () => disk.read('a', 0, 1),
        ]) {
          const before = clock.elapsed();
          await work();
          took.push(Math.round(clock.elapsed() - before));
        }
      },
    );
    expect(took).toEqual([8, 8, 8]);
    expect([fault!.touched(), errors]).toEqual([true, []]);
  });
});

describe('io-error', () => {
  const everything = async ({ disk }: LooseHost, told: unknown[]) => {
    const tell = (work: Promise<unknown>) =>
      work.then(
        () => told.push('ok'),
        (error) => told.push(codeOf(error)),
      );
    await tell(disk.write('a', 0, bytes('x')));
    await tell(disk.truncate('a', 1));
    await tell(disk.read('a', 0, 1));
    await tell(disk.size('a'));
    await tell(disk.list());
    await tell(disk.sync('a'));
    await tell(disk.syncNames());
    await tell(disk.remove('a'));
  };

  test.each([
    ['write', ['io', 'io', 'ok', 'ok', 'ok', 'ok', 'ok', 'io']],
    ['read', ['ok', 'ok', 'io', 'io', 'io', 'ok', 'ok', 'ok']],
    ['sync', ['ok', 'ok', 'ok', 'ok', 'ok', 'io', 'io', 'ok']],
    ['all', Array(8).fill('io')],
  ] as const)('on %s', async (on, expected) => {
    const told: unknown[] = [];
    const { fault } = await play({ shape: 'io-error', odds: always, on }, (host) => everything(host, told));
    expect(told).toEqual(expected);
    expect(fault!.touched()).toBe(true);
  });

  test('a failed write has written nothing', async () => {
    const seen: string[] = [];
    const { fault } = await play(
      { shape: 'io-error', odds: always, on: 'write' },
      async ({ disk, clock }) => {
        await disk.write('a', 0, bytes('x')).catch(idle);
        seen.push(textOf(await disk.read('a', 0, 9)));
        await clock.sleep(50);
        await disk.write('a', 0, bytes('y'));
        seen.push(textOf(await disk.read('a', 0, 9)));
      },
      { forUs: 40 * ms },
    );
    expect(fault!.endedUs).toBe(40 * ms);
    expect(seen).toEqual(['', 'y']);
  });

  test('a sync that fails once and then succeeds has lost what it should have kept', async () => {
    let booted = 0;
    const found: string[] = [];
    await play(
      { shape: 'io-error', odds: always, on: 'sync' },
      async ({ disk, clock }, world) => {
        booted += 1;
        found.push(textOf(await disk.read('a', 0, 9)));
        if (booted > 1) return;
        await disk.write('a', 0, bytes('x'));
        found.push(String(codeOf(await disk.sync('a').catch((error) => error))));
        await clock.sleep(50);
        await disk.sync('a');
        await disk.syncNames();
        found.push(textOf(await disk.read('a', 0, 9)));
        const machine = world.machine('n1');
        machine.kill('lose-unsynced');
        world.restart(machine);
      },
      { forUs: 40 * ms },
    );
    expect(found).toEqual(['', 'io', 'x', '']);
  });
});

describe('full', () => {
  test('nothing grows, what fits is written, and what is there may be changed', async () => {
    const told: unknown[] = [];
    const { fault } = await play(
      { shape: 'full' },
      async ({ disk, clock }) => {
        told.push(await disk.write('a', 0, bytes('abc')).catch(codeOf));
        await clock.sleep(100);
        await disk.write('a', 0, bytes('abc'));
        await clock.sleep(100);
        told.push(await disk.write('a', 1, bytes('XYZ')).catch(codeOf));
        told.push(textOf(await disk.read('a', 0, 9)));
      },
      { forUs: 60 * ms },
    );
    expect(told).toEqual(['full', undefined, 'aXYZ']);
    expect(fault!.touched()).toBe(true);
  });

  test('a disk holds as much as its capacity, of all files together', async () => {
    const told: unknown[] = [];
    await play(
      { shape: 'slow', delay: constant(0), factor: 1 },
      async ({ disk }) => {
        await disk.write('a', 0, bytes('1234567'));
        told.push(await disk.write('b', 0, bytes('12345')).catch(codeOf));
        told.push(textOf(await disk.read('b', 0, 9)));
        told.push(await disk.truncate('a', 9).catch(codeOf), await disk.size('a'));
        await disk.write('a', 0, bytes('7654321'));
        await disk.remove('a');
        await disk.write('b', 0, bytes('1234567890'));
        told.push(await disk.size('b'));
      },
      {},
      { disk: { ...disk, capacityBytes: 10 } },
    );
    expect(told).toEqual(['full', '123', 'full', 7, 10]);
  });
});

describe('corrupt', () => {
  /** Two records, one sync each: the second vouches for the first. */
  const twoRecords = async ({ disk }: LooseHost) => {
    for (const [offset, word] of [
      [0, 'first'],
      [5, 'second'],
    ] as const) {
      await disk.write('a', offset, bytes(word));
      await disk.sync('a');
    }
    await disk.syncNames();
  };

  test.each(['transient', 'stored'] as const)('%s', async (rot) => {
    const found: string[] = [];
    const { world, fault } = await play(
      { shape: 'corrupt', odds: always, rot },
      async (host) => {
        await twoRecords(host);
        found.push(textOf(await host.disk.read('a', 0, 99)));
        await host.clock.sleep(100);
        found.push(textOf(await host.disk.read('a', 0, 99)));
      },
      { forUs: 50 * ms },
    );
    expect(found[0]).not.toBe('firstsecond');
    expect(found[1]).toBe(rot === 'transient' ? 'firstsecond' : found[0]);
    expect(fault!.touched()).toBe(true);
    expect(world.atlas.totals().bytesRotted).toBe(rot === 'stored' ? 1 : 0);
    expect([...world.atlas.damaged]).toEqual(rot === 'stored' ? ['n1'] : []);
  });

  test('under a budget it falls on what a later sync vouches for, on a minority of servers', async () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const found = new Map<string, string[]>();
      const program = async (host: LooseHost) => {
        await twoRecords(host);
        const own: string[] = [];
        found.set(host.id, own);
        for (let i = 0; i < 10; i += 1) own.push(textOf(await host.disk.read('a', 0, 99)));
      };
      const world = worldOf({
        servers: serversOf(5, program),
        clients: { c1: program },
        disk,
        seed: `${seed}`,
      });
      const faults = new Faults(world);
      world.at(0, () => {
        const fault: Fault = { kind: 'disk', targets: 'all', shape: 'corrupt', odds: [1, 2], rot: 'stored' };
        faults.start(fault, { label: 'x', damage: 'recoverable' });
      });
      await run(world);
      const hit = [...found].filter(([, texts]) => texts.some((text) => text !== 'firstsecond'));
      expect(hit).toHaveLength(2);
      for (const [id, texts] of hit) {
        expect(world.atlas.damaged.has(id)).toBe(true);
        for (const text of texts) expect(text.slice(-6)).toBe('second');
      }
      const core = chooseCore(world, 'majority').map(({ id }) => id);
      for (const id of world.atlas.damaged) expect(core).not.toContain(id);
      expect(core).toHaveLength(4);
      expect([...faults.down].map(({ id }) => id).sort()).toEqual([...world.atlas.damaged].sort());
    }
  });

  test('with a budget of none there is nothing to fall on', async () => {
    const { fault, world } = await play({ shape: 'corrupt', odds: always, rot: 'stored' }, twoRecords, {
      damage: 'none',
    });
    expect(fault).toBeUndefined();
    expect(world.atlas.files()).toEqual([]);
  });
});

describe('misdirect', () => {
  const records = ['aaaa', 'bbbb', 'cccc', 'dddd'];
  const write = async ({ disk }: LooseHost) => {
    for (const [index, record] of records.entries()) {
      await disk.write('a', 4 * index, bytes(record));
      await disk.sync('a');
    }
    await disk.syncNames();
  };

  test('the bytes are elsewhere, and the right place is as it was', async () => {
    const found: string[] = [];
    const { fault, world } = await play({ shape: 'misdirect', odds: always }, async ({ disk }) => {
      for (let i = 0; i < 20; i += 1) await disk.write('a', 4 * i, bytes('word'));
      found.push(textOf(await disk.read('a', 0, 99)));
    });
    // The file is as long as it should be.
    expect(found[0]).toHaveLength(80);
    expect(found[0]).toContain('word');
    expect(found[0]).not.toBe('word'.repeat(20));
    expect(fault!.touched()).toBe(true);
    expect(world.atlas.totals().bytesMisdirected).toBe(80);
  });

  test('under a budget it shows only where something newer vouches for it', async () => {
    let damaged = 0;
    for (let seed = 0; seed < 30; seed += 1) {
      const found = new Map<string, string>();
      const program = async (host: LooseHost) => {
        await write(host);
        found.set(host.id, textOf(await host.disk.read('a', 0, 99)));
      };
      const world = worldOf({ servers: serversOf(3, program), disk, seed: `${seed}` });
      const faults = new Faults(world);
      world.at(0, () => {
        const fault: Fault = { kind: 'disk', targets: 'all', shape: 'misdirect', odds: [1, 2] };
        faults.start(fault, { label: 'x', damage: 'recoverable' });
      });
      await run(world);
      for (const [id, text] of found) {
        expect(text).toHaveLength(16);
        expect(text.slice(-4)).toBe('dddd');
        if (text === records.join('')) continue;
        damaged += 1;
        expect([...world.atlas.damaged]).toEqual([id]);
      }
    }
    expect(damaged).toBeGreaterThan(10);
  });
});

describe('lie', () => {
  const write = async ({ disk }: LooseHost) => {
    await disk.write('a', 0, bytes('word'));
    await disk.sync('a');
    await disk.syncNames();
  };

  test.each([true, false])(
    'a sync is believed, and the next power loss takes what it claimed, whether the name was safe: %s',
    async (named) => {
      const { fault, world } = await play({ shape: 'lie' }, async (host, world) => {
        await write(host);
        if (named) world.machine('n1').files.beginSyncNames()();
      });
      world.machine('n1').kill('lose-all');
      expect(fault!.touched()).toBe(true);
      expect(world.atlas.files()).toMatchObject([
        { host: 'n1', file: 'a', syncedBytesLost: 4, bytesRotted: 0 },
      ]);
    },
  );

  test.each(['none', 'recoverable'] as const)('is not granted under %s', async (damage) => {
    const { fault } = await play({ shape: 'lie' }, write, { damage });
    expect(fault).toBeUndefined();
  });
});

describe('a wipe', () => {
  const wiped = async (damage: 'any' | 'recoverable') => {
    const world = worldOf({ servers: serversOf(3, idle), limits: { virtualUs: 1 * seconds } });
    const faults = new Faults(world);
    let active: ActiveFault | undefined;
    world.at(100 * ms, () => {
      const { files } = world.machine('n1');
      files.write('a', 0, bytes('word'));
      files.beginSync('a')();
      files.beginSyncNames()();
      const fault: Fault = { kind: 'kill', targets: ['n1'], storage: 'wipe' };
      active = faults.start(fault, { label: 'x', damage, forUs: 100 * ms });
    });
    await run(world);
    return {
      files: world.machine('n1').files.list(''),
      touched: active!.touched(),
      totals: world.atlas.totals(),
    };
  };

  test('empties the disk', async () => {
    expect(await wiped('any')).toMatchObject({ files: [], touched: true, totals: { syncedBytesLost: 4 } });
  });

  test('is a power loss where a reader could not notice, and does not count', async () => {
    expect(await wiped('recoverable')).toMatchObject({
      files: ['a'],
      touched: false,
      totals: { syncedBytesLost: 0 },
    });
  });
});

describe('a program that does not catch the error of its disk', () => {
  const failing = (fail: () => Error) => async (host: LooseHost) => {
    if (host.id === 'n1') throw fail();
  };

  test.each([
    ['io', () => new DiskError('io', 'broken')],
    ['full', () => new DiskError('full', 'no room')],
    ['corrupt', () => new CorruptFile('log', 3)],
  ])('ends, is booted again every second, and is no mistake: %s', async (code, fail) => {
    const { witness, trace, errors } = keeper();
    const world = worldOf({ servers: { n1: failing(fail) }, limits: { virtualUs: 3.5 * seconds }, witness });
    await run(world);
    expect(errors).toEqual([]);
    expect(world.machine('n1')).toMatchObject({ halts: 4, boots: 4, kills: 0, isHalted: true });
    const halts = trace.filter(({ type }) => type === 'halt');
    expect(halts.map(({ detail }) => (detail as { code: string }).code)).toEqual([code, code, code, code]);
    expect(halts.map(({ atUs }) => Math.floor(atUs / seconds))).toEqual([0, 1, 2, 3]);
  });

  test('in a handler, a timer, or a promise that nobody awaits', async () => {
    const broken = () => new DiskError('io', 'broken');
    const programs: Record<string, (host: LooseHost) => void> = {
      handler: (host) => host.on('go', () => Promise.reject(broken())),
      timer: (host) =>
        void host.clock.after(30, () => {
          throw broken();
        }),
      promise: (host) => void host.clock.after(30, () => void Promise.reject(broken())),
    };
    for (const [name, program] of Object.entries(programs)) {
      const { witness, errors } = keeper();
      const world = worldOf({
        servers: { n1: program },
        clients: {
          c1: async (host) => void (await host.clock.sleep(20).then(() => host.send('n1', 'go', null))),
        },
        limits: { virtualUs: 500 * ms },
        witness,
      });
      await run(world);
      expect([name, world.machine('n1').halts, errors]).toEqual([name, 1, []]);
    }
  });

  test('keeps the disk as it is, unless the power goes while it is down', async () => {
    for (const power of [true, false]) {
      const found: number[] = [];
      const world = worldOf({
        servers: {
          n1: async ({ disk }) => {
            found.push(await disk.size('a'));
            await disk.write('a', 0, bytes('word'));
            throw new DiskError('io', 'broken');
          },
        },
        limits: { virtualUs: 1.5 * seconds },
      });
      if (power) {
        world.at(500 * ms, () => {
          world.machine('n1').kill('lose-all');
          world.restart(world.machine('n1'));
        });
      }
      await run(world);
      expect(found.slice(0, 2)).toEqual([0, power ? 0 : 4]);
    }
  });

  test('but a rename of no file is a mistake of the program', async () => {
    const { witness, errors } = keeper();
    const world = worldOf({ servers: { n1: ({ disk }) => disk.rename('a', 'b') }, witness });
    await run(world);
    expect(errors).toEqual(['n1: rename of "a": there is no such file']);
    expect(world.machine('n1').halts).toBe(0);
  });
});
