import { describe, expect, test } from 'vitest';
import { HistoryError, type HistoryEvent, historyOf, overlap, timeline } from '../../sim/check/index.ts';

describe('a history of events', () => {
  test('pairs what was invoked with what came of it', () => {
    const operations = historyOf([
      { process: 0, client: 'c1', type: 'invoke', f: 'put', key: 'x', value: 1, atUs: 10 },
      { process: 1, type: 'invoke', f: 'get', key: 'x' },
      { process: 1, type: 'ok', f: 'get', value: 7 },
      { process: 0, type: 'fail', f: 'put', atUs: 30 },
      { process: 1, type: 'invoke', f: 'cas', key: 'x', value: [1, 2] },
      { process: 1, type: 'ok', f: 'cas', value: [1, 2], ok: false },
      { process: 2, type: 'invoke', f: 'put', key: 'y', value: 1 },
      { process: 3, type: 'invoke', f: 'put', key: 'y', value: 2 },
      { process: 3, type: 'info', f: 'put' },
    ]);
    expect(operations).toEqual([
      {
        process: 0,
        client: 'c1',
        f: 'put',
        key: 'x',
        value: 1,
        type: 'fail',
        call: 0,
        return: 3,
        callUs: 10,
        returnUs: 30,
      },
      { process: 1, f: 'get', key: 'x', output: 7, type: 'ok', call: 1, return: 2 },
      { process: 1, f: 'cas', key: 'x', value: [1, 2], output: false, type: 'ok', call: 4, return: 5 },
      { process: 2, f: 'put', key: 'y', value: 1, type: 'info', call: 6, return: null },
      { process: 3, f: 'put', key: 'y', value: 2, type: 'info', call: 7, return: 8 },
    ]);
  });
  test('times, if there are any, are the positions', () => {
    const [operation] = historyOf([
      { process: 0, type: 'invoke', f: 'read', time: 500 },
      { process: 0, type: 'ok', f: 'read', value: 1, time: 700 },
    ]);
    expect(operation).toMatchObject({ call: 500, return: 700 });
  });
  const read = (type: HistoryEvent['type'], time?: number): HistoryEvent => ({
    process: 4,
    type,
    f: 'read',
    time,
  });
  const mistakes: [string, HistoryEvent[]][] = [
    ['event 1: process 4 completes read, which it has not invoked', [read('ok')]],
    ['event 2: process 4 invokes read while its read is open', [read('invoke'), read('invoke')]],
    ['event 3: process 4 completes read, which it has not invoked', [read('invoke'), read('ok'), read('ok')]],
    [
      'event 2: process 4 completes write, but it has invoked read',
      [read('invoke'), { ...read('ok'), f: 'write' }],
    ],
    ['event 2: process 4 has no time, although other events have one', [read('invoke', 3), read('ok')]],
    ['event 2: process 4 completes read at 2, before its call at 3', [read('invoke', 3), read('ok', 2)]],
  ];
  test.each(mistakes)('%s', (message, events) => {
    expect(() => historyOf(events)).toThrow(new HistoryError(message));
  });
});

describe('a timeline', () => {
  test('is a picture of a history', () => {
    expect(
      timeline(`
c1: [put x 1]  [get x -> [1,"a"]]
c2:    [cas 1 null ?]  [delete y !]`),
    ).toEqual([
      {
        process: 1,
        client: 'c1',
        f: 'put',
        key: 'x',
        value: 1,
        type: 'ok',
        call: 4,
        return: 12,
        callUs: 4000,
        returnUs: 12000,
      },
      {
        process: 2,
        client: 'c2',
        f: 'cas',
        value: [1, null],
        type: 'info',
        call: 7,
        return: null,
        callUs: 7000,
        returnUs: null,
      },
      {
        process: 1,
        client: 'c1',
        f: 'get',
        key: 'x',
        output: [1, 'a'],
        type: 'ok',
        call: 15,
        return: 32,
        callUs: 15000,
        returnUs: 32000,
      },
      {
        process: 2,
        client: 'c2',
        f: 'delete',
        key: 'y',
        type: 'fail',
        call: 23,
        return: 34,
        callUs: 23000,
        returnUs: 34000,
      },
    ]);
  });
  test.each([
    ['[put x 1]', 'line 1: expected a client, such as "c1:"'],
    ['c1: put', 'line 1, column 5: expected "[", found "p"'],
    ['c1: [put x', 'line 1, column 5: this "[" is never closed'],
    ['c1: []', 'line 1, column 5: expected a function'],
    ['c1: [get x ->]', 'line 1, column 5: expected one answer after "->"'],
    ['c1: [put x y]', 'line 1, column 5: expected JSON, found "y"'],
  ])('%s is refused', (picture, message) => {
    expect(() => timeline(picture)).toThrow(new HistoryError(message));
  });
});

describe('overlap counts what is concurrent on one key', () => {
  const pictures: [string, number, number, string][] = [
    ['one after the other', 0, 2, 'c1: [put x 1] [put x 2]'],
    ['two beside each other', 2, 2, 'c1: [put x 1]\nc2:   [put x 2]'],
    ['one within another, and one apart', 2, 3, 'c1: [put x 1     ] [get x -> 1]\nc2:   [get x]'],
    ['a long one over two', 3, 3, 'c1: [put x 1               ]\nc2:  [get x] [get x]'],
    ['different keys', 0, 2, 'c1: [put x 1]\nc2:   [put y 2]'],
    ['what failed is not counted', 0, 1, 'c1: [put x 1]\nc2:   [put x 2 !]'],
    ['what stays open overlaps what comes', 2, 2, 'c1: [put x 1 ?]\nc2:                 [put x 2]'],
    ['nothing', 0, 0, ''],
  ];
  test.each(pictures)('%s', (_, overlapping, operations, picture) => {
    expect(overlap(timeline(picture))).toEqual([overlapping, operations]);
  });
  test('an info lasts until its client gave up', () => {
    const [first, second] = timeline('c1: [put x 1] [put x 2]');
    expect(overlap([{ ...first, type: 'info' }, second])).toEqual([0, 2]);
  });
});
