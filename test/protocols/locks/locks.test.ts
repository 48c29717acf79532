/** What a client can rely on, on one node and on a majority. */
import { describe, expect, test } from 'vitest';
import { DiskError, type Host, isRefused } from '../../../protocols/host.ts';
import { singleNodeLock } from '../../../protocols/locks/index.ts';
import { lockNode } from '../../../protocols/locks/node.ts';
import { soundRules } from '../../../protocols/locks/rules.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { until } from '../../contract/lab.ts';
import { simulatedLab } from '../../contract/simulated.ts';
import { play } from './lab.ts';

describe.each(['single-node', 'redlock', 'replicated', 'raft'] as const)('%s', (protocol) => {
  // A Redlock node is silent at first.
  const options = { ttl: 500, ttlMax: 1000, retryDelay: 20 };
  const setting = { protocol, options };

  test('one client at a time holds a lock, and each gets its turn', async () => {
    const turns: string[] = [];
    const part = async ({ locks, host }: Parameters<Parameters<typeof play>[1]>[0]) => {
      await locks.using('a', async () => {
        turns.push(`${host.id} in`);
        await host.clock.sleep(100);
        turns.push(`${host.id} out`);
      });
    };
    await play(setting, part, part, part);
    expect(turns).toHaveLength(6);
    for (let at = 0; at < 6; at += 2) expect(turns[at + 1]).toBe(turns[at]!.replace('in', 'out'));
  });

  test('tryAcquire says null at once if somebody else holds it', async () => {
    const [first, second] = await play<boolean>(
      setting,
      async ({ locks, host }) => {
        await host.clock.sleep(1100);
        await locks.acquire('a');
        await host.clock.sleep(400);
        return true;
      },
      async ({ locks, host }) => {
        await host.clock.sleep(1200);
        return (await locks.tryAcquire('a')) !== null;
      },
    );
    expect([first, second]).toEqual([true, false]);
  });

  test('acquire is refused when its time, or the number of its attempts, is over', async () => {
    const [, waited] = await play<number>(
      { protocol, options: { ...options, ttl: 1000 } },
      async ({ locks, host }) => {
        const lock = await locks.acquire('a', { autoRenew: true });
        await host.clock.sleep(3000);
        return lock.remaining();
      },
      async ({ locks, host }) => {
        await host.clock.sleep(1500);
        const from = host.clock.elapsed();
        const error = await locks.acquire('a', { acquireTimeout: 300 }).catch((error: unknown) => error);
        expect(isRefused(error)).toBe(true);
        const took = host.clock.elapsed() - from;
        expect(isRefused(await locks.acquire('a', { retryCount: 0 }).catch((error: unknown) => error))).toBe(
          true,
        );
        return took;
      },
    );
    expect(waited).toBeGreaterThanOrEqual(300);
    expect(waited).toBeLessThan(600);
  });

  test('a lock that is not renewed is lost: the work hears of it, and others may have the lock', async () => {
    const [lost, next] = await play<unknown>(
      setting,
      async ({ locks, host }) => {
        let reason: unknown;
        const lock = await locks.acquire('a');
        lock.signal.addEventListener('abort', () => {
          reason = lock.signal.reason;
        });
        await host.clock.sleep(600);
        expect(lock.remaining()).toBe(0);
        expect(await locks.renew(lock)).toBe(false);
        return reason;
      },
      async ({ locks, host }) => {
        await host.clock.sleep(20);
        return (await locks.acquire('a')).key;
      },
    );
    expect(lost).toMatchObject({ name: 'TimedOut', message: 'the lock on "a" was lost' });
    expect(next).toBe('a');
  });

  test('autoRenew keeps it, and release ends that', async () => {
    await play(setting, async ({ locks, host }) => {
      const lock = await locks.acquire('a', { autoRenew: true, renewInterval: 100 });
      await host.clock.sleep(3000);
      expect(lock.signal.aborted).toBe(false);
      expect(lock.remaining()).toBeGreaterThan(300);
      expect(await locks.release(lock)).toBe(true);
      expect([lock.remaining(), locks.held()]).toEqual([0, []]);
      await host.clock.sleep(300);
      expect(await locks.info('a')).toBeNull();
    });
  });

  test('info tells who holds it and for how long; forceUnlock takes it away', async () => {
    await play(setting, async ({ locks }) => {
      const lock = await locks.acquire('a');
      const info = (await locks.info('a'))!;
      expect(info).toMatchObject({ key: 'a', owner: lock.owner, token: lock.token });
      expect(info.ttl).toBeGreaterThan(400);
      expect(info.ttl).toBeLessThanOrEqual(500);
      expect(await locks.forceUnlock('a')).toBe(true);
      expect(await locks.info('a')).toBeNull();
      expect(await locks.renew(lock)).toBe(false);
      expect(lock.signal.aborted).toBe(true);
      expect(await locks.release(lock)).toBe(false);
    });
  });

  test('reentrant: who holds it gets it again, and it must be released as often', async () => {
    await play(setting, async ({ locks }) => {
      const outer = await locks.acquire('a');
      expect(await locks.tryAcquire('a')).toBeNull();
      const inner = await locks.acquire('a', { reentrant: true });
      expect(inner).toBe(outer);
      await locks.release(inner);
      expect(outer.remaining()).toBeGreaterThan(0);
      await locks.release(outer);
      expect(await locks.info('a')).toBeNull();
    });
  });

  test('a key that was acquired twice is free after two releases, and not after one', async () => {
    await play(setting, async ({ locks }) => {
      const lock = await locks.acquire('a');
      await locks.acquire('a', { reentrant: true });
      await locks.release(lock);
      expect((await locks.info('a'))?.owner).toBe(lock.owner);
      await locks.release(lock);
      expect(await locks.info('a')).toBeNull();
    });
  });

  test('using is refused its result when the lock was lost meanwhile, and work that listens stops', async () => {
    await play(setting, async ({ locks, host }) => {
      const from = host.clock.elapsed();
      const work = (signal: AbortSignal) => host.clock.sleep(5000, { signal });
      const error = await locks.using('a', work).catch((error: unknown) => error);
      expect(error).toMatchObject({ name: 'TimedOut', message: 'the lock on "a" was lost' });
      expect(host.clock.elapsed() - from).toBeLessThan(2000);
      const deaf = locks.using('a', () => host.clock.sleep(600));
      await expect(deaf).rejects.toMatchObject({ name: 'TimedOut' });
    });
  });

  test('using and renew notice that the time is over before the timer that would tell', async () => {
    await play(setting, async ({ locks, host, pause, world }) => {
      const sleep = async () => {
        world.at(world.nowUs + 20_000, () => pause('c1', 2000));
        // Due before the end of the lock, and run after it, with all that is late.
        await host.clock.sleep(50);
      };
      await expect(locks.using('a', sleep)).rejects.toMatchObject({ name: 'TimedOut' });
      const lock = await locks.acquire('b');
      await sleep();
      expect([await locks.renew(lock), lock.signal.aborted]).toEqual([false, true]);
    });
  });

  test('acquireAll gives no lock that is over already', async () => {
    await play<unknown>(
      setting,
      async ({ locks, host }) => {
        await host.clock.sleep(1500);
        await locks.acquire('b', { ttl: 1000 });
      },
      async ({ locks, host }) => {
        await host.clock.sleep(1600);
        const error = await locks.acquireAll(['a', 'b'], { ttl: 200 }).catch((error: unknown) => error);
        expect(error).toMatchObject({ name: 'Refused', message: /the lock on "a" was over before all/ });
        expect(locks.held()).toEqual([]);
      },
    );
  });

  test('acquireAll locks several keys in one order, or none', async () => {
    await play(setting, async ({ locks, host }) => {
      const all = await locks.acquireAll(['b', 'a', 'b']);
      expect(all.map(({ key }) => key)).toEqual(['a', 'b']);
      await locks.release(all[0]!);
      const error = await locks
        .acquireAll(['a', 'b'], { acquireTimeout: 100 })
        .catch((error: unknown) => error);
      expect(isRefused(error)).toBe(true);
      await host.clock.sleep(50);
      expect(locks.held().map(({ key }) => key)).toEqual(['b']);
      expect(await locks.info('a')).toBeNull();
    });
  });

  test('ordered: who has a key is refused an earlier one, and told what to do instead', async () => {
    await play({ protocol, options: { ...options, ordered: true } }, async ({ locks }) => {
      await locks.acquire('b');
      const error = (await locks.acquire('a').catch((error: unknown) => error)) as Error;
      expect(isRefused(error)).toBe(true);
      expect(error.message).toMatch(/"a" cannot be had after "b": .* acquireAll/);
      expect((await locks.acquire('c')).key).toBe('c');
    });
  });

  test('fair: the callers of one client get it in the order in which they asked', async () => {
    await play(setting, async ({ locks, host }) => {
      const order: number[] = [];
      const work = async (number: number) => {
        order.push(number);
        await host.clock.sleep(10);
      };
      const caller = (number: number) => locks.using('a', () => work(number), { fair: true });
      await Promise.all([0, 1, 2, 3, 4].map(caller));
      expect(order).toEqual([0, 1, 2, 3, 4]);
    });
  });

  test('fair: who has less time than the caller before it gives up in time, and lets nobody pass that one', async () => {
    await play(setting, async ({ locks, host }) => {
      const first = await locks.acquire('a', { fair: true, autoRenew: true });
      const order: string[] = [];
      const waits = (name: string, acquireTimeout: number) =>
        locks.acquire('a', { fair: true, acquireTimeout }).then(
          (lock) => {
            order.push(name);
            return locks.release(lock);
          },
          () => void order.push(`${name} gave up`),
        );
      const from = host.clock.elapsed();
      const patient = waits('patient', 4000);
      const hasty = waits('hasty', 100);
      const last = waits('last', 4000);
      await hasty;
      expect(host.clock.elapsed() - from).toBeLessThan(300);
      await locks.release(first);
      await Promise.all([patient, last]);
      expect(order).toEqual(['hasty gave up', 'patient', 'last']);
    });
  });

  test('a ttl that is longer than nodes grant is refused', async () => {
    await play(setting, async ({ locks }) => {
      const error = await locks.acquire('a', { ttl: 1001 }).catch((error: unknown) => error);
      expect(isRefused(error)).toBe(true);
    });
  });
});

