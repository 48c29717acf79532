import { describe, expect, test } from 'vitest';
import {
  type CacheView,
  cacheCoherent,
  clockConditionProblem,
  eventuallyWithin,
  type GoodputOptions,
  goodputRecovers,
  growsAtMost,
  type HybridReading,
  hybridClockSound,
  imbalance,
  needlessMove,
  type Operation,
  pendingAtMost,
  type ReplicaView,
  type StampedEvent,
  sameUpdatesSameState,
  sumConserved,
  vectorClockProblem,
  viewsConverge,
} from '../../sim/check/index.ts';
import { chance } from './consistency/definitions.ts';
import { complaints, endOf } from './watched.ts';

const second = 1_000_000;

describe('within a bound of time', () => {
  test('eventually', () => {
    const bound = { fromUs: 2 * second, withinUs: 3 * second };
    const claim = eventuallyWithin(
      'elected',
      'A leader is elected.',
      bound,
      ({ state }) => state === 'leader',
    );
    expect(complaints(claim, ['n1', 'idle', 2], ['n1', 'leader', 5], ['n1', 'idle', 6])).toEqual([]);
    expect(complaints(claim, ['n1', 'leader', 1], ['n1', 'idle', 6], ['n1', 'idle', 7])).toEqual([
      'by 5s it had not come true: A leader is elected.',
    ]);
    expect(complaints(claim, ['n1', 'idle', 5])).toEqual([]);
  });

  const pending = (fromUs = 0) =>
    pendingAtMost(
      'in-doubt',
      'Decided.',
      'transaction',
      { withinUs: 3 * second, fromUs },
      (state) => state as string[],
    );
  test('in doubt for at most so long (AC5), found out by any other’s turn', () => {
    expect(complaints(pending(), ['n1', ['t'], 0], ['n1', [], 3], ['n1', ['t'], 4], ['n1', [], 7])).toEqual(
      [],
    );
    expect(complaints(pending(), ['n1', ['t'], 0], ['n2', [], 3], ['n2', [], 4], ['n2', [], 5])).toEqual([
      'transaction "t" has been pending at n1 since 0s, and still was at 4s; it was due by 3s',
    ]);
  });
  test('two in doubt, each by itself', () => {
    expect(
      complaints(pending(), ['n1', ['t'], 0], ['n1', ['t', 'u'], 2], ['n1', ['u'], 3], ['n2', [], 6]),
    ).toEqual(['transaction "u" has been pending at n1 since 2s, and still was at 6s; it was due by 5s']);
  });
  test('the time before the bound, and time down, does not count', () => {
    expect(complaints(pending(4 * second), ['n1', ['t'], 0], ['n1', ['t'], 7])).toEqual([]);
    expect(complaints(pending(4 * second), ['n1', ['t'], 0], ['n1', ['t'], 8])).toHaveLength(1);
    expect(complaints(pending(), ['n1', ['t'], 0], ['n1', 'down', 2], ['n1', ['t'], 9, 2])).toEqual([]);
  });

  test('the time for which the host stands still does not count, and the rest does', () => {
    const fold = pending().start();
    const seen = (host: string, atS: number, stalled: boolean) => ({
      ...{ seq: 0, incarnation: 1, up: true, state: host === 'n1' ? ['t'] : [] },
      ...{ host, stalled, atUs: atS * second },
    });
    const said = [
      seen('n1', 0, false),
      seen('n1', 1, true),
      seen('n2', 9, false),
      seen('n1', 10, false),
      seen('n2', 12, false),
      seen('n2', 13, false),
    ].flatMap((observation) => fold.observe(observation)?.message ?? []);
    expect(said).toEqual([
      'transaction "t" has been pending at n1 since 0s, and still was at 13s; it was due by 12s, ' +
        'without the 9s for which n1 stood still or was behind',
    ]);
  });

  test('terms grow by at most so many', () => {
    const growth = { noun: 'term', by: 2, withinUs: 3 * second, value: (state: unknown) => state as number };
    const claim = growsAtMost('terms', 'Few elections.', growth);
    expect(complaints(claim, ['n1', 7, 0], ['n2', 8, 1], ['n1', 9, 2], ['n1', 10, 5], ['n2', 1, 6])).toEqual(
      [],
    );
    expect(complaints(claim, ['n1', 1, 0], ['n2', 2, 1], ['n1', 3, 2], ['n2', 4, 4])).toEqual([
      'the term grew from 1 to 4, at n2, between 1s and 4s: by more than 2 in 3s',
    ]);
    const later = growsAtMost('terms', 'Few elections.', { ...growth, fromUs: 3 * second });
    expect(complaints(later, ['n1', 1, 0], ['n2', 9, 1], ['n2', 11, 4])).toEqual([]);
    expect(complaints(later, ['n1', 1, 0], ['n2', 4, 4])).toHaveLength(1);
  });

  describe('goodput recovers (Bronson et al. 2021)', () => {
    const options: GoodputOptions = { baselineUs: { from: 0, to: 10 }, withinUs: 10, percent: 80 };
    const ok = (...returns: number[]): Operation[] =>
      returns.map((at) => ({
        process: at,
        f: 'get',
        type: 'ok',
        call: at,
        return: at,
        callUs: at,
        returnUs: at,
      }));
    const judged = (...returns: number[]): string => {
      const verdict = goodputRecovers(options).judge(ok(...returns), { from: 100, to: 130 });
      return verdict.verdict === 'broken' ? verdict.violations[0].message : verdict.verdict;
    };
    test('as many succeed a second as before, or nearly', () => {
      expect(judged(1, 2, 3, 4, 5, 111, 112, 113, 114, 115, 116, 117, 118)).toBe('held');
      expect(judged(1, 2, 3, 4, 5, 101, 109, 111, 112, 113, 114, 115, 116, 117)).toBe(
        '7 operations succeeded in the 0.00002s from 0.00011s on, and 5 in the 0.00001s before the faults: ' +
          'less than 80% of what was',
      );
    });
    test('nothing to compare with', () => {
      expect(judged(50, 111)).toBe('unknown');
      expect(goodputRecovers({ ...options, withinUs: 30 }).judge(ok(1), { from: 100, to: 130 }).verdict).toBe(
        'unknown',
      );
    });
  });
});

