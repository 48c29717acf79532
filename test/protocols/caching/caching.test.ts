/** Stories about caches in front of a store. */
import { describe, expect, test } from 'vitest';
import type { CacheNodeView } from '../../../protocols/caching/index.ts';
import { isRefused } from '../../../protocols/host.ts';
import { ring } from '../../../protocols/placement/ring.ts';
import { type Part, play } from './lab.ts';

const strategies = ['cache-aside', 'read-through', 'write-through'] as const;
const cachesOf = (part: Part, count = 3) =>
  Array.from({ length: count }, (_, at) => part.shown(`n${at + 1}`) as CacheNodeView);
const cachedIn = (part: Part, count = 3) => cachesOf(part, count).flatMap(({ cached }) => cached);

describe.each(strategies)('%s', (strategy) => {
  test('what is set can be got, by others as well, and what is deleted is gone', async () => {
    const [, read] = await play<unknown>(
      { options: { strategy } },
      async ({ cache, host }) => {
        await cache.set('a', 1);
        await host.clock.sleep(500);
        await cache.delete('a');
      },
      async ({ cache, host }) => {
        const seen: unknown[] = [await cache.get('b')];
        await host.clock.sleep(300);
        seen.push(await cache.get('a'));
        await host.clock.sleep(500);
        seen.push(await cache.get('a'));
        return seen;
      },
    );
    expect(read).toEqual([null, 1, null]);
  });

  test('the second one who asks is served by the cache, even that there is no value', async () => {
    const [statistics] = await play({ options: { strategy } }, async ({ cache, host }) => {
      await cache.get('a');
      await host.clock.sleep(50);
      await cache.get('a');
      return cache.statistics();
    });
    expect(statistics).toMatchObject({ hits: 1, misses: 1, loads: 1 });
  });

  test('a write that is lost on its way to the caches is heard of from the store', async () => {
    await play({ options: { strategy, feedInterval: 100 } }, async (part) => {
      const { cache, store, host } = part;
      await cache.get('a');
      await host.clock.sleep(50);
      expect(cachedIn(part)).toEqual([['a', null]]);
      // Past the caches: nobody tells them.
      await store.put('a', 7);
      await host.clock.sleep(300);
      expect(cachedIn(part)).toEqual([]);
      expect(await cache.get('a')).toBe(7);
    });
  });

  test('whoever writes tells the caches, without any word from the store', async () => {
    const options = { strategy, invalidation: 'writers', copies: 2 };
    await play<void>(
      { options },
      async (part) => {
        await part.cache.get('a');
        await part.host.clock.sleep(500);
        expect(cachedIn(part).filter(([, value]) => value !== 7)).toEqual([]);
      },
      async ({ cache, host }) => {
        await host.clock.sleep(300);
        await cache.set('a', 7);
      },
    );
  });

  test('with no invalidation at all an entry is stale until its time is over', async () => {
    const [seen] = await play(
      { options: { strategy, invalidation: 'none', ttl: 400 } },
      async ({ cache, store, host }) => {
        await cache.get('a');
        await store.put('a', 7);
        const early = await cache.get('a');
        await host.clock.sleep(450);
        return [early, await cache.get('a')];
      },
    );
    expect(seen).toEqual([null, 7]);
  });

  test('without its caches everything still goes, past them', async () => {
    const [value] = await play({ options: { strategy, attemptTimeout: 300 } }, async ({ cache, crash }) => {
      for (const id of ['n1', 'n2', 'n3']) crash(id, 5000);
      await cache.set('a', 1);
      return cache.get('a');
    });
    expect(value).toBe(1);
  });

  test('a client never sees an older value than before, though a copy has been told of nothing', async () => {
    await play({ options: { strategy, invalidation: 'none', copies: 2 } }, async ({ cache }) => {
      for (let value = 1; value <= 10; value++) {
        await cache.set('a', value);
        expect(await cache.get('a')).toBe(value);
      }
    });
  });

  test('nor if it has forgotten in which version: it has a floor for all that it has forgotten', async () => {
    const options = { strategy, invalidation: 'none', copies: 2, sessionKeys: 1 };
    await play({ options }, async ({ cache }) => {
      for (let value = 1; value <= 10; value++) {
        await cache.set('a', value);
        await cache.get('b');
        expect(await cache.get('a')).toBe(value);
      }
    });
  });
});

test('§3.2.1 of a thundering herd one client loads, and the others wait for it', async () => {
  const part = async ({ cache }: Part) => {
    await cache.get('a');
    return (await cache.statistics()).loads;
  };
  const loads = await play({}, ...Array.from({ length: 10 }, () => part));
  expect(Math.max(...loads)).toBe(1);
});

test('a client that dies with a lease holds up the others for as long as its lease lasts, and no longer', async () => {
  const [, waited] = await play<number>(
    { options: { leaseTtl: 600, requestTimeout: 3000 } },
    async ({ cache, host, world }) => {
      void cache.get('a');
      // It has its lease, and not yet its value.
      await host.clock.sleep(7);
      world.machine('c1').pause();
      return 0;
    },
    async ({ cache, host }) => {
      await host.clock.sleep(30);
      const startMs = host.clock.elapsed();
      await cache.get('a');
      return host.clock.elapsed() - startMs;
    },
  );
  expect(waited).toBeGreaterThan(500);
  expect(waited).toBeLessThan(700);
});

