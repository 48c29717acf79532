/** The pure decisions, with the sentences that they come from. */
import { describe, expect, test } from 'vitest';
import { alarm } from '../../../protocols/locks/alarm.ts';
import { believedMs, retryDelayUs } from '../../../protocols/locks/lease.ts';
import type { LockInfo } from '../../../protocols/locks/lock.ts';
import { inOrder, mustBeInOrder } from '../../../protocols/locks/order.ts';
import { heldByMajority, holderOf, tally } from '../../../protocols/locks/redlock.ts';
import { isAcknowledged, mustResign, promoted } from '../../../protocols/locks/replicated/place.ts';
import { admits } from '../../../protocols/locks/resource.ts';
import { soundRules } from '../../../protocols/locks/rules.ts';
import { LockTable } from '../../../protocols/locks/table.ts';

const claim = (owner: string, ttlMs: number | null = 100) => ({ key: 'a', owner, ttlMs, fair: false });

describe('SET resource_name my_random_value NX PX 30000', () => {
  const table = () => new LockTable(true, soundRules);

  test('sets the key only if it does not already exist', () => {
    const one = table();
    expect(one.acquire(claim('x'), 0, 0)).toEqual({ token: 1 });
    expect(one.acquire(claim('y'), 99, 0)).toBeNull();
  });

  test('expires it', () => {
    const one = table();
    one.acquire(claim('x'), 0, 0);
    expect(one.acquire(claim('y'), 100, 0)).toEqual({ token: 2 });
  });

  test('answers a packet that comes twice as the first time, and counts from that', () => {
    const one = table();
    one.acquire(claim('x'), 0, 0);
    expect(one.acquire(claim('x'), 50, 0)).toEqual({ token: 1 });
    expect(one.at('a', 100)).toBeUndefined();
  });

  test('gives a greater token every time (Kleppmann 2016), also after a restart', () => {
    const one = table();
    one.acquire(claim('x'), 0, 0);
    one.release(claim('x'), 1);
    const two = table();
    two.load(one.save(), 0);
    expect(two.acquire(claim('y'), 0, 0)).toEqual({ token: 2 });
  });

  test('gives no token where it could give one twice', () => {
    expect(new LockTable(false, soundRules).acquire(claim('x'), 0, 0)).toEqual({ token: null });
  });

  test('lasts for its whole ttl again after a restart', () => {
    const one = table();
    one.acquire(claim('x'), 0, 0);
    const two = table();
    two.load(one.save(), 5000);
    expect(two.at('a', 5099)?.owner).toBe('x');
    expect(two.at('a', 5100)).toBeUndefined();
  });

  test('remove the key only if the value stored at the key is exactly the one I expect', () => {
    const one = table();
    one.acquire(claim('x'), 0, 0);
    expect(one.release(claim('y'), 1)).toBe(false);
    expect(one.release(claim('x'), 1)).toBe(true);
    expect(one.release(claim('x'), 1)).toBe(false);
  });

  test('extend the TTL only if the key exists and its value is still the random value', () => {
    const one = table();
    one.acquire(claim('x'), 0, 0);
    expect(one.renew({ key: 'a', owner: 'y', ttlMs: 100 }, 50)).toBe(false);
    expect(one.renew({ key: 'a', owner: 'x', ttlMs: 100 }, 50)).toBe(true);
    expect(one.at('a', 149)?.owner).toBe('x');
    expect(one.renew({ key: 'a', owner: 'x', ttlMs: 100 }, 150)).toBe(false);
  });

  test('an old renewal that comes late does not shorten what a later one promised', () => {
    const one = table();
    one.acquire(claim('x'), 0, 0);
    one.renew({ key: 'a', owner: 'x', ttlMs: 1000 }, 10);
    one.renew({ key: 'a', owner: 'x', ttlMs: 20 }, 11);
    expect(one.at('a', 1009)?.owner).toBe('x');
  });

  test('a key without an expiry stays until it is released or unlocked by force', () => {
    const one = table();
    one.acquire(claim('x', null), 0, 0);
    expect(one.acquire(claim('y'), 1_000_000, 0)).toBeNull();
    expect(one.forceUnlock('a', 1_000_000)).toBe(true);
    expect(one.acquire(claim('y'), 1_000_000, 0)).toEqual({ token: 2 });
  });
});