describe('when all is quiet', () => {
  test('all views are the same', () => {
    const claim = viewsConverge('members', 'All agree.', 'list of members', (state) => state);
    expect(endOf(claim, ['n1', ['a']], ['n2', ['b']], ['n1', ['b']])).toBe('held');
    expect(endOf(claim, ['n1', { a: 1, b: 2 }], ['n2', { b: 2, a: 1 }])).toBe('held');
    expect(endOf(claim, ['n1', ['a']], ['n2', ['b']])).toBe(
      'the list of members differs in the end, at 1s: n1 shows ["a"], n2 ["b"]',
    );
    expect(endOf(claim, ['n1', ['a']], ['n3', ['a']], ['n2', ['b']], ['n2', 'down'])).toBe('held');
    expect(endOf(claim, ['n1', ['a']])).toBe('unknown');
  });
  test('a cache holds what the store holds', () => {
    const claim = cacheCoherent('coherent', 'Same.', (state) => state as CacheView);
    const store = { stored: [['x', 2]] as const };
    expect(endOf(claim, ['db', store], ['c', { cached: [['x', 1]] }], ['c', { cached: [['x', 2]] }])).toBe(
      'held',
    );
    expect(endOf(claim, ['c', { cached: [['x', 1]] }], ['db', store])).toBe(
      'c caches 1 for "x" in the end, at 1s, but db stores 2',
    );
    expect(endOf(claim, ['db', { ...store, cached: [['y', 1]] }])).toBe(
      'db caches 1 for "y" in the end, at 0s, but db stores null',
    );
    expect(endOf(claim, ['db', store])).toBe('unknown');
  });
  test('the sum is conserved', () => {
    const claim = sumConserved('money', 'Conserved.', 'money', 10, (state) => state as number);
    expect(endOf(claim, ['a', 10], ['b', 0], ['a', 7], ['b', 3], ['b', 'down'])).toBe('held');
    expect(endOf(claim, ['a', 7], ['b', 0])).toBe(
      'the money adds up to 7 in the end, at 1s, not to 10: a 7, b 0',
    );
    expect(endOf(claim, ['a', undefined])).toBe('unknown');
  });
});

test('strong eventual consistency: the same updates, the same state (Shapiro et al. 2011)', () => {
  const claim = sameUpdatesSameState('convergent', 'Same.', (state) => state as ReplicaView);
  const at = (delivered: string, state: string): ReplicaView => ({ delivered, state });
  expect(
    complaints(
      claim,
      ['n1', at('a', '1')],
      ['n2', at('b', '2')],
      ['n1', at('ab', '3')],
      ['n2', at('ab', '3')],
    ),
  ).toEqual([]);
  expect(complaints(claim, ['n1', at('ab', '3')], ['n2', at('ab', '4')])).toEqual([
    'after the updates "ab", n1 had the state "3" at 0s, and n2 has "4" at 1s',
  ]);
});

describe('placement (Karger et al. 1997, §4)', () => {
  const placed = (text: string) => new Map([...text].map((owner, at) => [`k${at}`, owner]));
  test('balance', () => {
    expect(imbalance(placed('aabbcc'), ['a', 'b', 'c'], 100)).toBeUndefined();
    expect(imbalance(placed('aaabbc'), ['a', 'b', 'c'], 150)).toBeUndefined();
    expect(imbalance(placed('aaabbc'), ['a', 'b', 'c'], 100)).toBe(
      'a has 3 of 6 keys, more than 2: 100% of an equal share',
    );
    expect(imbalance(placed('ax'), ['a', 'b'], 200)).toBe('"k1" belongs to "x", which is none of a, b');
  });
  test('keys move only to who joins, or away from who leaves', () => {
    const grown = { before: ['a', 'b'], after: ['a', 'b', 'c'] };
    expect(needlessMove(placed('aabb'), placed('acbc'), grown)).toBeUndefined();
    expect(needlessMove(placed('aabb'), placed('abbc'), grown)).toBe(
      '"k1" moved from a to b, although a stayed and b did not join',
    );
    expect(
      needlessMove(placed('aabc'), placed('aaba'), { before: ['a', 'b', 'c'], after: ['a', 'b'] }),
    ).toBeUndefined();
    expect(needlessMove(placed('ab'), placed('a'), grown)).toBe('"k1", which b had, has no owner any more');
  });
});

