import { expect, test } from 'vitest';
import { type CheckReport, checkJson, checkText, plainPalette } from '../../reports/index.ts';
import { judges, readHistory, witnessesOf } from '../../sim/check/index.ts';

function reportOf(lines: readonly object[], model: string): CheckReport {
  const { operations, linesOf, skipped } = readHistory(lines.map((line) => JSON.stringify(line)).join('\n'));
  const judgement = judges.get(model)!.judge(operations);
  const violations = judgement.verdict === 'broken' ? judgement.violations : [];
  const traced = violations.map((violation) => {
    const witnesses = witnessesOf(violation);
    const places = linesOf(witnesses.map(({ operation }) => operation));
    return {
      ...violation,
      witnesses: witnesses.map((witness) => {
        const [line, returnLine] = places.get(witness.operation) ?? [];
        return { ...witness, line, returnLine };
      }),
    };
  });
  return {
    ...{ version: '1.0.0', file: 'h.jsonl', format: 'json-lines', isFormatDetected: true, model, skipped },
    verdict: judgement.verdict,
    violations: traced,
    violationCount: traced.length,
    ...(judgement.verdict === 'unknown' && { reason: judgement.reason }),
    operations: operations.length,
    engine: judgement.engine,
    ...{ readMs: 3, judgeMs: 2, wallMs: 5 },
  };
}

const text = (report: CheckReport, columns?: number): string =>
  checkText(report, { palette: plainPalette, nameWidth: 0, ...(columns !== undefined && { columns }) });

const open = { process: 0, f: 'put', key: 'x', value: 1, call: 1, return: null };
const seen = { process: 1, f: 'get', key: 'x', value: 1, call: 5, return: 6 };
const gone = { process: 2, f: 'get', key: 'x', value: null, call: 7, return: 9 };

test('time runs to the right; what nobody saw the end of stays open', () => {
  const report = reportOf([open, seen, gone], 'kv');
  const operations = readHistory(
    [open, seen, gone].map((line) => JSON.stringify(line)).join('\n'),
  ).operations;
  const violation = { check: 'a check', message: 'a message', evidence: { operations } };
  const witnesses = witnessesOf(violation).map((witness, at) => ({
    ...witness,
    line: at + 1,
    returnLine: at + 1,
  }));
  expect(text({ ...report, violations: [{ ...violation, witnesses }] })).toContain(
    [
      '    line  who        operation   called  returned',
      '       1  process 0  put 1            1     never  ├╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌',
      '       2  process 1  get → 1          5         6      ├───┤',
      '       3  process 2  get → null       7         9              ├───┤',
    ].join('\n'),
  );
});

test('no line is longer than the window, but for a command that must not be broken', () => {
  const next = { about: 'keep these operations alone', command: `skerry check ${'x'.repeat(60)}` };
  const narrow = text({ ...reportOf([open, seen, gone], 'kv'), next }, 60);
  expect(narrow).toContain(`  keep these operations alone:\n    ${next.command}`);
  const lines = narrow.split('\n').filter((line) => !line.includes('skerry check'));
  expect(lines.filter((line) => line.length > 60)).toEqual([]);
});

test('of many broken keys three are shown, ten are told, all are counted', () => {
  const keys = Array.from({ length: 15 }, (_, at) => `k${at}`);
  const report = reportOf(
    keys.map((key, process) => ({ process, f: 'get', key, value: 7, call: 1, return: 2 })),
    'kv',
  );
  const lines = text(report).split('\n');
  expect(lines.filter((line) => /^ {4}line {2}who/.test(line))).toHaveLength(3);
  expect(lines.filter((line) => line.startsWith('  - key '))).toHaveLength(7);
  expect(lines).toContain('  15 violations; the others begin with:');
  expect(JSON.parse(checkJson(report))).toMatchObject({ violationCount: 15, evidence: { key: 'k0' } });
});

test('unknown says why', () => {
  expect(
    text(reportOf([open], 'kv'))
      .split('\n')
      .slice(0, 2),
  ).toEqual([
    '? h.jsonl  unknown: kv, 1 operation, 5ms',
    '  no operation succeeded, so there was nothing to judge',
  ]);
});
