import { describe, expect, test } from 'vitest';
import {
  atMostOneInFlight,
  atomicCommitment,
  type Ballot,
  type Configuration,
  deletedStaysDeleted,
  disjointQuorums,
  type Effect,
  type Entry,
  type Holding,
  mutualExclusion,
  type NumberedConfiguration,
  quorumSizesProblem,
  sagaOrder,
  sagasEnd,
  successiveQuorumsMeet,
  tableNeverGoesBack,
} from '../../sim/check/index.ts';
import { complaints, endOf } from './watched.ts';

describe('mutual exclusion', () => {
  const claim = mutualExclusion('lock', 'One holder at a time.', (state) => state as Holding[]);
  const orders: Holding = { resource: 'orders' };
  const until = (seconds: number): Holding => ({ ...orders, untilUs: seconds * 1_000_000 });
  test('two hosts hold a lock at one time', () => {
    expect(complaints(claim, ['c1', [orders]], ['c2', [orders]])).toEqual([
      'c1 and c2 both hold "orders" at 1s: c1 since 0s, c2 since 1s',
    ]);
  });
  test('one lets go, dies, or holds another one', () => {
    expect(complaints(claim, ['c1', [orders]], ['c1', []], ['c2', [orders]])).toEqual([]);
    expect(complaints(claim, ['c1', [orders]], ['c1', 'down'], ['c2', [orders]])).toEqual([]);
    expect(complaints(claim, ['c1', [orders]], ['c2', [{ resource: 'goods' }]])).toEqual([]);
  });
  test('leases of two holders never overlap', () => {
    expect(complaints(claim, ['c1', [until(5)], 0], ['c2', [until(9)], 5])).toEqual([]);
    expect(complaints(claim, ['c1', [until(5)], 0], ['c2', [until(9)], 4])).toEqual([
      'c1 and c2 both hold "orders" at 4s: c1 since 0s until 5s, c2 since 4s until 9s',
    ]);
  });
  test('a lease renewed too late', () => {
    expect(complaints(claim, ['c1', [until(5)], 0], ['c2', [until(9)], 6], ['c1', [until(8)], 7])).toEqual([
      'c2 and c1 both hold "orders" at 7s: c2 since 6s until 9s, c1 since 7s until 8s',
    ]);
  });
  test('a lease that is over excludes nobody, though it is still shown', () => {
    expect(complaints(claim, ['c1', [until(5)], 0], ['c2', [until(9)], 6], ['c1', [until(5)], 7])).toEqual(
      [],
    );
  });
  test('readers share', () => {
    const shared = { ...orders, isShared: true };
    expect(complaints(claim, ['c1', [shared]], ['c2', [shared]])).toEqual([]);
    expect(complaints(claim, ['c1', [shared]], ['c2', [orders]])).toHaveLength(1);
    expect(complaints(claim, ['c1', [orders]], ['c2', [shared]])).toHaveLength(1);
  });
});

test('at most one load of a key is in flight, over all hosts', () => {
  const claim = atMostOneInFlight('single-flight', 'One load a key.', (state) => state as string[]);
  expect(complaints(claim, ['n1', ['a']], ['n2', ['b']], ['n1', []], ['n2', ['a', 'b']])).toEqual([]);
  expect(complaints(claim, ['n1', ['a']], ['n2', ['a']])).toEqual([
    '2 loads of "a" are in flight at 1s: at n1, n2',
  ]);
  expect(complaints(claim, ['n1', ['a', 'a']])).toEqual(['2 loads of "a" are in flight at 0s: at n1, n1']);
  expect(complaints(claim, ['n1', ['a']], ['n1', 'down'], ['n2', ['a']])).toEqual([]);
});

