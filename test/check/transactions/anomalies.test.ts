/** Every anomaly by hand: what it is called, which levels it rules out, and which it leaves possible. */
import { describe, expect, test } from 'vitest';
import {
  type AnomalyName,
  anomaliesAbout,
  type IsolationLevel,
  isolated,
  isolationLevels,
  type Operation,
} from '../../../sim/check/index.ts';
import { lists, names, registers } from './notation.ts';

/** The weakest levels that a history breaks; it must hold at all others. */
function breaks(
  history: readonly Operation[],
  found: readonly AnomalyName[],
  weakest: readonly IsolationLevel[],
  versionOrders: Record<string, number[]> = {},
): void {
  const workload = JSON.stringify(history).includes('append') ? 'list-append' : 'rw-register';
  const verdicts = new Map(
    isolationLevels.map((level) => [level, isolated(history, { workload, level, versionOrders })]),
  );
  const strict = verdicts.get('strict-serializable')!;
  expect(names(strict)).toEqual([...found].sort());
  const broken = isolationLevels.filter((level) => verdicts.get(level)!.verdict === 'broken');
  expect(strict.levels.ruledOut).toEqual(broken);
  expect(strict.levels.possible).toEqual(isolationLevels.filter((level) => !broken.includes(level)));
  const above: Record<IsolationLevel, IsolationLevel[]> = {
    'read-uncommitted': [...isolationLevels],
    'read-committed': isolationLevels.slice(1),
    'repeatable-read': [
      'repeatable-read',
      'serializable',
      'strong-session-serializable',
      'strict-serializable',
    ],
    'snapshot-isolation': isolationLevels.slice(3),
    serializable: ['serializable', 'strong-session-serializable', 'strict-serializable'],
    'strong-session-snapshot-isolation': isolationLevels.slice(5),
    'strong-session-serializable': ['strong-session-serializable', 'strict-serializable'],
    'strong-snapshot-isolation': ['strong-snapshot-isolation', 'strict-serializable'],
    'strict-serializable': ['strict-serializable'],
  };
  const expected = new Set(weakest.flatMap((level) => above[level]));
  expect(broken).toEqual(isolationLevels.filter((level) => expected.has(level)));
}

describe('cycles in lists', () => {
  test('Adya 4.2.1, G0: two keys are written in opposite orders', () => {
    breaks(lists('ax1 ay1', 'ax2 ay2', 'rx12', 'ry21'), ['G0'], ['read-uncommitted']);
    breaks(lists('ax1 ay1', 'ax2 ay2', 'rx12', 'ry12'), [], []);
  });
  test('Adya 4.2.2, G1c: each reads what the other wrote', () => {
    breaks(lists('ax1 ry1', 'ay1 rx1'), ['G1c'], ['read-committed']);
  });
  test('Adya 4.4.1, G-single: one read sees a transaction, the next one does not', () => {
    breaks(lists('ax1 ay1', 'rx1 ry_'), ['G-single'], ['repeatable-read', 'snapshot-isolation']);
    breaks(lists('ax1 ay1', 'rx1 ry1', 'rx_ ry_'), [], []);
  });
  test('Cerone & Gotsman 2016, theorem 9: a long fork has anti-dependencies, but none are adjacent', () => {
    const fork = lists('ax1', 'ay1', 'rx1 ry_', 'ry1 rx_');
    breaks(fork, ['G-nonadjacent'], ['repeatable-read', 'snapshot-isolation']);
  });
  test('a long fork is found beside a shorter cycle whose anti-dependencies are adjacent', () => {
    const both = lists('ax1', 'ay1 rx_', 'rx1 ry_', 'ry1 rx_');
    breaks(both, ['G-nonadjacent', 'G2-item'], ['repeatable-read', 'snapshot-isolation']);
  });
  test('a long cycle with one anti-dependency is found beside a shorter one with two', () => {
    const both = lists('ax1', 'ay1', 'ry1 rx_', 'ry1 ab1', 'rb1 ac1', 'rc1 ad1', 'rx1 ry_ rd1');
    breaks(both, ['G-nonadjacent', 'G-single'], ['repeatable-read', 'snapshot-isolation']);
  });
  test('Adya 4.2.3, G2-item: write skew, which snapshot isolation allows', () => {
    breaks(lists('rx_ ay1', 'ry_ ax1', 'rx1 ry1'), ['G2-item'], ['repeatable-read']);
  });
  test('Fekete et al. 2004: a read-only transaction sees what snapshot isolation allows and no order has', () => {
    const history = lists('rx_ ry_ ax1', 'ay1', 'rx_ ry1', 'rx1 ry1');
    breaks(history, ['G2-item'], ['repeatable-read']);
  });
});

