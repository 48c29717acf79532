import { describe, expect, test } from 'vitest';
import { type BankEvidence, bank, HistoryError, type Operation } from '../../../sim/check/index.ts';

const read = (output: unknown, call: number): Operation => ({
  ...{ process: 0, f: 'read', output, type: 'ok', call, return: call + 1 },
});
const transfer = (call: number): Operation => ({
  ...{
    process: 1,
    f: 'transfer',
    value: { from: 'a', to: 'b', amount: 3 },
    type: 'ok',
    call,
    return: call + 1,
  },
});

describe('a bank', () => {
  test('money is moved and never made', () => {
    const history = [read({ a: 7, b: 3 }, 0), transfer(2), read({ a: 4, b: 6 }, 4)];
    expect(bank(history)).toMatchObject({ verdict: 'held', reads: 2, total: 10 });
    expect(bank(history, { total: 10 }).verdict).toBe('held');
    expect(bank(history, { total: 11 })).toMatchObject({ verdict: 'broken', wrong: 2 });
  });
  test('a read that shows a transfer by half is wrong, and the reads around it are right', () => {
    const history = [
      ...[read({ a: 7, b: 3 }, 0), read({ a: 7, b: 3 }, 2)],
      ...[transfer(4), read({ a: 4, b: 3 }, 6), read({ a: 4, b: 6 }, 8), read({ a: 4, b: 6 }, 10)],
    ];
    const verdict = bank(history);
    if (verdict.verdict !== 'broken') throw new Error('expected broken');
    expect(verdict.wrong).toBe(1);
    expect(verdict.violations[0].message).toBe(
      'process 0 read, returned at 7, found 7 in all accounts where 10 was expected, 3 too little: {"a":4,"b":3}',
    );
    const evidence = verdict.violations[0].evidence as BankEvidence;
    expect([evidence.before?.call, evidence.after?.call]).toEqual([2, 8]);
  });
  test('money that appears is wrong as well', () => {
    const verdict = bank([read({ a: 7, b: 3 }, 0), read({ a: 7, b: 6 }, 2)]);
    expect(verdict.verdict === 'broken' && verdict.violations[0].message).toContain('3 too much');
  });
  test('an overdraft is a violation if asked for', () => {
    const history = [read({ a: 7, b: 3 }, 0), read({ a: -1, b: 11 }, 2)];
    expect(bank(history).verdict).toBe('held');
    expect(bank(history, { noOverdraft: true }).verdict).toBe('broken');
    expect(bank([read({ a: 7, b: 3 }, 0), read({ a: 0, b: 10 }, 2)], { noOverdraft: true }).verdict).toBe(
      'held',
    );
  });
  test('an account that a read does not show is missing, whatever the total', () => {
    const verdict = bank([read({ a: 10, b: 0 }, 0), read({ a: 10 }, 2)]);
    expect(verdict.verdict === 'broken' && verdict.violations[0].message).toContain('the balance of "b"');
    expect(bank([read({ a: 10 }, 2)], { total: 10, accounts: ['a', 'c'] }).verdict).toBe('broken');
  });
  test('nothing read, or one read with no total to compare it to, is unknown', () => {
    expect(bank([transfer(0)]).verdict).toBe('unknown');
    expect(bank([read({ a: 7, b: 3 }, 0)]).verdict).toBe('unknown');
    expect(bank([read({ a: 7, b: 3 }, 0)], { total: 10 }).verdict).toBe('held');
  });
  test('a read that failed, or whose fate is unknown, says nothing', () => {
    const failed: Operation = { ...read({ a: 1 }, 2), type: 'fail' };
    const open: Operation = { ...read({ a: 1 }, 2), type: 'info' };
    expect(bank([read({ a: 10 }, 0), failed, open, read({ a: 10 }, 4)]).verdict).toBe('held');
  });
  test('balances are whole numbers', () => {
    expect(() => bank([read({ a: 0.5 }, 0)])).toThrow(HistoryError);
    expect(() => bank([read([1], 0)])).toThrow(/whole balances by account/);
    expect(() => bank([read(undefined, 0)])).toThrow(HistoryError);
  });
});
