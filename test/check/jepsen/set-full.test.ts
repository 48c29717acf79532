import { describe, expect, test } from 'vitest';
import { type ElementEvidence, HistoryError, type Operation, setFull } from '../../../sim/check/index.ts';

const add = (
  value: unknown,
  call: number,
  type: Operation['type'] = 'ok',
  returns = call + 1,
): Operation => ({
  ...{ process: 0, f: 'add', value, type, call, return: returns },
});
const read = (output: readonly unknown[], call: number, returns = call + 1): Operation => ({
  ...{ process: 1, f: 'read', output, type: 'ok', call, return: returns },
});
const messageOf = (verdict: ReturnType<typeof setFull>): string =>
  verdict.verdict === 'broken' ? verdict.violations[0].message : verdict.verdict;

describe('a set, in full', () => {
  test('elements that the last reads show are stable', () => {
    const verdict = setFull([add(1, 0), add(2, 2), read([2, 1], 4)]);
    expect(verdict).toMatchObject({ verdict: 'held', attempted: 2, stable: 2, lost: 0 });
  });
  test('an acknowledged element that no later read shows is lost', () => {
    const verdict = setFull([add(1, 0), add(2, 2), read([2], 4)]);
    expect(verdict).toMatchObject({ verdict: 'broken', lost: 1, stable: 1 });
    expect(messageOf(verdict)).toBe(
      '1 was lost: its add was acknowledged at 1, but a read by process 1 that returned at 5 did not show it, ' +
        'and neither did any later one',
    );
  });
  test('an element of unknown fate is lost once a read has shown it', () => {
    const history = [add(1, 0, 'info'), add(2, 2), read([1, 2], 4), read([2], 6)];
    expect(setFull(history)).toMatchObject({ verdict: 'broken', lost: 1 });
    expect(messageOf(setFull(history))).toContain('a read had shown it at 5');
    expect(setFull([add(1, 0, 'info'), add(2, 2), read([2], 6)])).toMatchObject({
      ...{ verdict: 'held', stable: 1, neverRead: 1 },
    });
  });
  test('an element that comes back was stale, which only a linearizable set forbids', () => {
    const history = [add(1, 0), add(2, 2), read([2], 4), read([1, 2], 6)];
    expect(setFull(history)).toMatchObject({ verdict: 'held', stable: 2, stale: 1 });
    const strict = setFull(history, { linearizable: true });
    expect(strict).toMatchObject({ verdict: 'broken', stale: 1, lost: 0 });
    expect(messageOf(strict)).toContain('1 was missing from a read by process 1 that returned at 5');
    const evidence = (strict.verdict === 'broken' && strict.violations[0].evidence) as ElementEvidence;
    expect([evidence.add?.call, evidence.lastAbsent?.call, evidence.lastPresent?.call]).toEqual([0, 4, 6]);
  });
  test('a read beside the add may show the element or not', () => {
    const beside = [add(1, 0, 'ok', 9), read([], 1, 3), read([1], 10)];
    expect(setFull(beside, { linearizable: true })).toMatchObject({ verdict: 'held', stale: 0 });
  });
  test('reads under way at once may take effect in either order', () => {
    const together = [add(1, 0), read([1], 4, 20), read([], 10, 12)];
    expect(setFull(together)).toMatchObject({ verdict: 'held', lost: 0, stale: 1 });
    const apart = [add(1, 0), read([1], 4, 8), read([], 10, 12)];
    expect(setFull(apart)).toMatchObject({ verdict: 'broken', lost: 1 });
    const long = [add(1, 0), read([1], 4, 20), read([1], 5, 6), read([], 10, 12)];
    expect(setFull(long)).toMatchObject({ verdict: 'held', lost: 0 });
  });
  test('a failed add, or one that nobody tried, cannot be read', () => {
    expect(setFull([add(1, 0, 'fail'), read([1], 4)])).toMatchObject({ verdict: 'broken', unexpected: 1 });
    expect(messageOf(setFull([add(1, 0), read([1, 7], 4)]))).toBe(
      '7 was read by process 1 at 5, but nobody ever added it',
    );
  });
  test('a read cannot show what is added after it returned', () => {
    expect(messageOf(setFull([read([1], 0), add(1, 4), read([1], 6)]))).toBe(
      '1 was read by process 1 at 1, but it was added only later, at 4',
    );
  });
  test('an element is in a read once', () => {
    expect(setFull([add(1, 0), read([1, 1], 4)])).toMatchObject({ verdict: 'broken', duplicated: 1 });
  });
  test('elements that no later read could show are never-read, and nothing but those is unknown', () => {
    expect(setFull([read([], 0), add(1, 4)])).toMatchObject({ verdict: 'unknown', neverRead: 1 });
    expect(setFull([read([], 0)]).verdict).toBe('unknown');
    expect(setFull([read([], 0), add(0, 2), read([0], 4), add(1, 6)])).toMatchObject({
      ...{ verdict: 'held', stable: 1, neverRead: 1 },
    });
  });
  test('adding an element twice is a mistake of the workload', () => {
    expect(() => setFull([add(1, 0), add(1, 2)])).toThrow(HistoryError);
    expect(() => setFull([{ ...add(1, 0), f: 'remove' }])).toThrow(/knows add and read/);
    expect(() => setFull([{ ...read([], 0), output: 7 }])).toThrow(/should be a list/);
  });
  test('100,000 elements and reads of all of them take linear time', () => {
    const adds = Array.from({ length: 100_000 }, (_, at) => add(at, at));
    const all = adds.map(({ value }) => value);
    expect(setFull([...adds, read(all, 100_002), read(all, 100_004)])).toMatchObject({ stable: 100_000 });
  });
});