describe('cycles with the order of sessions and of time', () => {
  const [one, two] = ['p1 @0-0', 'p1 @0-0'];
  test('G0-process: a session appends in one order, and the list has the other', () => {
    breaks(lists(`${one} ax1`, `${two} ax2`, 'rx21'), ['G0-process'], ['strong-session-snapshot-isolation']);
  });
  test('G1c-process: a session read what was written after it wrote', () => {
    const history = lists(`${one} rx1`, `${two} ay1`, 'ry1 ax1');
    breaks(history, ['G1c-process'], ['strong-session-snapshot-isolation']);
  });
  test('G-single-process: a session does not see its own write', () => {
    const history = lists(`${one} ax1`, `${two} rx_`, 'rx1');
    breaks(history, ['G-single-process'], ['strong-session-snapshot-isolation']);
  });
  test('G-nonadjacent-process: two sessions see each other late', () => {
    const history = lists('p1 @0-0 ax1', 'p1 @0-0 ry_', 'p2 @0-0 ay1', 'p2 @0-0 rx_', 'rx1 ry1');
    breaks(history, ['G-nonadjacent-process'], ['strong-session-snapshot-isolation']);
  });
  test('G2-item-process: write skew that closes through a session', () => {
    const history = lists(`${one} ax1`, `${two} ry_`, 'ay1 rz_', 'az1 rx_', 'rx1 ry1 rz1');
    breaks(history, ['G2-item-process'], ['strong-session-serializable']);
  });
  test('G0-realtime: the earlier append is behind the later one', () => {
    breaks(lists('@0-1 ax1', '@2-3 ax2', 'rx21'), ['G0-realtime'], ['strong-snapshot-isolation']);
  });
  test('G1c-realtime: a read sees the future', () => {
    const history = lists('@0-1 rx1', '@2-3 ay1', 'ry1 ax1');
    breaks(history, ['G1c-realtime'], ['strong-snapshot-isolation']);
  });
  test('G-single-realtime: a stale read', () => {
    breaks(lists('@0-1 ax1', '@2-3 rx_', 'rx1'), ['G-single-realtime'], ['strong-snapshot-isolation']);
    breaks(lists('@0-2 ax1', '@2-3 rx_', 'rx1'), [], []);
  });
  test('the moments between two transactions do not count: one step of time is one step', () => {
    const between = Array.from({ length: 9 }, (_, at) => `@${2 + 2 * at}-${3 + 2 * at} az${at + 1}`);
    const history = lists('@0-1 ax1', ...between, '@0-99 rx1 ay1', '@50-60 ry1 rx_', 'rz123456789');
    const weakest = ['repeatable-read', 'snapshot-isolation'] as const;
    breaks(history, ['G-single', 'G-single-realtime'], weakest);
  });
  test('G-nonadjacent-realtime: a long fork that closes through time', () => {
    const history = lists('@0-9 ax1', '@0-9 rx1 ry_', '@0-1 ay1', '@2-3 rx_', '@0-9 rx1 ry1');
    breaks(history, ['G-nonadjacent-realtime'], ['strong-snapshot-isolation']);
  });
  test('G2-item-realtime: write skew that closes through time', () => {
    const history = lists('@0-1 ax1', '@2-9 ry_', '@0-9 ay1 rz_', '@0-9 az1 rx_', '@0-9 rx1 ry1 rz1');
    breaks(history, ['G2-item-realtime'], ['strict-serializable']);
  });
  test('a transaction of unknown fate comes after what had returned before it, and before nothing', () => {
    breaks(lists('@0-1 ax1', '@2-3 ax2 ?', 'rx21'), ['G0-realtime'], ['strong-snapshot-isolation']);
    breaks(lists('@0-1 ax1 ?', '@2-3 ax2', 'rx21'), [], []);
    breaks(lists('p1 @0-0 ax1 ?', 'p1 @0-0 ax2', 'rx21'), [], []);
  });
});

