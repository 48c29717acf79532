/** Locks between the tasks of one host. */

import { describe, expect, test } from 'vitest';
import { type Host, isRefused } from '../../../protocols/host.ts';
import { lockClient } from '../../../protocols/locks/client.ts';
import { type LocalTasks, localLock, localTasks } from '../../../protocols/locks/index.ts';
import { localLocks } from '../../../protocols/locks/local/backend.ts';
import { type LockRules, soundRules } from '../../../protocols/locks/rules.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { simulatedLab } from '../../contract/simulated.ts';

const defaults = defaultsOf(localLock.options);

const clockOf = ({ clock }: Host): Host['clock'] => ({
  now: () => clock.now(),
  elapsed: () => clock.elapsed(),
  interval: () => clock.interval(),
  sleep: (ms, options) => clock.sleep(ms, options),
  after: (ms, task) => clock.after(ms, task),
});

interface Tasks extends LocalTasks {
  readonly host: Host;
}

/** One host, some tasks. */
function onOneHost(act: (tasks: Tasks) => Promise<void>, replaced: Partial<LockRules> = {}): Promise<void> {
  const rules = { ...soundRules, ...replaced };
  return simulatedLab('tasks').play({}, async (host) => {
    await act({ host: host as never, ...localTasks(host as never, defaults, rules) });
  });
}

test('a task that waits is woken at once when the key is free', () =>
  onOneHost(async ({ host, task }) => {
    const [one, other] = [task(), task()];
    const lock = await one.acquire('a');
    const next = other.acquire('a', { fair: true, retryDelay: 500 });
    await host.clock.sleep(10);
    await one.release(lock);
    const from = host.clock.elapsed();
    expect((await next).token).toBe(lock.token! + 1);
    expect(host.clock.elapsed() - from).toBeLessThan(1);
  }));

test('a task that waits is woken when the ttl of the holder is over, and the holder is told before', () =>
  onOneHost(async ({ task }) => {
    const lock = await task().acquire('a', { ttl: 100 });
    const next = await task().acquire('a', { fair: true, retryDelay: 2000 });
    expect(lock.signal.aborted).toBe(true);
    expect(next.remaining()).toBeGreaterThan(0);
  }));

test('tasks get a key in the order in which they asked', () =>
  onOneHost(async ({ host, task }) => {
    const order: number[] = [];
    const turn = (number: number) =>
      task().using(
        'a',
        async () => {
          order.push(number);
          await host.clock.sleep(5);
        },
        { fair: true },
      );
    await Promise.all([0, 1, 2, 3, 4, 5].map(turn));
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  }));

test('tasks keep their places, though the whole host slept for longer than any lock lasts', () =>
  simulatedLab('tasks').play({}, async (host) => {
    const given = host as unknown as Host;
    let sleptMs = 0;
    const clock = { ...clockOf(given), elapsed: () => given.clock.elapsed() + sleptMs };
    const { task } = localTasks({ id: host.id, clock, random: given.random, log: () => {} }, defaults);
    const holder = await task().acquire('a', { ttl: 40, autoRenew: true });
    const order: number[] = [];
    const turn = async (number: number) => {
      const lock = await task().acquire('a', { fair: true, ttl: 40 });
      order.push(number);
      await task().release(lock);
    };
    const turns = [0, 1, 2, 3, 4, 5].map(turn);
    await given.clock.sleep(100);
    sleptMs = 1000;
    await Promise.all(turns);
    expect(holder.remaining()).toBe(0);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  }));

test('a renewal that was asked for first, and is answered last, does not say for how long to renew', () =>
  simulatedLab('tasks').play({}, async (host) => {
    const given = host as unknown as Host;
    const shared = localLocks(given, soundRules);
    const backend = {
      ...shared,
      async extend(ask: Parameters<typeof shared.extend>[0]) {
        await given.clock.sleep(ask.ttlMs === 500 ? 100 : 10);
        return shared.extend(ask);
      },
    };
    const locks = lockClient(given, backend, defaults, soundRules);
    const lock = await locks.acquire('a', { ttl: 500 });
    const automatic = locks.renew(lock);
    await given.clock.sleep(1);
    await locks.renew(lock, 1000);
    await automatic;
    expect(lock.ttl).toBe(1000);
  }));