describe('clocks', () => {
  const less = (left: number, right: number): boolean => left < right;
  const ping = (received: number): StampedEvent<number>[] => [
    { host: 'n1', stamp: 5 },
    { host: 'n2', stamp: 1 },
    { host: 'n2', stamp: received, sentAt: 0 },
  ];
  test('Lamport 1978: if a happened before b, its stamp is less', () => {
    expect(clockConditionProblem(ping(6), less)).toBeUndefined();
    expect(clockConditionProblem(ping(5), less)).toBe(
      'event 0 of n1 (5) happened before event 2 of n2 (5), but its stamp is not less',
    );
    expect(clockConditionProblem([...ping(6), { host: 'n2', stamp: 6 }], less)).toContain(
      'event 3 of n2 (6)',
    );
    expect(() => clockConditionProblem([{ host: 'n1', stamp: 1, sentAt: 0 }], less)).toThrow(RangeError);
  });
  const below = (left: readonly number[], right: readonly number[]): boolean =>
    left.every((one, at) => one <= right[at]) && left.some((one, at) => one < right[at]);
  test('Fidge and Mattern: exactly if', () => {
    const events = (third: number[]): StampedEvent<number[]>[] => [
      { host: 'n1', stamp: [1, 0] },
      { host: 'n2', stamp: [0, 1] },
      { host: 'n2', stamp: third, sentAt: 0 },
    ];
    expect(vectorClockProblem(events([1, 2]), below)).toBeUndefined();
    expect(vectorClockProblem(events([0, 2]), below)).toContain(
      'happened before event 2 of n2 ([0,2]), but its stamp',
    );
    const concurrent = [events([])[0], { host: 'n2', stamp: [1, 1] }];
    expect(vectorClockProblem(concurrent, below)).toContain(
      'are concurrent, but the stamp of the former is less',
    );
    expect(vectorClockProblem([concurrent[1], concurrent[0]], below)).toContain('did not happen before');
  });
  test('true vector clocks are right, and numbers that follow them keep the weaker condition only', () => {
    let weaker = 0;
    for (let seed = 0; seed < 300; seed++) {
      const draw = chance(seed);
      const clocks = [0, 1, 2].map(() => [0, 0, 0]);
      const events: StampedEvent<number[]>[] = [];
      for (let at = 0; at < 12; at++) {
        const host = draw(3);
        const sentAt = at > 0 && draw(2) === 0 ? draw(at) : undefined;
        const sent = sentAt === undefined ? [0, 0, 0] : events[sentAt].stamp;
        clocks[host] = clocks[host].map((one, other) => Math.max(one, sent[other]) + Number(other === host));
        events.push({ host: `n${host}`, stamp: clocks[host], ...(sentAt === undefined ? {} : { sentAt }) });
      }
      expect(vectorClockProblem(events, below)).toBeUndefined();
      const sum = (stamp: readonly number[]): number => stamp[0] + stamp[1] + stamp[2];
      const bySum = (left: readonly number[], right: readonly number[]): boolean => sum(left) < sum(right);
      expect(clockConditionProblem(events, bySum)).toBeUndefined();
      if (vectorClockProblem(events, bySum) !== undefined) weaker++;
    }
    expect(weaker).toBeGreaterThan(200);
  });
  test('hybrid clocks never go back, and stay close to real time (Kulkarni et al. 2014)', () => {
    const claim = hybridClockSound('hlc', 'Sound.', second, (state) => state as HybridReading);
    const at = (seconds: number, logical = 0): HybridReading => ({ physicalUs: seconds * second, logical });
    expect(
      complaints(claim, ['n1', at(0)], ['n1', at(0, 1)], ['n1', at(3)], ['n2', at(0)], ['n1', at(3)]),
    ).toEqual([]);
    expect(complaints(claim, ['n1', at(1, 4)], ['n1', at(1, 3)])).toEqual([
      'the clock of n1 went back from 1s+4, read at 0s, to 1s+3 at 1s',
    ]);
    expect(complaints(claim, ['n1', at(1)], ['n1', 'down'], ['n1', at(0, 9), 2, 2])).toHaveLength(1);
    expect(complaints(claim, ['n1', at(9), 1])).toEqual([
      'the clock of n1 reads 9s+0 at 1s: 8s ahead, more than 1s',
    ]);
  });
});