describe('what a read of a list cannot be', () => {
  test('Adya 4.2.2, G1a: written by a transaction that failed', () => {
    breaks(lists('ax1 !', 'ax2', 'rx21', 'rx2'), ['G1a'], ['read-committed']);
    breaks(lists('ax1 !', 'ax2', 'rx2'), [], []);
    breaks(lists('ax1 ax2 !', 'rx1'), ['G1a'], ['read-committed']);
  });
  test('Elle 6.1, dirty update: an aborted element under a committed one', () => {
    breaks(lists('ax1 !', 'ax2', 'rx12'), ['G1a', 'dirty-update'], ['read-committed']);
  });
  test('Adya 4.2.2, G1b: a version that its writer went on to replace', () => {
    breaks(lists('ax1 ax2', 'rx1', 'rx12'), ['G-single', 'G1b'], ['read-committed']);
    breaks(lists('ax1 ax2', 'rx12', 'rx_'), [], []);
  });
  test('internal: not what the transaction itself had read or appended', () => {
    breaks(lists('ax1 rx_', 'rx1'), ['internal'], ['repeatable-read', 'snapshot-isolation']);
    breaks(lists('ax1', 'rx_ rx1'), ['G-single', 'internal'], ['repeatable-read', 'snapshot-isolation']);
    breaks(lists('ax1', 'rx1 ax2 rx12', 'rx12'), [], []);
    breaks(lists('ax1 rx_ rx_', 'rx1'), ['internal'], ['repeatable-read', 'snapshot-isolation']);
    breaks(lists('ax1 ax2 rx1', 'rx12'), ['internal'], ['repeatable-read', 'snapshot-isolation']);
  });
  test('future read: its own later append', () => {
    breaks(lists('rx1 ax1', 'rx1'), ['future-read'], ['read-committed']);
    breaks(lists('ax1 rx1', 'rx1'), [], []);
    breaks(lists('ax1 rx12', 'ax2'), ['G1c', 'internal'], ['read-committed']);
  });
  test('Adya 4.4.1, lost update: two read a version and both replace it', () => {
    const unread = lists('rx_ ax1', 'rx_ ax2', 'rx_');
    breaks(unread, ['G2-item', 'lost-update'], ['repeatable-read', 'snapshot-isolation']);
    breaks(lists('rx_ ax1', 'rx1 ax2', 'rx12'), [], []);
    const read = lists('ax1 rx1', 'ax2 rx2', 'rx12');
    breaks(read, ['G-single', 'lost-update'], ['repeatable-read', 'snapshot-isolation']);
  });
  test('Elle 6.1, duplicate elements: appended once, there twice', () => {
    breaks(lists('ax1', 'ax2', 'rx121'), ['duplicate-elements'], ['read-uncommitted']);
  });
  test('Elle 6.1, incompatible order: neither read continues the other', () => {
    breaks(lists('ax1', 'ax2', 'rx12', 'rx2'), ['incompatible-order'], ['read-committed']);
    breaks(lists('ax1 ax2', 'rx21'), ['G1b', 'incompatible-order'], ['read-committed']);
    breaks(lists('ax1 ax2', 'rx2'), ['incompatible-order'], ['read-committed']);
    // Of two orders that contradict each other neither is taken, or this would be G0.
    const disputed = lists('ax1 ay1', 'ax2 ay2', 'rx12', 'rx21', 'ry21');
    breaks(disputed, ['incompatible-order'], ['read-committed']);
    breaks(lists('ax1', 'ax2', 'rx1'), ['incompatible-order'], ['read-committed'], { x: [2, 1] });
    breaks(lists('ax1', 'ax2', 'rx1'), [], [], { x: [1, 2] });
  });
  test('garbage read: nobody ever wrote it', () => {
    breaks(lists('ax1', 'rx71'), ['garbage-read'], ['read-uncommitted']);
  });
  test('elements are compared in depth, and 1 is not "1"', () => {
    const [write, read] = lists('ax1', 'rx1');
    const as = (element: unknown, found: unknown) => [
      { ...write, value: [['append', 'x', element]], output: [['append', 'x', element]] },
      { ...read, output: [['r', 'x', [found]]] },
    ];
    breaks(as({ a: 1, b: [2] }, { b: [2], a: 1 }), [], []);
    breaks(as(1, '1'), ['garbage-read'], ['read-uncommitted']);
    breaks(as([1], '[1]'), ['garbage-read'], ['read-uncommitted']);
  });
});

