/** The pure decisions of the clocks, by the sentences of their papers. */
import { describe, expect, test } from 'vitest';
import {
  areConcurrent,
  hybridClock,
  isLessHybrid,
  lamportClock,
  nextHybrid,
  precedes,
  receivedHybrid,
  stampText,
  supremum,
  vectorClock,
} from '../../../protocols/clocks/index.ts';

const at = (physicalUs: number, host = 'n1') => ({ host, physicalUs });
const hybrid = (physicalUs: number, logical: number) => ({ physicalUs, logical });

describe('Lamport 1978', () => {
  const clock = lamportClock({ reserve: 10 });

  test('IR1: each process increments its clock between any two successive events', () => {
    expect(clock.next(4, at(0))).toBe(5);
  });

  test.each([
    ['greater than the stamp of the message', 4, 9, 10],
    ['greater than or equal to its present value', 9, 4, 10],
  ])('IR2: upon receiving a message a process sets its clock %s', (_, last, sent, stamp) => {
    expect(clock.received(last, sent, at(0))).toBe(stamp);
  });

  test('the total order breaks ties by an order of the processes', () => {
    const events = [
      { stamp: 2, host: 'n1' },
      { stamp: 1, host: 'n2' },
      { stamp: 1, host: 'n1' },
    ];
    const sorted = events.toSorted((left, right) => (precedes(left, right) ? -1 : 1));
    expect(sorted.map(({ stamp, host }) => `${stamp}${host}`)).toEqual(['1n1', '1n2', '2n1']);
    expect(precedes(events[0]!, events[0]!)).toBe(false);
  });

  test('a write serves for as many stamps as are reserved, and a restart goes on above them', () => {
    const bound = clock.bound(5, at(0));
    expect([clock.isCovered(15, bound), clock.isCovered(16, bound)]).toEqual([true, false]);
    expect(clock.next(clock.resumed(bound), at(0))).toBe(16);
    expect(clock.resumed(null)).toBe(clock.initial);
  });
});

describe('Mattern 1989', () => {
  test('§4 a process ticks its own component', () => {
    expect(vectorClock.next({ n1: 2, n2: 7 }, at(0))).toEqual({ n1: 3, n2: 7 });
    expect(vectorClock.next(vectorClock.initial, at(0))).toEqual({ n1: 1 });
  });

  test('§4 upon receipt a process takes the supremum, and ticks', () => {
    expect(vectorClock.received({ n1: 2, n2: 7 }, { n2: 5, n3: 1 }, at(0))).toEqual({ n1: 3, n2: 7, n3: 1 });
    expect(supremum({ n1: 2 }, { n1: 1, n2: 1 })).toEqual({ n1: 2, n2: 1 });
  });

  test.each([
    ['u < v if no component is greater and one is less', { n1: 1 }, { n1: 1, n2: 1 }, true, false],
    ['equal vectors are neither less nor concurrent', { n1: 1 }, { n1: 1 }, false, false],
    ['u || v if neither u < v nor v < u', { n1: 1 }, { n2: 1 }, false, true],
  ])('§5 %s', (_, left, right, less, concurrent) => {
    expect(vectorClock.isLess(left, right)).toBe(less);
    expect(vectorClock.isLess(right, left)).toBe(false);
    expect(areConcurrent(left, right)).toBe(concurrent);
  });
});

describe('Kulkarni et al. 2014, figure 5', () => {
  test.each([
    ['l follows physical time, and c is reset', hybrid(10, 3), 11, hybrid(11, 0)],
    ['c counts while physical time stands still', hybrid(10, 3), 10, hybrid(10, 4)],
    ['and while it is behind', hybrid(10, 3), 7, hybrid(10, 4)],
  ])('send or local event: %s', (_, last, physicalUs, stamp) => {
    expect(nextHybrid(last, at(physicalUs))).toEqual(stamp);
  });

  test.each([
    ['l of both is largest: one more than the larger c', hybrid(10, 3), hybrid(10, 6), 9, hybrid(10, 7)],
    ['even if all three are equal', hybrid(10, 6), hybrid(10, 3), 10, hybrid(10, 7)],
    ['own l is largest: one more than own c', hybrid(10, 3), hybrid(8, 6), 9, hybrid(10, 4)],
    ['l of the message is largest: one more than its c', hybrid(8, 3), hybrid(10, 6), 9, hybrid(10, 7)],
    ['physical time is largest: c is reset', hybrid(8, 3), hybrid(9, 6), 10, hybrid(10, 0)],
  ])('receive event: %s', (_, last, sent, physicalUs, stamp) => {
    expect(receivedHybrid(last, sent, at(physicalUs))).toEqual(stamp);
    expect(isLessHybrid(last, stamp) && isLessHybrid(sent, stamp)).toBe(true);
  });

  const clock = hybridClock({ aheadMax: 500, reserve: 100 });

  test('a message is believed up to the largest lead, and not beyond', () => {
    expect(clock.accepts(hybrid(500_000, 9), at(0))).toBe(true);
    expect(clock.accepts(hybrid(500_001, 0), at(0))).toBe(false);
    expect(clock.accepts(hybrid(0, 0), at(1e9)), 'from the past').toBe(true);
  });

  test('a restart goes on above all that was reserved, though the wall clock went back', () => {
    const bound = clock.bound(hybrid(1_000_000, 5), at(1_000_000));
    expect(clock.isCovered(hybrid(1_099_999, 7), bound)).toBe(true);
    expect(clock.isCovered(hybrid(1_100_000, 1), bound)).toBe(false);
    expect(nextHybrid(clock.resumed(bound), at(3))).toEqual(hybrid(1_100_000, 1));
  });

  test('many restarts in a row do not take the clock further ahead', () => {
    let bound = clock.bound(hybrid(1_000_000, 0), at(1_000_000));
    for (let boots = 0; boots < 100; boots++) {
      const stamp = nextHybrid(clock.resumed(bound), at(1_000_001));
      expect(clock.isCovered(stamp, bound)).toBe(false);
      bound = clock.bound(stamp, at(1_000_001));
      expect(clock.isCovered(stamp, bound)).toBe(true);
    }
    expect(bound.physicalUs).toBe(1_100_000);
  });
});

test.each([
  ['a counter', 7, '7'],
  ['a vector', { n2: 1, n1: 3 }, 'n1:3 n2:1'],
  ['a hybrid stamp', hybrid(Date.UTC(2026, 0, 2, 9, 5, 7) * 1000 + 250, 2), '09:05:07.000250+2'],
  ['no vector yet', {}, 'the beginning'],
  ['no hybrid stamp yet', hybrid(0, 0), 'the beginning'],
])('people read %s', (_, stamp, text) => {
  expect(stampText(stamp)).toBe(text);
});
