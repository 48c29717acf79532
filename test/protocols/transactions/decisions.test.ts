/** The pure decisions of two-phase commit, in the words of its sources. */
import { describe, expect, test } from 'vitest';
import { Ledger } from '../../../protocols/transactions/two-phase-commit/ledger.ts';
import type { Change } from '../../../protocols/transactions/two-phase-commit/messages.ts';
import type { Prepared } from '../../../protocols/transactions/two-phase-commit/records.ts';
import {
  decisionOf,
  whatIsKnown,
  whomToAsk,
} from '../../../protocols/transactions/two-phase-commit/rules.ts';

const votes = (entries: Record<string, 'yes' | 'no'>) => new Map(Object.entries(entries));

test('AC3 the commit decision can only be reached if all processes voted yes', () => {
  expect(decisionOf(['p1', 'p2'], votes({ p1: 'yes', p2: 'yes' }))).toBe('commit');
  expect(decisionOf(['p1', 'p2'], votes({ p1: 'yes', p2: 'no' }))).toBe('abort');
  expect(decisionOf(['p1', 'p2'], votes({ p1: 'yes' }))).toBe('abort');
  expect(decisionOf(['p1', 'p2'], votes({ p1: 'yes', p3: 'yes' }))).toBe('abort');
});

test('R* §3.2 in the absence of information about a transaction its coordinator presumes that it aborted', () => {
  expect(whatIsKnown('unknown')).toBe('abort');
  expect(whatIsKnown('committed')).toBe('commit');
  expect(whatIsKnown('voting'), 'it may still become either').toBeNull();
});

const change = (account: string, amount: number): Change => ({ participant: 'p1', account, amount });
const prepared = (transaction: string, changes: readonly Change[]): Prepared => ({
  kind: 'prepared',
  transaction,
  coordinator: 't1',
  participants: ['p1', 'p2', 'p3'],
  changes,
});

test('BHG §7.4 a process in doubt asks the coordinator and every other participant', () => {
  expect(whomToAsk(prepared('x', []), 'p2')).toEqual(['t1', 'p1', 'p3']);
});

describe('a ledger', () => {
  const fresh = () => new Ledger(['a', 'b'], 10);

  test('promises what it can keep: known accounts, that nobody uses, with enough money', () => {
    const ledger = fresh();
    expect(ledger.obstacle([change('a', -10), change('b', 10)])).toBeUndefined();
    expect(ledger.obstacle([change('c', 1)])).toBe('no such account');
    expect(ledger.obstacle([change('a', -11)])).toBe('not enough money');
    expect(ledger.obstacle([change('a', -6), change('a', -6)])).toBe('not enough money');
    ledger.apply(prepared('x', [change('a', -10)]));
    expect(ledger.obstacle([change('a', 1)])).toBe('account in use');
    expect(ledger.obstacle([change('b', 1)])).toBeUndefined();
  });

  test('changes nothing while in doubt, everything with a commit, nothing with an abort', () => {
    const ledger = fresh();
    ledger.apply(prepared('x', [change('a', -4)]));
    ledger.apply(prepared('y', [change('b', 3)]));
    expect([ledger.inDoubt, ledger.balance('a'), ledger.sum]).toEqual([['x', 'y'], 10, 20]);
    ledger.apply({ kind: 'decided', transaction: 'x', decision: 'commit' });
    ledger.apply({ kind: 'decided', transaction: 'y', decision: 'abort' });
    expect([ledger.inDoubt, ledger.balance('a'), ledger.balance('b'), ledger.sum]).toEqual([[], 6, 10, 16]);
    expect([ledger.decision('x'), ledger.decision('y'), ledger.decision('z')]).toEqual([
      'commit',
      'abort',
      undefined,
    ]);
    expect(ledger.obstacle([change('a', -6), change('b', -10)])).toBeUndefined();
  });

  test('remembers a decision on what it never promised, and promises it no more', () => {
    const ledger = fresh();
    ledger.apply({ kind: 'decided', transaction: 'x', decision: 'abort' });
    expect([ledger.decision('x'), ledger.sum]).toEqual(['abort', 20]);
  });
});