describe.each(['single-node', 'replicated', 'raft'] as const)(
  '%s has one line for all clients',
  (protocol) => {
    const setting = { protocol, options: { ttl: 1000, ttlMax: 1000, retryDelay: 20 } };

    test('fair: clients get a key in the order in which they asked', async () => {
      const order: string[] = [];
      const part =
        (waitMs: number) =>
        async ({ locks, host }: Parameters<Parameters<typeof play>[1]>[0]) => {
          // The first one holds it until all others stand in line.
          await host.clock.sleep(1000 + waitMs);
          const lock = await locks.acquire('a', { fair: true });
          order.push(host.id);
          await host.clock.sleep(waitMs === 0 ? 800 : 50);
          await locks.release(lock);
        };
      await play(setting, part(0), part(500), part(200), part(400), part(300));
      expect(order).toEqual(['c1', 'c3', 'c5', 'c4', 'c2']);
    });

    test('fair: also with a ttl that is shorter than the wait between two questions', async () => {
      const order: string[] = [];
      const part =
        (waitMs: number) =>
        async ({ locks, host }: Parameters<Parameters<typeof play>[1]>[0]) => {
          await host.clock.sleep(1000 + waitMs);
          const lock = await locks.acquire('a', {
            fair: true,
            ttl: 150,
            retryDelay: 400,
            autoRenew: waitMs === 0,
          });
          order.push(host.id);
          await host.clock.sleep(waitMs === 0 ? 1000 : 5);
          await locks.release(lock);
        };
      await play(setting, part(0), part(500), part(200), part(400), part(300));
      expect(order).toEqual(['c1', 'c3', 'c5', 'c4', 'c2']);
    });

    test('fair: who gives up leaves the line, and who dies in it is passed when its ttl is over', async () => {
      const [, , , fourth] = await play<number>(
        setting,
        async ({ locks, host }) => {
          const lock = await locks.acquire('a', { autoRenew: true });
          await host.clock.sleep(2000);
          await locks.release(lock);
          return 0;
        },
        async ({ locks, host }) => {
          await host.clock.sleep(1000);
          const error = await locks.acquire('a', { fair: true, acquireTimeout: 300 }).catch((error) => error);
          expect(isRefused(error)).toBe(true);
          return 0;
        },
        async ({ locks, host, pause, world }) => {
          await host.clock.sleep(1600);
          world.at(world.nowUs + 200_000, () => pause('c3', 3000));
          // Asleep when its turn comes: its place, or its lock, ends meanwhile.
          await locks.acquire('a', { fair: true }).catch(() => {});
          return 0;
        },
        async ({ locks, host }) => {
          await host.clock.sleep(1700);
          await locks.acquire('a', { fair: true });
          return host.clock.elapsed();
        },
      );
      expect(fourth).toBeGreaterThan(2000);
      expect(fourth).toBeLessThan(3600);
    });
  },
);