describe('a line', () => {
  const fair = (owner: string) => ({ key: 'a', owner, ttlMs: 100, fair: true });
  const line = (...owners: string[]) => {
    const one = new LockTable(true, soundRules);
    one.acquire(claim('x'), 0, 0);
    for (const owner of owners) expect(one.acquire(fair(owner), 0, 0)).toBeNull();
    return one;
  };

  test('first come, first served', () => {
    const one = line('y', 'z');
    one.release(claim('x'), 10);
    expect(one.acquire(fair('z'), 11, 0)).toBeNull();
    expect(one.acquire(fair('y'), 12, 0)).toEqual({ token: 2 });
    one.release(fair('y'), 13);
    expect(one.acquire(fair('z'), 14, 0)).toEqual({ token: 3 });
    expect(one.view()).toMatchObject({ locked: [{ owner: 'z', ticket: 2 }], waiting: [] });
  });

  test('who does not stand in it does not get in before those who do', () => {
    const one = line('y');
    one.release(claim('x'), 10);
    expect(one.acquire(claim('w'), 11, 0)).toBeNull();
  });

  test('who does not ask again in time has left it', () => {
    const one = line('y', 'z');
    expect(one.acquire(fair('z'), 99, 0)).toBeNull();
    expect(one.acquire(fair('z'), 100, 0)).toEqual({ token: 2 });
  });

  test('who gives up has left it', () => {
    const one = line('y', 'z');
    expect(one.release(fair('y'), 10)).toBe(false);
    one.release(claim('x'), 11);
    expect(one.acquire(fair('z'), 12, 0)).toEqual({ token: 2 });
  });

  test('who is told of its turn late has the lock for its whole ttl from then on', () => {
    const one = new LockTable(true, soundRules);
    one.acquire(fair('y'), 0, 0);
    expect(one.acquire(fair('y'), 60, 0)).toEqual({ token: 1 });
    expect(one.at('a', 159)?.owner).toBe('y');
  });

  test('something is due when the next lock or place ends', () => {
    const one = line();
    expect(one.dueMs).toBe(100);
    one.acquire({ ...fair('y'), ttlMs: 30 }, 20, 0);
    expect(one.dueMs).toBe(50);
    one.purge(100);
    expect(one.dueMs).toBeNull();
  });
});

describe('an order of all keys', () => {
  test('is that of their code units, each key once', () => {
    expect(inOrder(['b', 'a', 'B', 'b'])).toEqual(['B', 'a', 'b']);
  });

  test.each([
    [[], 'a', false],
    [['a'], 'b', false],
    [['a'], 'a', false],
    [['a', 'c'], 'b', true],
  ] as const)('who has %j and asks for %s is refused: %s', (taken, key, isRefused) => {
    const ask = () => mustBeInOrder(taken, key);
    if (isRefused) expect(ask).toThrow('"b" cannot be had after "c"');
    else expect(ask).not.toThrow();
  });
});

test('a client counts from before it asked, however long the answer took', () => {
  expect(soundRules.countsFrom(100, 180)).toBe(100);
});

test('MIN_VALIDITY is TTL less what has passed since the request, less the clock drift', () => {
  expect(believedMs(1000, 10_000)).toBe(988);
});

test('a client retries after a random delay, that doubles up to 16 times', () => {
  expect(retryDelayUs(0, 10, () => 0)).toBe(5_000);
  expect(retryDelayUs(0, 10, (limit) => limit - 1)).toBe(15_000);
  expect(retryDelayUs(4, 10, () => 0)).toBe(80_000);
  expect(retryDelayUs(40, 10, () => 0)).toBe(80_000);
});

test.each([
  [null, null, true],
  [null, 33, true],
  [33, 33, true],
  [33, 34, true],
  [34, 33, false],
  [34, null, false],
])(
  'the storage server rejects a token that has gone back: after %s, %s is let in: %s',
  (newest, token, isIn) => expect(admits(newest, token)).toBe(isIn),
);

test.each([
  [['yes', 'yes'], 3, 'yes'],
  [['yes', 'unknown', 'yes'], 3, 'yes'],
  [['yes', 'no'], 3, undefined],
  [['no', 'no'], 3, 'no'],
  [['no', 'unknown'], 3, undefined],
  [['no', 'unknown', 'yes'], 3, 'unknown'],
  [['yes', 'yes'], 5, undefined],
  [['no', 'no', 'no'], 5, 'no'],
  [['yes', 'yes'], 4, undefined],
  [['no', 'no'], 4, 'no'],
] as const)(
  'the lock is acquired if the majority of instances grants it: %j of %i is %s',
  (says, size, all) => expect(tally(says, size)).toBe(all),
);

