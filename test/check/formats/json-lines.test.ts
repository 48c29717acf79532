import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judges, type Operation, operationLine, readHistory } from '../../../sim/check/index.ts';
import { inPieces, mutated } from './pieces.ts';

const read = (...lines: (object | string)[]) =>
  readHistory(lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));

/** What is wrong, as `line[:column]: message; hint`. */
const complaints = (...lines: (object | string)[]): string[] =>
  read(...lines).findings.map(({ line, column, message, hint }) =>
    [`${line}${column === undefined ? '' : `:${column}`}: ${message}`, hint].join('; '),
  );

const plain = (operations: readonly Operation[]) => JSON.parse(JSON.stringify(operations)) as unknown;

describe('operations, one a line', () => {
  test('a write, a read of it, a cas that was refused, and a write whose fate nobody knows', () => {
    const { format, operations, findings } = read(
      { process: 0, f: 'write', key: 'x', value: 7, call: 10, return: 20 },
      { process: 1, f: 'read', key: 'x', value: 7, call: 12, return: 30 },
      { process: 2, f: 'cas', key: 'x', value: [1, 2], ok: false, call: 31, return: 32 },
      { process: 3, f: 'write', key: 'x', value: 8, call: 33, return: null },
    );
    expect(findings).toEqual([]);
    expect(format).toBe('json-lines');
    expect(plain(operations)).toEqual([
      { process: 0, f: 'write', key: 'x', value: 7, type: 'ok', call: 10, return: 20 },
      { process: 1, f: 'read', key: 'x', output: 7, type: 'ok', call: 12, return: 30 },
      { process: 2, f: 'cas', key: 'x', value: [1, 2], output: false, type: 'ok', call: 31, return: 32 },
      { process: 3, f: 'write', key: 'x', value: 8, type: 'info', call: 33, return: null },
    ]);
  });

  test('the value of a transaction has its answers in it', () => {
    const [transaction] = read({
      process: 0,
      f: 'txn',
      value: [['r', 'x', [1]]],
      call: 1,
      return: 2,
    }).operations;
    expect(transaction).toMatchObject({ value: [['r', 'x', [1]]], output: [['r', 'x', [1]]] });
  });

  test('value and output may both be given; keys are words; clients may have names', () => {
    const { operations } = read(
      { process: 'c1', f: 'contains', key: 12, value: 5, output: true, call: 1, return: 2 },
      { process: 4, f: 'add', value: 5, call: 3, return: 4 },
    );
    expect(plain(operations)).toEqual([
      {
        process: 5,
        client: 'c1',
        f: 'contains',
        key: '12',
        value: 5,
        output: true,
        type: 'ok',
        call: 1,
        return: 2,
      },
      { process: 4, f: 'add', value: 5, type: 'ok', call: 3, return: 4 },
    ]);
  });

  test('after an operation of unknown fate a process goes on under a new number and its old name', () => {
    const { operations } = read(
      { process: 1, f: 'write', value: 2, call: 5, return: 6 },
      { process: 1, f: 'write', value: 1, call: 1, return: null },
    );
    expect(operations.map(({ process, client }) => [process, client])).toEqual([
      [2, 'process 1'],
      [1, undefined],
    ]);
  });

  test('a byte order mark, blank lines and line ends of Windows do no harm', () => {
    const line = '{"process":0,"f":"write","value":1,"call":1,"return":2}';
    const { operations, linesOf } = readHistory(
      `\uFEFF${line}\r\n\r\n${line.replace('1,"r', '3,"r').replace(':2}', ':4}')}`,
    );
    expect(operations).toHaveLength(2);
    expect([...linesOf(operations).values()]).toEqual([
      [1, 1],
      [3, 3],
    ]);
  });
});