test('a node that was killed knows the lock still, and gives greater tokens', async () => {
  await play({ options: { ttl: 1000 } }, async ({ locks, host, crash }) => {
    const lock = await locks.acquire('a');
    crash('n1', 50);
    await host.clock.sleep(200);
    expect((await locks.info('a'))?.owner).toBe(lock.owner);
    await locks.release(lock);
    expect((await locks.acquire('a')).token).toBe(lock.token! + 1);
  });
});

test.each(['none', 'every-second'])(
  'with persistence %s a restarted node waits, and gives no tokens',
  async (persistence) => {
    await play({ options: { ttl: 500, ttlMax: 500, persistence } }, async ({ locks, host, crash }) => {
      const lock = await locks.acquire('a');
      expect(lock.token).toBeNull();
      crash('n1', 10);
      await host.clock.sleep(100);
      expect(await locks.tryAcquire('b')).toBeNull();
      await host.clock.sleep(500);
      expect(await locks.tryAcquire('b')).not.toBeNull();
    });
  },
);

test('a paused holder comes back after the end of its lock: the resource keeps it out', async () => {
  const written: string[] = [];
  await play<void>(
    { options: { ttl: 300 } },
    async ({ locks, resource, host, pause, world }) => {
      const lock = await locks.acquire('a');
      await resource.write(lock, 1);
      world.at(world.nowUs + 1000, () => pause('c1', 1000));
      // It has looked at its lock, and sleeps over its end.
      await host.clock.sleep(10);
      const error = await resource.write(lock, 3).catch((error: unknown) => error);
      written.push(isRefused(error) ? 'first refused' : 'first');
    },
    async ({ locks, resource, host }) => {
      await host.clock.sleep(30);
      await resource.write(await locks.acquire('a'), 2);
      written.push('second');
      await host.clock.sleep(1500);
    },
  );
  expect(written).toEqual(['second', 'first refused']);
});