test('invalidateAll drops what matches on every cache, and what is being loaded is not kept', async () => {
  await play({ options: { invalidation: 'none' } }, async (part) => {
    const { cache, host } = part;
    for (const key of ['user:1', 'user:2', 'user:3', 'item:1']) await cache.get(key);
    await host.clock.sleep(50);
    expect(await cache.invalidateAll('user:*')).toBe(3);
    expect(cachedIn(part)).toEqual([['item:1', null]]);
    expect((await cache.statistics()).invalidations).toBe(3);
  });
});

test('invalidateAll is not done while a cache does not answer', async () => {
  const [failure] = await play({ options: { requestTimeout: 500 } }, async ({ cache, crash }) => {
    await cache.get('a');
    crash('n2', 5000);
    return cache.invalidateAll('*').then(
      () => 'done',
      (error: unknown) => (isRefused(error) ? 'refused' : 'unknown'),
    );
  });
  expect(failure).toBe('unknown');
});

test('invalidateAll reaches a cache that has joined unbeknown to whoever calls it, and to the other caches', async () => {
  const placement = ring(128)(['n1', 'n2', 'n3'].map((id) => ({ id, weight: 1 })));
  const keys = Array.from({ length: 30 }, (_, at) => `k${at}`).filter(
    (key) => placement.owners(key, 1)[0] === 'n3',
  );
  const options = { invalidation: 'none', viewInterval: 60_000 };
  await play(
    { caches: 2, spares: 1, options },
    async (part) => {
      const { cache, host } = part;
      await cache.get('a');
      await host.clock.sleep(1000);
      expect((part.shown('n3') as CacheNodeView).cached).toHaveLength(keys.length);
      expect(await cache.invalidateAll('k*')).toBe(keys.length);
      expect((part.shown('n3') as CacheNodeView).cached).toEqual([]);
    },
    async ({ cache, host, members }) => {
      await host.clock.sleep(100);
      await members.add('n3');
      for (const key of keys) await cache.get(key);
    },
  );
});

test('a cache that leaves and comes back serves nothing of what it had', async () => {
  const options = { invalidation: 'none', viewInterval: 60_000 };
  await play({ caches: 2, options }, async (part) => {
    const { cache, host, members, store } = part;
    const keys = Array.from({ length: 30 }, (_, at) => `k${at}`);
    for (const key of keys) await cache.get(key);
    await host.clock.sleep(50);
    const had = (part.shown('n2') as CacheNodeView).cached.map(([key]) => key);
    expect(had.length).toBeGreaterThan(5);
    await members.remove('n2');
    for (const key of had) await store.put(key, 7);
    await cache.invalidateAll('*');
    await members.add('n2');
    // By now this client knows of both changes, and n2 of none.
    await cache.invalidateAll('nothing');
    for (const key of had) expect(await cache.get(key)).toBe(7);
  });
});

test('a cache has room for so many entries', async () => {
  await play({ caches: 1, options: { size: 2 } }, async (part) => {
    const { cache, host } = part;
    for (const key of ['a', 'b', 'c']) await cache.get(key);
    await host.clock.sleep(50);
    expect(cachedIn(part, 1).map(([key]) => key)).toEqual(['b', 'c']);
    expect((await cache.statistics()).evictions).toBe(1);
  });
});

test('a cache that joins takes over its keys: those who had them drop them', async () => {
  await play({ caches: 2, spares: 1, options: { viewInterval: 50 } }, async (part) => {
    const { cache, host, members } = part;
    const keys = Array.from({ length: 30 }, (_, at) => `k${at}`);
    for (const key of keys) await cache.get(key);
    await host.clock.sleep(50);
    const before = cachesOf(part, 3).map(({ cached }) => cached.length);
    expect([before[0]! + before[1]!, before[2]]).toEqual([30, 0]);
    await members.add('n3');
    await host.clock.sleep(200);
    const kept = cachesOf(part, 2).flatMap(({ cached }) => cached.map(([key]) => key));
    expect(kept.length).toBeLessThan(30);
    for (const key of keys) await cache.get(key);
    await host.clock.sleep(50);
    const moved = cachesOf(part, 3)[2]!.cached.map(([key]) => key);
    expect([...kept, ...moved].sort()).toEqual([...keys].sort());
  });
});

test('the store forgets nothing that it has said was written', async () => {
  const [seen] = await play({}, async ({ cache, store, crash, host }) => {
    await cache.set('a', 1);
    await cache.set('a', 2);
    crash('s1', 100);
    await host.clock.sleep(300);
    const value = await store.get('a');
    return [value, await store.cas('a', 1, 3), await store.cas('a', 2, 3), await store.get('a')];
  });
  expect(seen).toEqual([2, false, true, 3]);
});