describe('lists of which the end was never read', () => {
  test('what was committed and is not in the longest read comes after it', () => {
    breaks(
      lists('ax1', '@0-1 rx1', 'ax2 ay1', 'ry1 rx1'),
      ['G-single'],
      ['repeatable-read', 'snapshot-isolation'],
    );
  });
  test('many readers and many unread writers need no pair of each', () => {
    const readers = Array.from({ length: 500 }, (_, at) => `p${at} @0-9 rx_`);
    const writers = Array.from({ length: 9 }, (_, at) => `ax${at + 1}`);
    const many = Array.from({ length: 50 }, (_, round) => writers.map((text) => `${text}${round}`)).flat();
    const { verdict, edges } = isolated(lists(...readers, ...many), { workload: 'list-append' });
    expect(verdict).toBe('held');
    expect(edges.rw).toBe(500);
    const late = lists(...readers, ...many.map((text) => `@0-1 ${text}`), '@2-3 ay1 rx_');
    const stale = isolated(late, { workload: 'list-append' });
    expect(names(stale)).toEqual(['G-single-realtime']);
    const [anomaly] = stale.anomalies;
    expect(anomaly.transactions).toHaveLength(2);
    expect(anomaly.cycle!.find(({ kind }) => kind === 'rw')).toMatchObject({ key: 'x', before: null });
  });
  test('among many, a reader who writes too does not come before itself', () => {
    const updater = ['ax7 rx7'];
    const readers = Array.from({ length: 100 }, () => 'rx_');
    const writers = Array.from({ length: 100 }, (_, at) => `ax${at + 100}`);
    const first = [...readers, ...updater, ...writers];
    expect(isolated(lists(...first), { workload: 'list-append' }).verdict).toBe('held');
    // It comes before every other writer, those before it in the history and those after it.
    for (const place of [0, 50, 99]) {
      const before = writers.with(place, `${writers[place]} ay1`);
      const amid = [...readers, ...before.slice(0, 40), 'ax7 rx7 ry1', ...before.slice(40)];
      expect(names(isolated(lists(...amid), { workload: 'list-append' }))).toEqual(['G-single']);
    }
  });
});

