import { expect, test } from 'vitest';
import { type DriveReport, driveData, driveText, plainPalette } from '../../reports/index.ts';

const good: DriveReport = {
  ...{
    version: '1.0.0',
    protocol: 'raft',
    workload: 'kv',
    clients: 5,
    history: 'h.jsonl',
    end: 'operations',
  },
  operations: { begun: 1000, ok: 1000, fail: 0, info: 0 },
  ...{ silent: [], uncaught: [], loadMs: 2000 },
  latenciesMs: Array.from({ length: 1000 }, (_, index) => 1000 - index),
};

const text = (change: Partial<DriveReport> = {}): string[] =>
  driveText({ ...good, ...change }, { palette: plainPalette, nameWidth: 0 }).split('\n');

test('what was done, how fast, and where the history is', () => {
  expect(text()).toEqual([
    '✓ raft kv  1,000 operations in 2s: 1,000 ok',
    '  500 a second · half of them within 500ms, 99% within 990ms, all within 1s',
    '  history: h.jsonl',
  ]);
});

test('what did not go well', () => {
  const operations = { begun: 10, ok: 7, fail: 1, info: 2 };
  expect(text({ operations, silent: ['n2', 'n3'], end: 'stalled', latenciesMs: [1] })).toEqual([
    '? raft kv  10 operations in 2s: 7 ok, 1 refused, 2 of unknown fate',
    '  4 a second · half of them within 1ms, 99% within 1ms, all within 1ms',
    '  n2, n3 never answered',
    '  the clients were given up: no operation ended for a minute',
    '  history: h.jsonl',
  ]);
  expect(text({ uncaught: ['c1 did not catch Error: x'] })[0]).toMatch(/^✗/);
});

test('if no server answered there is nothing else to tell', () => {
  const operations = { begun: 0, ok: 0, fail: 0, info: 0 };
  expect(text({ operations, silent: ['n1'], end: 'no server', latenciesMs: [], loadMs: 0 })).toEqual([
    '? raft kv  0 operations in 0s: 0 ok',
    '  n1 never answered',
    '  no server answered, so nothing was done',
  ]);
});

test('for machines: the same, with three of the latencies', () => {
  expect(driveData(good)).toMatchObject({
    ...{ tool: 'skerry', version: '1.0.0', end: 'operations', operations: { ok: 1000 }, loadMs: 2000 },
    latenciesMs: { p50: 500, p99: 990, max: 1000 },
  });
  expect(driveData({ ...good, latenciesMs: [] })).toMatchObject({ latenciesMs: null });
});
