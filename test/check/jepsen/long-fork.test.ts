import { describe, expect, test } from 'vitest';
import {
  type Fork,
  HistoryError,
  longFork,
  type MicroOperation,
  type Operation,
} from '../../../sim/check/index.ts';

const txn = (call: number, ...output: MicroOperation[]): Operation => ({
  process: call,
  f: 'txn',
  value: output.map(([f, key, value]) => [f, key, f === 'r' ? null : value]),
  ...{ output, type: 'ok', call, return: call + 1 },
});
const writes = [txn(0, ['w', 'x', 1]), txn(2, ['w', 'y', 1]), txn(4, ['w', 'z', 1])];
const reads = (call: number, x: number | null, y: number | null) => txn(call, ['r', 'x', x], ['r', 'y', y]);

describe('a long fork', () => {
  test('Sovran et al. 3: two readers see two writes in opposite orders', () => {
    const verdict = longFork([...writes, reads(6, 1, null), reads(8, null, 1)]);
    if (verdict.verdict !== 'broken') throw new Error('expected broken');
    expect(verdict.violations).toHaveLength(1);
    expect(verdict.violations[0].message).toBe(
      'process 6 (returned at 7) saw the write to "x" and not the one to "y", ' +
        'but process 8 (returned at 9) saw the write to "y" and not the one to "x": no one order has both',
    );
    const fork = verdict.violations[0].evidence as Fork;
    expect([fork.sawFirst.process, fork.sawSecond.process]).toEqual([6, 8]);
  });
  test('readers that agree on the order are right, even when they read backwards in time', () => {
    const agreeing = [reads(6, 1, null), reads(8, 1, 1), reads(10, null, null), reads(12, 1, null)];
    expect(longFork([...writes, ...agreeing])).toMatchObject({ verdict: 'held', reads: 4, pairs: 4 });
  });
  test('the order in which a transaction names its keys does not matter', () => {
    const turned = txn(8, ['r', 'y', 1], ['r', 'x', null]);
    expect(longFork([...writes, reads(6, 1, null), turned]).verdict).toBe('broken');
    expect(longFork([...writes, reads(6, null, 1), turned]).verdict).toBe('held');
  });
  test('a fork among three keys is found in any two of them', () => {
    const of = (call: number, x: number | null, y: number | null, z: number | null) =>
      txn(call, ['r', 'x', x], ['r', 'y', y], ['r', 'z', z]);
    expect(longFork([...writes, of(6, 1, 1, null), of(8, null, 1, 1)]).verdict).toBe('broken');
    expect(longFork([...writes, of(6, 1, 1, null), of(8, null, 1, null)]).verdict).toBe('held');
  });
  test('what a transaction reads of its own write says nothing about others', () => {
    const own = txn(8, ['w', 'u', 1], ['r', 'u', 1], ['r', 'y', null]);
    const other = txn(10, ['r', 'u', null], ['r', 'y', 1]);
    expect(longFork([...writes, own, other]).verdict).toBe('held');
  });
  test('a value that nobody wrote is no value', () => {
    expect(longFork([...writes, reads(6, 2, null)]).verdict).toBe('broken');
  });
  test('where no read saw one write without another, nothing could fork', () => {
    expect(longFork([...writes, reads(6, 1, 1), reads(8, null, null)]).verdict).toBe('unknown');
  });
  test('a budget that runs out is unknown', () => {
    const many = [...writes, reads(6, 1, null), reads(8, 1, null)];
    expect(longFork(many, { pairs: 1 })).toMatchObject({ verdict: 'unknown', pairs: 1 });
  });
  test('a key that is written twice is a mistake of the workload', () => {
    expect(() => longFork([...writes, txn(6, ['w', 'x', 2])])).toThrow(HistoryError);
  });
});