describe('numbers by name that never go back', () => {
  const table = (restarts: 'keep it' | 'may take it back') =>
    tableNeverGoesBack('fencing', 'Tokens never go back.', {
      noun: 'fencing token',
      restarts,
      numbers: (state) => Object.entries(state as Record<string, number>),
    });
  const fencing = table('keep it');
  test('a resource accepts no token older than one it has accepted', () => {
    expect(complaints(fencing, ['s', { x: 3 }], ['s', { x: 3, y: 1 }], ['s', { x: 4, y: 1 }])).toEqual([]);
    expect(complaints(fencing, ['s', { x: 3 }], ['s', {}], ['s', { x: 2 }])).toEqual([
      'the fencing token of "x" at s went back from 3, reached at 0s, to 2 at 2s',
    ]);
    expect(complaints(fencing, ['s', { x: 3 }], ['t', { x: 2 }])).toEqual([]);
  });
  test('over a restart', () => {
    expect(complaints(fencing, ['s', { x: 3 }], ['s', 'down'], ['s', { x: 2 }, 2, 2])).toHaveLength(1);
    expect(complaints(table('may take it back'), ['s', { x: 3 }], ['s', { x: 2 }, 2, 2])).toEqual([]);
    expect(complaints(table('may take it back'), ['s', { x: 3 }], ['s', { x: 2 }, 2, 1])).toHaveLength(1);
  });
  test('are read again only when the revision says so, or in another life', () => {
    let reads = 0;
    const claim = tableNeverGoesBack('fencing', 'Tokens never go back.', {
      noun: 'fencing token',
      restarts: 'keep it',
      numbers(state) {
        reads++;
        return Object.entries(state as Record<string, number>).filter(([name]) => name === 'x');
      },
      inWords: (value) => `token ${value}`,
      revision: (state) => (state as { revision: number }).revision,
    });
    const shown = (revision: number, x: number) => ({ revision, x });
    expect(complaints(claim, ['s', shown(1, 3)], ['s', shown(1, 3)], ['t', shown(1, 3)])).toEqual([]);
    expect(reads).toBe(2);
    expect(complaints(claim, ['s', shown(1, 3)], ['s', shown(2, 2)])).toEqual([
      'the fencing token of "x" at s went back from token 3, reached at 0s, to token 2 at 1s',
    ]);
    expect(complaints(claim, ['s', shown(1, 3)], ['s', shown(1, 2), 1, 2])).toHaveLength(1);
  });
});

test('deleted stays deleted, though the tombstone is forgotten', () => {
  const claim = deletedStaysDeleted('deleted', 'Deleted stays deleted.', (state) => state as Entry[]);
  const entry = (version: Entry['version'], isDeleted: boolean): Entry[] => [
    { key: 'm', version, isDeleted },
  ];
  expect(
    complaints(claim, ['n1', entry(1, false)], ['n1', entry(2, true)], ['n1', []], ['n1', entry(3, false)]),
  ).toEqual([]);
  expect(complaints(claim, ['n1', entry(2, true)], ['n1', []], ['n1', entry(1, false)])).toEqual([
    'n1 shows "m" in version 1 at 2s, although it showed it deleted in version 2 at 0s',
  ]);
  expect(complaints(claim, ['n1', entry(2, true)], ['n2', entry(1, false)])).toEqual([]);
  // Of one version, whatever number the writers have.
  const [earlier, later] = ['01 of n172', '01 of n39'];
  expect(complaints(claim, ['n1', entry(earlier, true)], ['n1', entry(later, false)])).toEqual([]);
  expect(complaints(claim, ['n1', entry(later, true)], ['n1', entry(earlier, false)])).toHaveLength(1);
});