test('who is known to a majority holds the lock, until the first of it lets go', () => {
  const info = (owner: string, ttl: number): LockInfo => ({
    key: 'a',
    owner,
    ttl,
    acquiredAt: 0,
    expiresAt: ttl,
    token: null,
  });
  expect(heldByMajority([info('x', 5), info('y', 9), info('x', 3)], 3)?.ttl).toBe(3);
  expect(heldByMajority([info('x', 5), info('y', 9)], 3)).toBeNull();
  // Nobody holds it, or it hangs on those that were silent.
  expect(holderOf([info('x', 5), info('y', 9), info('y', 9)], 0, 5)).toBeNull();
  expect(() => holderOf([info('x', 5), info('y', 9), info('y', 9)], 1, 5)).toThrow('no majority has said');
  expect(holderOf([], 2, 5)).toBeNull();
  expect(() => holderOf([], 3, 5)).toThrow('no majority has said');
});

describe('a primary and its replicas', () => {
  const at = (id: string, epoch: number, offset: number, tried = 0) => ({ id, epoch, offset, tried });

  test.each([
    [1, 1, true],
    [1, 3, false],
    [2, 3, true],
    [2, 5, false],
    [3, 5, true],
  ])('a change is answered for when a majority has it: %i of %i: %s', (copies, size, isEnough) =>
    expect(isAcknowledged(copies, size)).toBe(isEnough),
  );

  test('the replica that has most is promoted, and a later epoch is more than any offset', () => {
    expect(promoted([at('n1', 1, 9), at('n2', 2, 1), at('n3', 2, 3)], 3)).toBe('n3');
    expect(promoted([at('n2', 2, 1), at('n3', 1, 9)], 3)).toBe('n2');
  });

  test('of several that have all that was answered for, who was tried last is passed over', () => {
    // What n3 has more than the others, nobody was told of: a majority is without it.
    expect(promoted([at('n1', 2, 5, 1), at('n2', 2, 5), at('n3', 2, 9, 3)], 3)).toBe('n2');
    expect(promoted([at('n1', 2, 5, 4), at('n2', 2, 4), at('n3', 2, 9, 3)], 3)).toBe('n3');
    expect(promoted([at('n1', 2, 5, 4), at('n2', 2, 5, 5), at('n3', 2, 9, 6)], 3)).toBe('n1');
  });

  test('who may lack something that was answered for is never promoted, however rarely it was tried', () => {
    expect(promoted([at('n1', 2, 5), at('n3', 2, 9, 3)], 3)).toBe('n3');
    expect(promoted([at('n1', 1, 50), at('n2', 2, 5, 1), at('n3', 2, 9, 2)], 3)).toBe('n2');
    expect(
      promoted(
        [1, 2, 3, 4].map((offset) => at(`n${offset}`, 2, offset, offset)),
        5,
      ),
    ).toBe('n3');
  });

  test.each([
    [1000, 900, false],
    [1000, 501, false],
    [1000, 500, true],
  ])('at %i a primary that was sure of its majority at %i leaves its office: %s', (nowMs, sureMs, leaves) =>
    expect(mustResign(nowMs, sureMs, 500)).toBe(leaves),
  );

  test('nobody is promoted by less than a majority, for it may not have what was answered for', () => {
    expect(promoted([at('n1', 1, 9)], 3)).toBeNull();
  });
});

test('a node that forgets is silent for a bit more than the longest ttl', () => {
  const options = { persistence: 'none', ttlMax: 1000, driftPpm: 10_000 };
  expect(soundRules.restartDelayMs(options as never)).toBe(1012);
  expect(soundRules.restartDelayMs({ ...options, persistence: 'every-second' } as never)).toBe(1012);
  expect(soundRules.restartDelayMs({ ...options, persistence: 'always' } as never)).toBe(0);
});

test('one timer looks after all that ends, and rings again for what is left', () => {
  let nowMs = 0;
  const timers: { at: number; task: () => void; cancelled: boolean }[] = [];
  const clock = {
    elapsed: () => nowMs,
    after(ms: number, task: () => void) {
      const timer = { at: nowMs + ms, task, cancelled: false };
      timers.push(timer);
      const cancel = () => {
        timer.cancelled = true;
      };
      return { cancel };
    },
  };
  const ends = [50, 30, 90];
  const rung: number[] = [];
  const watch = alarm(
    clock,
    () => (ends.length === 0 ? null : Math.min(...ends) - nowMs),
    () => {
      rung.push(nowMs);
      for (const end of ends.filter((one) => one <= nowMs)) ends.splice(ends.indexOf(end), 1);
    },
  );
  for (let times = 0; times < 5; times++) watch();
  ends.push(20);
  watch();
  for (;;) {
    const set = timers.filter(({ cancelled }) => !cancelled);
    expect(set.length).toBeLessThanOrEqual(1);
    const [next] = set;
    if (next === undefined) break;
    next.cancelled = true;
    nowMs = next.at;
    next.task();
  }
  expect(rung.map(Math.floor)).toEqual([20, 30, 50, 90]);
});