test('the resource remembers the newest token over a power loss', async () => {
  await play({}, async ({ resource, host, crash }) => {
    await resource.write({ key: 'a', owner: 'y', token: 34 }, 1);
    crash('r1', 10);
    await host.clock.sleep(100);
    const error = await resource
      .write({ key: 'a', owner: 'x', token: 33 }, 2)
      .catch((error: unknown) => error);
    expect(isRefused(error)).toBe(true);
  });
});

test('Redlock works with a minority of its nodes down, and not with a majority', async () => {
  await play({ protocol: 'redlock', options: { ttl: 500, ttlMax: 500 } }, async ({ locks, host, world }) => {
    await host.clock.sleep(600);
    for (const id of ['n1', 'n2']) world.machine(id).kill('keep');
    const lock = await locks.acquire('a', { acquireTimeout: 2000 });
    await locks.release(lock);
    world.machine('n3').kill('keep');
    const error = await locks.acquire('a', { acquireTimeout: 2000 }).catch((error: unknown) => error);
    expect(isRefused(error)).toBe(true);
  });
});

describe('on Raft', () => {
  const leaderOf = ({ world }: Parameters<Parameters<typeof play>[1]>[0]) =>
    ['n1', 'n2', 'n3'].find((id) => (world.machine(id).state() as { role?: string })?.role === 'leader')!;

  test('a lock outlives the leader that gave it, and later tokens are greater', async () => {
    await play({ protocol: 'raft', options: { ttl: 3000 } }, async (part) => {
      const lock = await part.locks.acquire('a');
      part.crash(leaderOf(part), 5000);
      await part.host.clock.sleep(1000);
      expect((await part.locks.info('a'))?.owner).toBe(lock.owner);
      expect(await part.locks.renew(lock)).toBe(true);
      await part.locks.release(lock);
      expect((await part.locks.acquire('a')).token).toBeGreaterThan(lock.token!);
    });
  });

  test('the end of a lock is decided in the log, though nobody asks: the leader puts the time there', async () => {
    await play({ protocol: 'raft', options: { ttl: 300 } }, async (part) => {
      await part.locks.acquire('a');
      await part.host.clock.sleep(1000);
      const { machine } = part.world.machine(leaderOf(part)).state() as { machine: { locked: object[] } };
      expect(machine.locked).toEqual([]);
    });
  });
});