describe('quorums', () => {
  test('R + W > N and W > N/2 (Gifford 1979)', () => {
    expect(quorumSizesProblem(3, 2, 2)).toBeUndefined();
    expect(quorumSizesProblem(5, 1, 5)).toBeUndefined();
    expect(quorumSizesProblem(3, 1, 2)).toContain('R + W > N is needed');
    expect(quorumSizesProblem(4, 3, 2)).toContain('W > N/2 is needed');
    expect(quorumSizesProblem(3, 0, 4)).toBe('quorums of 0 and 4 do not fit 3 replicas');
  });
  const group = (names: string): string[] => names.split('');
  test('majorities of configurations that differ by one member meet; by two, they need not', () => {
    expect(disjointQuorums([group('abc')], [group('abcd')])).toBeUndefined();
    expect(disjointQuorums([group('abc')], [group('abcde')])).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
    expect(() => disjointQuorums([group('abcdefghijklmnopqrstu')], [])).toThrow(RangeError);
  });
  test('a joint configuration meets both; with one majority only, it does not', () => {
    const joint: Configuration = [group('abc'), group('def')];
    expect(disjointQuorums(joint, [group('abc')])).toBeUndefined();
    expect(disjointQuorums(joint, [group('def')])).toBeUndefined();
    expect(disjointQuorums([group('def')], [group('abc')])).toBeDefined();
  });
  test('agrees with trying out all majorities', () => {
    const names = group('abcde');
    const all = Array.from({ length: 31 }, (_, bits) => names.filter((_, at) => ((bits + 1) >> at) & 1));
    for (const one of all) {
      for (const two of all) {
        const majorities = (of: string[]) =>
          all.filter((chosen) => chosen.every((name) => of.includes(name)) && 2 * chosen.length > of.length);
        const meet = majorities(one).every((left) =>
          majorities(two).every((right) => left.some((name) => right.includes(name))),
        );
        expect([one, two, disjointQuorums([one], [two]) === undefined]).toEqual([one, two, meet]);
      }
    }
  });
  test('configurations that follow each other', () => {
    const claim = successiveQuorumsMeet('quorums', 'They meet.', (state) => state as NumberedConfiguration);
    const by = (number: number, ...groups: string[]): NumberedConfiguration => ({
      number,
      groups: groups.map(group),
    });
    expect(
      complaints(
        claim,
        ['n1', by(1, 'abc')],
        ['n1', by(2, 'abcd')],
        ['n2', by(1, 'cba')],
        ['n2', by(3, 'bcd')],
      ),
    ).toEqual([]);
    expect(complaints(claim, ['n1', by(1, 'abc')], ['n2', by(2, 'abcde')])).toEqual([
      'configuration 2, {a, b, c, d, e}, by which n2 decides at 1s, and configuration 1, {a, b, c}, by which n1 ' +
        'decided at 0s, can decide apart: a, d, e here and b, c there',
    ]);
    expect(complaints(claim, ['n1', by(3, 'abc')], ['n2', by(2, 'def')])).toHaveLength(1);
    expect(complaints(claim, ['n1', by(2, 'abc')], ['n2', by(2, 'abd')])).toEqual([
      'configuration 2 is {a, b, c} for n1 at 0s, but {a, b, d} for n2 at 1s',
    ]);
    expect(
      complaints(claim, ['n1', by(1, 'abc')], ['n2', by(3, 'abcde')], ['n3', by(2, 'abcd')]),
    ).toHaveLength(1);
  });
});

describe('atomic commitment (Bernstein, Hadzilacos & Goodman 1987, §7.3)', () => {
  const claim = atomicCommitment('atomicity', 'All or nothing.', (state) => state as Ballot[]);
  const ballot = (more: Partial<Ballot>): Ballot[] => [{ transaction: 't', ...more }];
  const yes = ballot({ vote: 'yes' });
  const commit = ballot({ vote: 'yes', decision: 'commit' });
  const abort = ballot({ decision: 'abort' });
  test('AC1: all processes that reach a decision reach the same one', () => {
    expect(complaints(claim, ['n1', yes], ['n2', yes], ['n1', commit], ['n2', commit])).toEqual([]);
    expect(complaints(claim, ['n1', yes], ['n1', commit], ['n2', abort])).toEqual([
      'transaction "t": n1 decided to commit at 1s, and n2 to abort at 2s (AC1)',
    ]);
  });
  test('AC2: a process cannot reverse its decision', () => {
    expect(complaints(claim, ['n1', abort], ['n1', 'down'], ['n1', commit, 2, 2])).toEqual([
      'transaction "t": n1 decided to abort at 0s and to commit at 2s (AC2)',
    ]);
  });
  test('AC3: commit only if all processes voted yes', () => {
    expect(complaints(claim, ['n2', ballot({ vote: 'no' })], ['n1', commit])).toEqual([
      'transaction "t": n1 decided to commit at 1s, although n2 had voted no at 0s (AC3)',
    ]);
    const decided = ballot({ participants: ['n1', 'n2'], decision: 'commit' });
    expect(complaints(claim, ['n1', yes], ['c', decided])).toEqual([
      'transaction "t": c decided to commit at 1s, although n2 had not voted (AC3)',
    ]);
    expect(complaints(claim, ['n1', yes], ['n2', yes], ['n2', 'down'], ['n2', []], ['c', decided])).toEqual(
      [],
    );
  });
  test('AC4: without failures, and if all voted yes, it is commit', () => {
    const calm = atomicCommitment('atomicity', 'All.', (state) => state as Ballot[], { isFailureFree: true });
    const aborted = ballot({ participants: ['n1', 'n2'], decision: 'abort' });
    expect(complaints(calm, ['n1', yes], ['n2', yes], ['c', aborted])).toEqual([
      'transaction "t": c decided to abort at 2s, although nothing failed and all had voted yes (AC4)',
    ]);
    expect(complaints(calm, ['n1', yes], ['n2', ballot({ vote: 'no' })], ['c', aborted])).toEqual([]);
    expect(complaints(calm, ['n1', yes], ['c', aborted])).toEqual([]);
    expect(complaints(claim, ['n1', yes], ['n2', yes], ['c', aborted])).toEqual([]);
  });
});