describe('registers', () => {
  test('Adya 4.2.1, G0: with the orders of versions given', () => {
    const history = registers('wx1 wy1', 'wx2 wy2', 'rx2 ry1');
    breaks(history, ['G0'], ['read-uncommitted'], {
      x: [1, 2],
      y: [2, 1],
    });
  });
  test('Adya 4.2.2, G1c needs no order of versions', () => {
    breaks(registers('wx1 ry1', 'wy1 rx1'), ['G1c'], ['read-committed']);
  });
  test('Adya 4.4.1, G-single: the initial version comes before all others', () => {
    breaks(registers('wx1 wy1', 'rx1 ry_'), ['G-single'], ['repeatable-read', 'snapshot-isolation']);
  });
  test('Adya 4.2.3, G2-item: write skew', () => {
    breaks(registers('rx_ wy1', 'ry_ wx1'), ['G2-item'], ['repeatable-read']);
  });
  test('who read a version and wrote another installed it after', () => {
    const history = registers('wx1', 'rx1 wx2 wy1', 'ry1 rx1');
    breaks(history, ['G-single'], ['repeatable-read', 'snapshot-isolation']);
    breaks(registers('wx1', 'wx2 wy1', 'ry1 rx1'), [], []);
  });
  test('lost update: whichever came later, it did not see the other', () => {
    const history = registers('wx1', 'rx1 wx2', 'rx1 wx3');
    breaks(history, ['G2-item', 'lost-update'], ['repeatable-read', 'snapshot-isolation']);
    breaks(registers('wx1', 'rx1 wx2', 'rx2 wx3'), [], []);
    breaks(registers('wx1 rx1', 'wx2 rx2', 'ry_ rx1'), [], []);
  });
  test('cyclic versions: each was written by who had read the other', () => {
    const history = registers('rx1 wx2', 'rx2 wx1');
    breaks(history, ['G1c', 'cyclic-versions'], ['read-committed']);
  });
  test('G1a, G1b, internal, future and garbage reads', () => {
    breaks(registers('wx1 !', 'rx1'), ['G1a'], ['read-committed']);
    breaks(registers('wx1 wx2', 'rx1'), ['G1b'], ['read-committed']);
    breaks(registers('wx1 wx2', 'rx2'), [], []);
    breaks(registers('wx1 rx_'), ['internal'], ['repeatable-read', 'snapshot-isolation']);
    breaks(registers('wx1 wx2 rx1'), ['internal'], ['repeatable-read', 'snapshot-isolation']);
    breaks(registers('rx1 rx_', 'wx1'), ['G-single', 'internal'], ['repeatable-read', 'snapshot-isolation']);
    breaks(registers('rx1 wx1'), ['future-read'], ['read-committed']);
    breaks(registers('rx7', 'wx1'), ['garbage-read'], ['read-uncommitted']);
  });
  test('with the order given: an aborted version under a committed one, and one that was never installed', () => {
    breaks(registers('wx1 !', 'wx2', 'rx2'), ['dirty-update'], ['read-committed'], { x: [1, 2] });
    breaks(registers('wx1 ?', 'wx2', 'rx1', 'rx2'), ['G1a'], ['read-committed'], { x: [2] });
  });
  test('a stale read shows only where the order of versions is known or assumed', () => {
    const history = registers('@0-1 wx1', '@2-3 wx2', '@4-5 rx1');
    const judge = (options: object) => isolated(history, { workload: 'rw-register', ...options });
    expect(judge({})).toMatchObject({ verdict: 'unknown', inference: { strength: 'partial' } });
    expect(names(judge({ versionOrders: { x: [1, 2] } }))).toEqual(['G-single-realtime']);
    expect(judge({ versionOrders: { x: [2, 1] } }).verdict).toBe('broken');
    expect(names(judge({ assume: 'linearizable-keys' }))).toEqual(['cyclic-versions']);
  });
  test('sequential keys: the order of a session is that of the versions it touches', () => {
    const history = registers('p1 @0-0 wx1', 'p1 @0-0 wx2 wy1', 'rx1 ry1');
    const judge = (options: object) => isolated(history, { workload: 'rw-register', ...options });
    expect(judge({}).counts).toEqual({});
    expect(names(judge({ assume: 'sequential-keys' }))).toEqual(['G-single']);
    expect(judge({ assume: 'sequential-keys' }).edges.ww).toBe(1);
  });
  test('linearizable keys: the order of time is that of versions, and what it implies is left out', () => {
    const history = registers('@0-1 wx1', '@2-3 wx2', '@4-9 wx3 wy1', '@4-9 rx2 ry1');
    const { counts, edges } = isolated(history, { workload: 'rw-register', assume: 'linearizable-keys' });
    expect(Object.keys(counts)).toEqual(['G-single']);
    expect(edges.ww).toBe(2);
  });
});

test('every anomaly has a line that says what it is', () => {
  const found: AnomalyName[] = ['G0', 'G1c', 'G-single', 'G-nonadjacent', 'G2-item', 'G1a', 'G1b'];
  for (const name of found) expect(anomaliesAbout[name]).toMatch(/\((Adya|Cerone)/);
});
