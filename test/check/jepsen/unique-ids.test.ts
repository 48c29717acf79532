import { describe, expect, test } from 'vitest';
import { HistoryError, type Operation, uniqueIds } from '../../../sim/check/index.ts';

const generate = (process: number, output: unknown, call: number): Operation => ({
  ...{ process, f: 'generate', output, type: 'ok', call, return: call + 1, returnUs: (call + 1) * 1000 },
});

describe('unique identifiers', () => {
  test('an identifier is given out once', () => {
    expect(uniqueIds([generate(0, 1, 0), generate(1, '1', 2), generate(0, [1], 4)])).toMatchObject({
      verdict: 'held',
      acknowledged: 3,
      duplicated: 0,
    });
  });
  test('the second receiver of one breaks the promise, in sight of both', () => {
    const verdict = uniqueIds([generate(0, { a: 1, b: 2 }, 0), generate(1, { b: 2, a: 1 }, 2)]);
    expect(verdict).toMatchObject({ verdict: 'broken', duplicated: 1 });
    expect(verdict.verdict === 'broken' && verdict.violations[0]).toMatchObject({
      atUs: 3000,
      message:
        'the identifier {"a":1,"b":2} was given out twice: to process 0 at 0.001s and to process 1 at 0.003s',
    });
  });
  test('what failed or was never answered gave out nothing', () => {
    const failed: Operation = { ...generate(1, 1, 2), type: 'fail' };
    const open: Operation = { ...generate(2, 1, 2), type: 'info' };
    expect(uniqueIds([generate(0, 1, 0), failed, open])).toMatchObject({ verdict: 'held', acknowledged: 1 });
    expect(uniqueIds([failed, open]).verdict).toBe('unknown');
    expect(uniqueIds([]).verdict).toBe('unknown');
  });
  test('an answer without an identifier is a mistake of the recorder', () => {
    expect(() => uniqueIds([generate(0, null, 0)])).toThrow(HistoryError);
    expect(() => uniqueIds([{ ...generate(0, 1, 0), f: 'read' }])).toThrow(/unique-ids knows generate/);
  });
});