describe('sagas (Garcia-Molina & Salem 1987, §2)', () => {
  const sagas = {
    effects: (state: unknown) =>
      Array.isArray(state)
        ? { latest: state as Effect[], before: 0 }
        : (state as { latest: Effect[]; before: number }),
    steps: () => 3,
  };
  const order = sagaOrder('saga-order', 'In order.', sagas);
  const ends = sagasEnd('sagas-end', 'All or nothing.', sagas);
  const done = (step: number): Effect => ({ saga: 's', step, kind: 'done' });
  const undone = (step: number): Effect => ({ saga: 's', step, kind: 'compensated' });
  test('T1 … Tn', () => {
    expect(complaints(order, ['n1', [done(1), done(2)]], ['n2', [done(3)]])).toEqual([]);
    expect(endOf(ends, ['n1', [done(1), done(2)]], ['n2', [done(3)]])).toBe('held');
  });
  test('T1 … Tj, Cj … C1', () => {
    const undo = [done(1), done(2), undone(2), undone(1)];
    expect(complaints(order, ['n1', undo.slice(0, 2)], ['n1', undo])).toEqual([]);
    expect(endOf(ends, ['n1', undo])).toBe('held');
  });
  test.each([
    ['twice', [done(1), done(1)], 'step 1 took effect at n1 at 0s, for the second time: it had at n1 at 0s'],
    [
      'undone twice',
      [done(1), undone(1), undone(1)],
      'the compensation of step 1 took effect at n1 at 0s, for the second',
    ],
    [
      'undone in the order in which it was done',
      [done(1), done(2), undone(1)],
      'before that of step 2, which was done',
    ],
    ['undone without having been done', [undone(1)], 'which had not been done'],
    ['a compensation that overtakes its step', [undone(1), done(1)], 'after it had been compensated'],
    ['on after a compensation', [done(1), undone(1), done(2)], 'although step 1 had been compensated'],
  ])('%s', (_, effects, words) => {
    expect(complaints(order, ['n1', effects], ['n1', effects]).join()).toContain(words);
  });
  test('effects that moved out of sight are counted, and those that nobody saw are missed', () => {
    const second = { latest: [undone(2), undone(1)], before: 2 };
    expect(complaints(order, ['n1', [done(1), done(2)]], ['n1', second])).toEqual([]);
    expect(endOf(ends, ['n1', [done(1), done(2)]], ['n1', second])).toBe('held');
    expect(complaints(order, ['n1', [done(1)]], ['n1', second])[0]).toBe(
      'n1 shows its effects from number 3 on, but number 2 was never seen',
    );
  });
  test('neither done nor undone in the end', () => {
    expect(endOf(ends, ['n1', [done(1), done(2), undone(2)]])).toBe(
      'saga "s" is neither done nor undone in the end: of 3 steps, 1 took effect and was not compensated',
    );
    expect(endOf(ends, ['n1', []])).toBe('unknown');
    expect(endOf(ends, ['n1', [done(1), done(1), done(2), done(3)]])).toBe('held');
  });
});