describe("events in Jepsen's shape", () => {
  test('are paired; without times the order of the lines counts', () => {
    const { operations, skipped, linesOf } = read(
      { process: 0, type: 'invoke', f: 'write', key: 'x', value: 1 },
      { process: 'nemesis', type: 'info', f: 'kill', value: 'n1' },
      { process: 1, type: 'invoke', f: 'read', key: 'x', value: null },
      { process: 0, type: 'info', f: 'write', key: 'x' },
      { process: 1, type: 'ok', f: 'read', key: 'x', value: 1 },
    );
    expect(plain(operations)).toEqual([
      { process: 0, f: 'write', key: 'x', value: 1, type: 'info', call: 0, return: 2 },
      { process: 1, f: 'read', key: 'x', output: 1, type: 'ok', call: 1, return: 3 },
    ]);
    expect([...skipped]).toEqual([['event of the nemesis', 1]]);
    expect([...linesOf(operations).values()]).toEqual([
      [1, 4],
      [3, 5],
    ]);
  });

  test('with times, the times count; a cas may answer false', () => {
    const { operations } = read(
      { process: 0, type: 'invoke', f: 'cas', value: [1, 2], time: 100 },
      { process: 0, type: 'ok', f: 'cas', value: [1, 2], ok: false, time: 130 },
    );
    expect(operations[0]).toMatchObject({ call: 100, return: 130, output: false });
  });

  test('what never completes is of unknown fate', () => {
    const [open] = read({ process: 0, type: 'invoke', f: 'write', value: 1, time: 9 }).operations;
    expect(open).toMatchObject({ type: 'info', call: 9, return: null });
  });
});

const write = { process: 0, f: 'write', value: 1, call: 1, return: 2 };
const invoke = { process: 0, type: 'invoke', f: 'read' };
const ok = { process: 0, type: 'ok', f: 'read', value: 1 };

