/** The decisions of a Snowflake worker. */
import { describe, expect, test } from 'vitest';
import {
  beginning,
  encodeId,
  nextPlace,
  type Place,
  resumedPlace,
  timeText,
} from '../../../protocols/ids/index.ts';

const layout = { workerBits: 10, sequenceBits: 12 };

describe('the next place', () => {
  test.each<[string, Place, number, Place]>([
    ['a new millisecond begins a new sequence', { time: 5, sequence: 9 }, 6, { time: 6, sequence: 0 }],
    ['ids of one millisecond are counted', { time: 5, sequence: 9 }, 5, { time: 5, sequence: 10 }],
    ['a clock that went back changes nothing', { time: 5, sequence: 9 }, 2, { time: 5, sequence: 10 }],
    ['4,096 ids use a millisecond up', { time: 5, sequence: 4095 }, 5, { time: 6, sequence: 0 }],
    ['even while the clock is behind', { time: 5, sequence: 4095 }, 2, { time: 6, sequence: 0 }],
  ])('%s', (_, last, nowMs, next) => {
    expect(nextPlace(last, nowMs, layout)).toEqual(next);
  });

  test('after a restart it is beyond all that may have been used, whatever the clock says', () => {
    expect(nextPlace(resumedPlace(1000, layout), 3, layout)).toEqual({ time: 1001, sequence: 0 });
    expect(nextPlace(resumedPlace(1000, layout), 1000, layout)).toEqual({ time: 1001, sequence: 0 });
    expect(nextPlace(resumedPlace(1000, layout), 2000, layout)).toEqual({ time: 2000, sequence: 0 });
    expect(resumedPlace(null, layout)).toEqual(beginning);
  });
});

describe('an id', () => {
  test('is 41 bits of time, 10 of the worker and 12 of the sequence', () => {
    expect(encodeId({ time: 1, sequence: 3 }, 2, layout)).toBe(String(2 ** 22 + 2 * 2 ** 12 + 3));
    const last = encodeId({ time: 2 ** 41 - 1, sequence: 4095 }, 1023, layout);
    expect(BigInt(last)).toBe(2n ** 63n - 1n);
  });

  test('sorts by time', () => {
    expect(() => encodeId({ time: 1, sequence: 0 }, -1, layout)).toThrow('worker -1 does not fit');
    const early = BigInt(encodeId({ time: 7, sequence: 4095 }, 1023, layout));
    expect(early < BigInt(encodeId({ time: 8, sequence: 0 }, 0, layout))).toBe(true);
  });

  test.each<[string, Place, number]>([
    ['time -1', { time: -1, sequence: 0 }, 0],
    ['time 2199023255552', { time: 2 ** 41, sequence: 0 }, 0],
    ['worker 1024', { time: 0, sequence: 0 }, 1024],
  ])('%s does not fit', (message, place, worker) => {
    expect(() => encodeId(place, worker, layout)).toThrow(message);
  });
});

test('people read the time of an id as the time of day', () => {
  expect(timeText(Date.UTC(2026, 0, 2, 9, 5, 7, 40) - Date.UTC(2020, 0, 1))).toBe('09:05:07.040');
  expect(timeText(beginning.time)).toBe('the beginning');
});
