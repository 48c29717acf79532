/** What a cache keeps and for how long, who may load, and what may be set. */
import { describe, expect, test } from 'vitest';
import { noStatistics, sum } from '../../../protocols/caching/cache.ts';
import { Entries } from '../../../protocols/caching/entries.ts';
import { matches } from '../../../protocols/caching/glob.ts';
import { Leases, mayFill, mayLoad } from '../../../protocols/caching/leases.ts';
import { soundRules } from '../../../protocols/caching/rules.ts';
import { Seen } from '../../../protocols/caching/session.ts';

describe('a pattern', () => {
  test.each([
    ['*', '', true],
    ['*', 'anything at all', true],
    ['user:*', 'user:7', true],
    ['user:*', 'user:', true],
    ['user:*', 'session:user:7', false],
    ['*:7', 'user:7', true],
    ['*:7', 'user:77', false],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'axbxbxc', true],
    ['a*b*c', 'acb', false],
    ['**', 'a', true],
    ['', '', true],
    ['', 'a', false],
    ['a.c', 'abc', false],
    ['a?c', 'abc', false],
    ['[a]', '[a]', true],
  ] as const)('"%s" for "%s": %s', (pattern, text, does) => {
    expect(matches(pattern, text)).toBe(does);
  });

  test('with many stars takes no time to fail', () => {
    expect(matches(`${'*a'.repeat(50)}b`, 'a'.repeat(10_000))).toBe(false);
  });
});

describe('the entries of a cache', () => {
  const entry = (value: number, version: number, untilMs = 1000) => ({ value, version, untilMs });

  test('are served until their time is over, and not in that moment', () => {
    const entries = new Entries(10);
    entries.put('a', entry(7, 1, 100));
    expect(entries.get('a', 99)?.value).toBe(7);
    expect(entries.get('a', 100)).toBeUndefined();
    expect(entries.expirations).toBe(1);
  });

  test('that are over go, even if nobody asks for them', () => {
    const entries = new Entries(10);
    entries.put('a', entry(1, 1, 100));
    entries.put('b', entry(2, 2, 200));
    expect(entries.expire(150)).toBe(true);
    expect(entries.expire(150)).toBe(false);
    expect(entries.values()).toEqual([['b', 2]]);
  });

  test('make room for others, the one that was not asked for the longest first', () => {
    const entries = new Entries(2);
    entries.put('a', entry(1, 1));
    entries.put('b', entry(2, 2));
    entries.get('a', 0);
    entries.put('c', entry(3, 3));
    expect(entries.values()).toEqual([
      ['a', 1],
      ['c', 3],
    ]);
    expect(entries.evictions).toBe(1);
  });

  test('never give way to an older version', () => {
    const entries = new Entries(2);
    entries.put('a', entry(2, 5));
    entries.put('a', entry(1, 4));
    expect(entries.get('a', 0)?.value).toBe(2);
  });

  test('go when the key has a newer version, and stay if it is their own', () => {
    const entries = new Entries(2);
    entries.put('a', entry(1, 4));
    entries.invalidate('a', 4);
    expect(entries.get('a', 0)).toBeDefined();
    entries.invalidate('a', 5);
    expect(entries.get('a', 0)).toBeUndefined();
    expect(entries.invalidations).toBe(1);
  });

  test('go all that match a pattern', () => {
    const entries = new Entries(5);
    for (const [at, key] of ['user:1', 'user:2', 'item:1'].entries()) entries.put(key, entry(at, at));
    expect(entries.invalidateAll('user:*')).toBe(2);
    expect(entries.values()).toEqual([['item:1', 2]]);
  });
});

describe('§3.2.1 leases', () => {
  const leases = () => new Leases(100, mayLoad);

  test('the server hands out one token a key at a time: who else misses must wait', () => {
    const own = leases();
    expect(own.grant('a', 0, 50)).toMatchObject({ key: 'a' });
    expect(own.grant('a', 10, 50)).toBeNull();
    expect(own.grant('b', 10, 50)).not.toBeNull();
    expect(own.keys()).toEqual(['a', 'b']);
  });

  test('when it is over another one is handed out, and the old token is of no use', () => {
    const own = leases();
    const first = own.grant('a', 0, 50)!;
    const second = own.grant('a', 50, 50)!;
    expect(second.token).not.toBe(first.token);
    expect(own.redeem('a', first.token, 60)).toBeUndefined();
    expect(own.redeem('a', second.token, 60)).toBe(second);
  });

  test('a token serves once', () => {
    const own = leases();
    const { token } = own.grant('a', 0, 50)!;
    expect(own.redeem('a', token, 10)).toBeDefined();
    expect(own.redeem('a', token, 10)).toBeUndefined();
    expect(own.keys()).toEqual([]);
  });

  test('a set is refused if the key has been invalidated since: unless the value is as new as that', () => {
    const own = leases();
    const { token } = own.grant('a', 0, 50)!;
    own.invalidate('a', 7);
    own.invalidate('a', 6);
    const lease = own.redeem('a', token, 10);
    expect(mayFill(lease, 6)).toBe(false);
    expect(mayFill(lease, 7)).toBe(true);
    expect(mayFill(undefined, 7)).toBe(false);
  });

  test('an invalidation by pattern spoils the loads under way, and lets no second one begin', () => {
    const own = leases();
    const { token } = own.grant('user:1', 0, 50)!;
    own.invalidateAll('user:*');
    expect(own.grant('user:1', 10, 50)).toBeNull();
    expect(mayFill(own.redeem('user:1', token, 20), 1_000_000)).toBe(false);
  });

  test('a write on its way through the cache is no load', () => {
    const own = leases();
    const write = own.forWrite('a', 0);
    expect(own.keys()).toEqual([]);
    expect(own.grant('a', 0, 50)).not.toBeNull();
    expect(own.expire(60)).toBe(true);
    expect(own.redeem('a', write.token, 1_000_000)).toBe(write);
  });
});

test.each([
  ['that was done', { isDone: true, isRepeated: false }, true],
  [
    'that was done when it was asked for before: who asked then may have told nobody',
    { isDone: true, isRepeated: true },
    true,
  ],
  ['that was not done', { isDone: false, isRepeated: false }, false],
] as const)('whether the others are told of a write %s', (_, written, told) => {
  expect(soundRules.mustTell({ version: 7, ...written })).toBe(told);
});

describe('what a session has seen', () => {
  test('of a key is its newest version, whatever came later', () => {
    const seen = new Seen(10);
    expect(seen.atLeast('a')).toBe(0);
    seen.note('a', 5);
    seen.note('a', 3);
    expect(seen.atLeast('a')).toBe(5);
    expect(seen.atLeast('b')).toBe(0);
  });

  test('and forgotten is the one that was not used for the longest; then nothing older than that is seen', () => {
    const seen = new Seen(2);
    seen.note('a', 5);
    seen.note('b', 9);
    seen.note('a', 2);
    seen.note('c', 1);
    expect(['a', 'b', 'c', 'd'].map((key) => seen.atLeast(key))).toEqual([5, 9, 1, 9]);
    // The floor does not sink, and what is held to it may turn out older.
    seen.note('d', 3);
    expect(['a', 'b', 'c', 'd'].map((key) => seen.atLeast(key))).toEqual([9, 9, 1, 3]);
  });
});

test('statistics add up', () => {
  const one = { ...noStatistics, hits: 2, misses: 1 };
  expect(sum([one, { ...one, loads: 3 }])).toEqual({ ...noStatistics, hits: 4, misses: 2, loads: 3 });
  expect(sum([])).toEqual(noStatistics);
});
