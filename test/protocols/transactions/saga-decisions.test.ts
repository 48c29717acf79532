/** The pure decisions of sagas. */
import { expect, test } from 'vitest';
import type { Step } from '../../../protocols/transactions/saga/messages.ts';
import { apply, nextOf, type Progress } from '../../../protocols/transactions/saga/progress.ts';
import type { SagaRecord } from '../../../protocols/transactions/saga/records.ts';
import { onAction, onCompensation } from '../../../protocols/transactions/saga/rules.ts';

type Told = Extract<SagaRecord, { saga: string }>;

const steps = [
  { service: 's1', request: 1 },
  { service: 's2', request: 2 },
  { service: 's3', request: 3 },
];

/** What comes next after the records of a log. */
const nextAfter = (...records: Told[]) => nextWith(steps, ...records);

function nextWith(own: readonly Step[], ...records: Told[]) {
  const sagas = new Map<string, Progress>();
  for (const record of [{ kind: 'begin', saga: 'x', steps: own } as const, ...records]) apply(sagas, record);
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

test('steps that change nothing are not compensated', () => {
  const mixed: Step[] = [{ service: 's1', request: 1, kind: 'query' }, ...steps.slice(1)];
  expect(nextWith(mixed)).toEqual({ kind: 'act', step: 1 });
  const abort = { kind: 'abort', saga: 'x', step: 2 } as const;
  expect(nextWith(mixed, abort)).toEqual({ kind: 'compensate', step: 2 });
  expect(nextWith(mixed, abort, { kind: 'compensated', saga: 'x', step: 2 })).toEqual({
    kind: 'end',
    outcome: 'compensated',
  });
});

test('a saga is parked where a compensation has failed, and goes on from there', () => {
  const records: Told[] = [
    { kind: 'abort', saga: 'x', step: 2 },
    { kind: 'compensated', saga: 'x', step: 2 },
    { kind: 'parked', saga: 'x', step: 1 },
  ];
  expect(nextAfter(...records)).toEqual({ kind: 'end', outcome: 'parked' });
  expect(nextAfter(...records, { kind: 'unparked', saga: 'x' })).toEqual({ kind: 'compensate', step: 1 });
});
