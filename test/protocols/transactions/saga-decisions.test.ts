/** The pure decisions of sagas. */
import { expect, test } from 'vitest';
import { apply, nextOf, type Progress } from '../../../protocols/transactions/saga/progress.ts';
import type { SagaRecord } from '../../../protocols/transactions/saga/records.ts';
import { onAction, onCompensation } from '../../../protocols/transactions/saga/rules.ts';

const steps = [
  { service: 's1', item: 1 },
  { service: 's2', item: 2 },
  { service: 's3', item: 3 },
];

/** What comes next after each record of a log. */
function nextAfter(...records: SagaRecord[]) {
  const sagas = new Map<string, Progress>();
  for (const record of [{ kind: 'begin', saga: 'x', steps } as const, ...records]) apply(sagas, record);
  return nextOf(sagas.get('x')!);
}

test('§2 a saga is T1, T2 … Tn', () => {
  expect(nextAfter()).toEqual({ kind: 'act', step: 1 });
  expect(nextAfter({ kind: 'done', saga: 'x', step: 1 })).toEqual({ kind: 'act', step: 2 });
  expect(nextAfter({ kind: 'done', saga: 'x', step: 3 })).toEqual({ kind: 'end', outcome: 'done' });
});

test('§2 or T1 … Tj, Cj … C2, C1', () => {
  const abort = { kind: 'abort', saga: 'x', step: 2 } as const;
  expect(nextAfter(abort)).toEqual({ kind: 'compensate', step: 2 });
  expect(nextAfter(abort, { kind: 'compensated', saga: 'x', step: 2 })).toEqual({
    kind: 'compensate',
    step: 1,
  });
  expect(nextAfter(abort, { kind: 'compensated', saga: 'x', step: 1 })).toEqual({
    kind: 'end',
    outcome: 'compensated',
  });
});

test('an action has its effect once, and none after its compensation', () => {
  expect(onAction(undefined)).toBe('act');
  expect(onAction('done')).toBe('confirm');
  expect(onAction('compensated')).toBe('refuse');
  expect(onAction('cancelled')).toBe('refuse');
});

test('a compensation has its effect once; one that overtook its action has none but to cancel it', () => {
  expect(onCompensation(undefined)).toBe('cancel');
  expect(onCompensation('done')).toBe('undo');
  expect(onCompensation('compensated')).toBe('confirm');
  expect(onCompensation('cancelled')).toBe('confirm');
});