describe('what is wrong is told with its line', () => {
  test.each<[string, (object | string)[], string]>([
    [
      'cut off',
      [write, '{"process":0,"f":"wri'],
      '2:22: this line ends in the middle of a JSON value; expected one JSON object a line',
    ],
    ['no JSON', [write, '{"process":0 "f"}'], '2:14: this is not JSON; expected one JSON object a line'],
    [
      'a list',
      [write, '[1]'],
      '2:1: this line is a list; expected one JSON object a line (jq -c ".[]" makes lines of a list)',
    ],
    [
      'no process',
      [{ f: 'read', call: 1, return: 2 }],
      '1: "process" is missing; expected a whole number from 0, or a name',
    ],
    [
      'a process below zero',
      [{ ...write, process: -1 }],
      '1: "process" is -1; expected a whole number from 0, or a name',
    ],
    ['no function', [{ ...write, f: 7 }], '1: "f" is 7; expected the name of a function, such as "read"'],
    [
      'no return',
      [{ process: 0, f: 'read', call: 1 }],
      '1: "return" is missing; expected a whole number, or null if nobody knows',
    ],
    ['a call in words', [{ ...write, call: '1' }], '1: "call" is "1"; expected a whole number'],
    [
      'a return before its call',
      [write, { ...write, call: 9, return: 3 }],
      '2: process 0 returns from write at 3, before its call at 9; expected a "return" that is not smaller',
    ],
    [
      'a type that is none',
      [{ ...invoke, type: 'done' }],
      '1: "type" is "done"; expected "invoke", "ok", "fail" or "info" (or "call" and "return")',
    ],
    [
      'ok that never returned',
      [{ ...write, type: 'ok', return: null }],
      '1: this operation is ok but never returned; expected a whole number as "return", or no "type"',
    ],
    [
      'a refused write',
      [{ ...write, ok: false }],
      '1: "ok":false beside write; only what has a condition (cas, acquire, add …) answers false; what failed has "type":"fail"',
    ],
    [
      'an event among operations',
      [write, invoke],
      '2: an event (with "type") among operations: line 1 is an operation (with "call" and "return"); expected all lines of a file to be of one kind',
    ],
    [
      'an operation among events',
      ['', invoke, write],
      '3: an operation (with "call" and "return") among events: line 2 is an event (with "type"); expected all lines of a file to be of one kind',
    ],
    [
      'two completions',
      [invoke, ok, ok],
      '3: process 0 completes read, but line 2 has completed its last operation; expected an invoke of the same process before',
    ],
    [
      'a completion of nothing',
      [ok],
      '1: process 0 completes read, which it has not invoked; expected an invoke of the same process before',
    ],
    [
      'two invocations',
      [invoke, invoke],
      '2: process 0 invokes read while its read of line 1 is open; expected its completion (ok, fail or info) first',
    ],
    [
      'another function',
      [invoke, { ...ok, f: 'write' }],
      '2: process 0 completes write, but has invoked read in line 1; expected the completion of read',
    ],
    [
      'another key',
      [
        { ...invoke, key: 'x' },
        { ...ok, key: 'y' },
      ],
      '2: process 0 completes read with key "y", but has invoked it with key "x" in line 1; expected the same key',
    ],
    [
      'time that runs back',
      [
        { ...invoke, time: 5 },
        { ...ok, time: 4 },
      ],
      '2: process 0 returns from read at 4, before its call at 5 (line 1); expected a time that is not smaller',
    ],
    [
      'time in some events only',
      [{ ...invoke, time: 5 }, ok],
      '2: this event has no time, although others do; expected "time" in every event, or in none',
    ],
    [
      'a session that is neither a number nor a name',
      [{ ...write, session: ['web', 7] }],
      '1: "session" is ["web",7]; expected a number or a name',
    ],
    [
      'two operations at once',
      [write, { ...write, call: 0, return: 3 }],
      '1: process 0 calls write at 1, before its write of line 2 returned at 3; a process does one thing at a time: give the other one a number of its own',
    ],
  ])('%s', (_, lines, complaint) => {
    expect(complaints(...lines)[0]).toBe(complaint);
  });

  test('a list instead of lines, nothing at all, and something else', () => {
    expect(complaints('[', ' {"process":0}', ']')[0]).toMatch(
      /^1: it is a list; expected one JSON object a line/,
    );
    expect(complaints('', ' ')).toEqual(['1: there is nothing in it; expected a history']);
    expect(complaints('<html>')[0]).toMatch(
      /^1: it is no history of a known format: "<html>"; expected lines such as/,
    );
  });

  test('the first ten are told', () => {
    const { findings, findingCount } = read(write, ...Array.from({ length: 50 }, () => '{'));
    expect(findings.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(findingCount).toBeGreaterThan(10);
  });
});

test('what was written as lines is read as it was', () => {
  const histories: Operation[] = [
    {
      process: 0,
      client: 'c1',
      f: 'put',
      key: 'x',
      value: 1,
      type: 'ok',
      call: 1,
      return: 2,
      callUs: 10,
      returnUs: 20,
    },
    { process: 1, session: 4, f: 'get', key: 'x', output: 1, type: 'ok', call: 1, return: 3 },
    { process: 2, session: 'web-7', f: 'get', key: 'x', output: null, type: 'ok', call: 1, return: 3 },
    { process: 3, f: 'cas', key: 'x', value: [1, 2], output: false, type: 'ok', call: 4, return: 5 },
    { process: 4, f: 'put', value: 3, type: 'info', call: 6, return: 9 },
    { process: 5, f: 'put', value: 4, type: 'info', call: 6, return: null },
    { process: 6, f: 'put', value: 5, type: 'fail', call: 6, return: 7 },
    { process: 7, f: 'read', value: ['a', 'b'], type: 'ok', output: null, call: 6, return: 7 },
    { process: 8, f: 'txn', value: [['r', 1, null]], output: [['r', 1, 2]], type: 'ok', call: 6, return: 7 },
  ];
  const { operations, findings } = readHistory(histories.map(operationLine).join('\n'));
  expect(findings).toEqual([]);
  expect(plain(operations)).toEqual(histories);
});

test('two hundred thousand operations in pieces that end anywhere', () => {
  const lines: string[] = [];
  for (let at = 0; at < 200_000; at++) {
    lines.push(
      JSON.stringify({
        process: at % 7,
        f: 'put',
        key: `k${at % 100}`,
        value: at,
        call: at * 2,
        return: at * 2 + 1,
      }),
    );
  }
  const text = `${lines.join('\n')}\n`;
  const { operations, findingCount } = inPieces(text, 65_521);
  expect(findingCount).toBe(0);
  expect(operations).toHaveLength(200_000);
  expect(operations[199_999]).toMatchObject({ process: 2, key: 'k99', value: 199_999 });
  expect(judges.get('kv')?.judge(operations)).toMatchObject({
    verdict: 'held',
    operations: 200_000,
    keys: 100,
  });
});

test('mutated lines are read or refused, never thrown at', () => {
  const sample = [
    invoke,
    ok,
    { ...invoke, key: 'x', time: 3 },
    write,
    { ...write, return: null, value: [1, 2] },
  ]
    .map((line) => JSON.stringify(line))
    .join('\n');
  fc.assert(
    fc.property(mutated(sample), fc.integer({ min: 1, max: 50 }), (text, size) => {
      const { operations, findingCount, findings } = inPieces(text, size, 'json-lines');
      expect(operations.length + findingCount).toBeGreaterThanOrEqual(0);
      for (const { line } of findings) expect(line).toBeGreaterThan(0);
    }),
  );
});