describe('on a primary with replicas', () => {
  const options = { ttl: 2000, ttlMax: 2000, callTimeout: 60 };

  test('a lock outlives the primary that gave it, and later tokens are greater', async () => {
    await play({ protocol: 'replicated', options }, async ({ locks, host, crash }) => {
      const lock = await locks.acquire('a', { autoRenew: true });
      crash('n1', 5000);
      await host.clock.sleep(1500);
      expect((await locks.info('a'))?.owner).toBe(lock.owner);
      await locks.release(lock);
      expect((await locks.acquire('a')).token).toBe(lock.token! + 1);
    });
  });

  test('a primary that is alone gives no lock, and has stopped before another one begins', async () => {
    await play({ protocol: 'replicated', options }, async ({ locks, host, world }) => {
      await locks.release(await locks.acquire('a'));
      for (const id of ['n2', 'n3']) world.machine(id).kill('keep');
      const error = await locks.acquire('a', { acquireTimeout: 1000 }).catch((error: unknown) => error);
      expect(isRefused(error)).toBe(true);
      for (const id of ['n2', 'n3']) world.restart(world.machine(id));
      await host.clock.sleep(1000);
      expect((await locks.acquire('a')).token).toBeGreaterThan(1);
    });
  });
});

test('a node that writes everything once a second ends when it cannot', async () => {
  const options = { ...defaultsOf(singleNodeLock.options), persistence: 'every-second', ttlMax: 100 };
  let ending: unknown;
  const node = (host: Host<never>) => {
    const broken: Host['disk'] = new Proxy(host.disk, {
      get: (disk, name) =>
        name === 'write'
          ? () => Promise.reject(new DiskError('full', 'no room'))
          : (disk[name as keyof typeof disk] as () => unknown).bind(disk),
    });
    const given = new Proxy(host, {
      get: (own, name) => {
        const part = name === 'disk' ? broken : own[name as keyof typeof own];
        return typeof part === 'function' ? (part as () => unknown).bind(own) : part;
      },
    });
    void lockNode(
      options,
      soundRules,
    )(given).catch((error) => {
      ending = error;
    });
  };
  await simulatedLab('full').play({ n1: node as never }, async (host) => {
    await host.clock.sleep(200);
    const claim = { key: 'a', owner: 'x', ttlMs: 50, fair: false };
    expect(await host.call('n1', 'acquire', claim, { timeoutMs: 100 })).toEqual({ token: null });
    await until(host, 'the end of the node', () => ending !== undefined);
  });
  expect(ending).toMatchObject({ code: 'full' });
});