test('no two tasks have one name, whatever is drawn for it', () =>
  simulatedLab('tasks').play({}, async (host) => {
    const given = host as unknown as Host;
    const same = { id: host.id, clock: given.clock, random: { ...given.random, below: () => 7 } };
    const { task } = localTasks({ ...same, log: () => {} }, defaults);
    const [one, other] = [task(), task()];
    expect(await one.tryAcquire('a')).not.toBeNull();
    expect(await other.tryAcquire('a')).toBeNull();
  }));

test('a holder hears of its end before another one has the key, though the clock goes on in between', () =>
  simulatedLab('tasks').play({}, async (host) => {
    const given = host as unknown as Host;
    let extraMs = 0;
    // As real clocks do: each look is later than the one before.
    const elapsed = () => {
      extraMs += 0.01;
      return given.clock.elapsed() + extraMs;
    };
    const clock = { ...clockOf(given), elapsed };
    const { task } = localTasks({ id: host.id, clock, random: given.random, log: () => {} }, defaults);
    for (let look = 0; look < 40; look++) {
      const key = `k${look}`;
      const lock = await task().acquire(key, { ttl: 10 });
      // A host that is busy until about the end of the lock.
      extraMs += 10 - 0.01 * look;
      const next = await task().tryAcquire(key, { ttl: 10 });
      expect(next === null || lock.signal.aborted, `look ${look}`).toBe(true);
    }
  }));

test('a task that has a key gets it again, and it is free when it was released as often', () =>
  onOneHost(async ({ task }) => {
    const [one, other] = [task(), task()];
    const lock = await one.acquire('a');
    const inner = await one.acquire('a', { reentrant: true });
    await one.release(inner);
    expect(await other.tryAcquire('a', { reentrant: true })).toBeNull();
    await one.release(lock);
    expect(await other.tryAcquire('a')).not.toBeNull();
  }));

describe('two tasks that want two keys, each the other way round', () => {
  const both = async ({ host, task }: Tasks) => {
    const work = async (keys: string[]) => {
      const locks = task();
      const own = await locks.acquireAll(keys, { fair: true, autoRenew: true });
      await host.clock.sleep(10);
      for (const lock of own) void locks.release(lock);
    };
    const ends = await Promise.allSettled([work(['a', 'b']), work(['b', 'a'])]);
    return ends.map(({ status }) => status);
  };

  test('do not wait in a circle (Coffman et al. 1971)', () =>
    onOneHost(async (tasks) => {
      expect(await both(tasks)).toEqual(['fulfilled', 'fulfilled']);
    }));

  test('would, if each acquired them as it named them', () =>
    onOneHost(
      async (tasks) => {
        expect(await both(tasks)).toContain('rejected');
      },
      { inOrder: (keys) => [...keys], mustBeInOrder: () => {} },
    ));

  test('and whoever asks for an earlier key is refused at once, also while it still waits for the later one', () =>
    onOneHost(async ({ task }) => {
      const [one, other] = [task(), task()];
      const held = await other.acquire('b', { autoRenew: true });
      const waiting = one.acquire('b');
      const error = (await one.acquire('a').catch((error: unknown) => error)) as Error;
      expect(isRefused(error)).toBe(true);
      expect(error.message).toMatch(/^"a" cannot be had after "b"/);
      await other.release(held);
      expect((await waiting).key).toBe('b');
    }));
});

test('forceUnlock tells the holder', () =>
  onOneHost(async ({ task }) => {
    const lock = await task().acquire('a');
    expect(await task().forceUnlock('a')).toBe(true);
    expect(lock.signal.aborted).toBe(true);
    expect(await task().info('a')).toBeNull();
    expect(await task().forceUnlock('a')).toBe(false);
  }));

test('info says who has it, since when, for how long, and its token', () =>
  onOneHost(async ({ host, task }) => {
    const lock = await task().acquire('a', { ttl: 100 });
    const at = host.clock.now();
    await host.clock.sleep(40);
    const info = (await task().info('a'))!;
    expect(info).toMatchObject({ key: 'a', owner: lock.owner, token: lock.token });
    expect(info.ttl).toBeCloseTo(60, 0);
    expect(info.acquiredAt).toBeCloseTo(at, 0);
    expect(info.expiresAt).toBeCloseTo(at + 100, 0);
  }));
