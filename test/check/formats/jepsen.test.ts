import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judges, type Operation, type ReadOptions, readHistory } from '../../../sim/check/index.ts';
import { inPieces, mutated } from './pieces.ts';

const plain = (operations: readonly Operation[]) => JSON.parse(JSON.stringify(operations)) as unknown;

const complaints = (text: string, options: ReadOptions = {}): string[] =>
  readHistory(text, options).findings.map(({ line, column, message, hint }) =>
    [`${line}${column === undefined ? '' : `:${column}`}: ${message}`, hint].join('; '),
  );

const lines = [
  '{:process 0, :type :invoke, :f :write, :value 3, :time 1000000, :index 0}',
  '{:process :nemesis, :type :info, :f :start-partition, :value nil, :time 1500000, :index 1}',
  '{:process 1, :type :invoke, :f :read, :value nil, :time 2000000, :index 2}',
  '{:process 0, :type :info, :f :write, :value 3, :error :timeout, :time 3000000, :index 3}',
  '{:process 1, :type :ok, :f :read, :value 3, :time 4000000, :index 4}',
  '{:process 5, :type :invoke, :f :cas, :value [3 4], :time 5000000, :index 5}',
  '{:process 5, :type :fail, :f :cas, :value [3 4], :time 6000000, :index 6}',
];

const expected = [
  { process: 0, f: 'write', value: 3, type: 'info', call: 0, return: 2, callUs: 1000, returnUs: 3000 },
  { process: 1, f: 'read', output: 3, type: 'ok', call: 1, return: 3, callUs: 2000, returnUs: 4000 },
  { process: 5, f: 'cas', value: [3, 4], type: 'fail', call: 4, return: 5, callUs: 5000, returnUs: 6000 },
];

describe("Jepsen's history.edn: the order of the file counts, the nemesis is left out", () => {
  test.each([
    ['one map a line', lines.join('\n')],
    ['a vector', `[${lines.join('\n ')}]`],
    ['a list', `(${lines.join('\n')})`],
    ['tagged maps', lines.map((line) => `#jepsen.history.Op${line}`).join('\n')],
    ['all in one line, after a comment', `; a test\n[${lines.join(' ')}]`],
  ])('%s', (_, text) => {
    const { format, operations, skipped, findings } = readHistory(text);
    expect(findings).toEqual([]);
    expect(format).toBe('jepsen');
    expect(plain(operations)).toEqual(expected);
    expect([...skipped]).toEqual([['event of the nemesis', 1]]);
  });

  test('sets, characters, ratios, large numbers and what is to be left out are read', () => {
    const { operations, findings } = readHistory(
      [
        '{:process 0 :type :invoke :f :read :value nil #_ :ignored}',
        '{:process 0 :type :ok :f :read :value #{2 1 \\a 1/2 12345678901234567890N}}',
      ].join('\n'),
    );
    expect(findings).toEqual([]);
    expect(operations[0]?.output).toEqual(['1/2', '12345678901234567890', 'a', 1, 2]);
  });

  test('transactions go to the judges of transactions', () => {
    const text = [
      '{:process 0, :type :invoke, :f :txn, :value [[:append :x 1]]}',
      '{:process 0, :type :ok, :f :txn, :value [[:append :x 1]]}',
      '{:process 1, :type :invoke, :f :txn, :value [[:r :x nil] [:append :y 1]]}',
      '{:process 1, :type :ok, :f :txn, :value [[:r :x [1]] [:append :y 1]]}',
    ].join('\n');
    expect(readHistory(text).operations[1]).toMatchObject({
      value: [
        ['r', 'x', null],
        ['append', 'y', 1],
      ],
      output: [
        ['r', 'x', [1]],
        ['append', 'y', 1],
      ],
    });
  });
});

describe('independent keys look like pairs', () => {
  const keyed = [
    '{:process 0, :type :invoke, :f :write, :value [7 1]}',
    '{:process 0, :type :ok, :f :write, :value [7 1]}',
    '{:process 1, :type :invoke, :f :cas, :value [8 [1 2]]}',
    '{:process 2, :type :invoke, :f :read, :value [7 nil]}',
    '{:process 1, :type :info, :f :cas, :value nil, :error :timeout}',
    '{:process 2, :type :ok, :f :read, :value [7 1]}',
  ].join('\n');

  test('so a file of nothing else asks', () => {
    expect(complaints(keyed)).toEqual([
      '1: every value is a pair, as if it were [key value] of jepsen.independent; add --independent if it is, or --no-independent if the pairs are the values',
    ]);
    expect(complaints(keyed, { independent: false })).toEqual([]);
  });

  test('and is told apart by the key when the answer is yes', () => {
    const { operations } = readHistory(keyed, { independent: true });
    expect(operations.map(({ f, key, value, output }) => ({ f, key, value, output }))).toEqual([
      { f: 'write', key: '7', value: 1, output: 1 },
      { f: 'cas', key: '8', value: [1, 2] },
      { f: 'read', key: '7', output: 1 },
    ]);
  });

  test('a cas among reads is not ambiguous, and a value without a key is refused', () => {
    expect(complaints(lines.join('\n'))).toEqual([]);
    expect(complaints(lines.join('\n'), { independent: true })[0]).toBe(
      '1:1: :value is 3; expected [key value], since --independent says so',
    );
  });
});

describe('what is wrong', () => {
  test.each([
    ['{:type :invoke, :f :read}', '1:1: :process is missing; expected a whole number, or :nemesis'],
    ['{:process 1.5, :type :invoke, :f :read}', '1:1: :process is 1.5; expected a whole number, or :nemesis'],
    ['{:process 0, :type :done, :f :read}', '1:1: :type is "done"; expected :invoke, :ok, :fail or :info'],
    ['{:process 0, :type :invoke}', '1:1: :f is missing; expected the name of a function, such as :read'],
    ['[{:process 0, :type :invoke, :f :read} 7]', '1:40: this is 7; expected a map such as {:process 0, …}'],
    [
      '{:process 0, :type :ok, :f :read}',
      '1: process 0 completes read, which it has not invoked; expected an invoke of the same process before',
    ],
  ])('%s', (text, complaint) => {
    expect(complaints(text)[0]).toBe(complaint);
  });
});

test('a key-value log of Porcupine: gets, puts and appends of texts, judged by append-kv', () => {
  const log = [
    '{:process 0, :type :invoke, :f :put, :key "7", :value "a"}',
    '{:process 1, :type :invoke, :f :append, :key "7", :value "b"}',
    '{:process 0, :type :ok, :f :put, :key "7", :value "a"}',
    '{:process 1, :type :ok, :f :append, :key "7", :value "b"}',
    '{:process 0, :type :invoke, :f :get, :key "7", :value nil}',
    '{:process 1, :type :invoke, :f :get, :key "9", :value nil}',
    '{:process 0, :type :ok, :f :get, :key "7", :value "ab"}',
  ];
  const { format, operations } = readHistory(log.join('\n'));
  expect(format).toBe('porcupine-kv');
  const judge = judges.get('append-kv');
  expect(judge?.judge(operations)).toMatchObject({ verdict: 'held', operations: 4, keys: 2 });
  const wrong = readHistory(log.join('\n').replace('"ab"', '"ba"')).operations;
  expect(judge?.judge(wrong).verdict).toBe('broken');
});

describe("the log of a Jepsen test of etcd, as Porcupine's", () => {
  const log = [
    'INFO  jepsen.core - Running test',
    'INFO  jepsen.util - 0\t:invoke\t:write\t3',
    'INFO  jepsen.util - :nemesis\t:info\t:start\tnil',
    'INFO  jepsen.util - 0\t:info\t:write\t:timed-out',
    'INFO  jepsen.util - 1    :invoke  :read  nil',
    'INFO  jepsen.util - 2\t:invoke\t:cas\t[1 2]',
    'INFO  jepsen.util - 1    :fail    :read  :timed-out',
    'INFO  jepsen.util - 2\t:fail\t:cas\t[1 2]',
    'INFO  jepsen.util - 1\t:invoke\t:read\tnil',
    'INFO  jepsen.util - 1\t:ok\t:read\t3',
  ];

  test('tabs or spaces; a timed-out write keeps its value, a failed cas was told so, a timed-out read is dropped', () => {
    const { format, operations, skipped, findings } = readHistory(log.join('\n'));
    expect(findings).toEqual([]);
    expect(format).toBe('porcupine-etcd');
    expect(plain(operations)).toEqual([
      { process: 0, f: 'write', value: 3, type: 'info', call: 0, return: 1 },
      { process: 1, f: 'read', type: 'fail', call: 2, return: 4 },
      { process: 2, f: 'cas', value: [1, 2], output: false, type: 'ok', call: 3, return: 5 },
      { process: 1, f: 'read', output: 3, type: 'ok', call: 6, return: 7 },
    ]);
    expect(Object.fromEntries(skipped)).toEqual({ 'line of the log': 1, 'event of the nemesis': 1 });
    expect(judges.get('cas-register')?.judge(operations).verdict).toBe('held');
  });

  test.each([
    [
      'INFO  jepsen.util - 0 invoke read nil',
      '1: this line of jepsen.util cannot be read; expected one such as INFO  jepsen.util - 3 :invoke :cas [1 2]',
    ],
    [
      'INFO  jepsen.util - x\t:invoke\t:read\tnil',
      '1: the process is "x"; expected a whole number, or :nemesis',
    ],
    [
      'INFO  jepsen.util - 0\t:done\t:read\tnil',
      '1: the type is :done; expected :invoke, :ok, :fail or :info',
    ],
    [
      'INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2',
      '1:36: what begins here never ends; expected its closing bracket or quote',
    ],
  ])('%s', (line, complaint) => {
    expect(complaints(line)).toEqual([complaint]);
  });
});

describe("Maelstrom's history.txt, in columns", () => {
  const rows = [
    '0\t:invoke\t:write\t[7 1]',
    ':nemesis\t:info\t:start-partition\t:majority',
    '1\t:invoke\t:cas\t[7 [1 2]]',
    '2\t:invoke\t:write\t[7 5]',
    '3\t:invoke\t:cas\t[7 [9 2]]',
    '0\t:ok\t:write\t[7 1]',
    '1\t:info\t:cas\t[7 [1 2]]\t[:temporarily-unavailable "no leader"]',
    '2\t:fail\t:write\t[7 5]\t[:crash "went away"]',
    '3\t:fail\t:cas\t[7 [9 2]]\t[22 "current value is not 9"]',
  ];

  test('errors are definite or not, by their code', () => {
    const { format, operations, findings } = readHistory(rows.join('\n'), { independent: true });
    expect(findings).toEqual([]);
    expect(format).toBe('maelstrom');
    expect(operations.map(({ f, value, type, output }) => ({ f, value, type, output }))).toEqual([
      { f: 'write', value: 1, type: 'ok', output: 1 },
      { f: 'cas', value: [1, 2], type: 'fail' },
      { f: 'write', value: 5, type: 'info' },
      { f: 'cas', value: [9, 2], type: 'ok', output: false },
    ]);
  });

  test('a history.edn in the same folder means the same', () => {
    const edn = [
      '{:process 2, :type :invoke, :f :write, :value [7 5], :time 1}',
      '{:process 2, :type :fail, :f :write, :value [7 5], :error [:crash "went away"], :time 2}',
    ].join('\n');
    const options = { independent: true, isMaelstrom: true };
    expect(readHistory(edn, options)).toMatchObject({ format: 'maelstrom', operations: [{ type: 'info' }] });
    expect(readHistory(edn, { independent: true })).toMatchObject({ operations: [{ type: 'fail' }] });
  });

  test.each([
    [
      '0\t:invoke',
      '1: this line has too few columns; expected one such as 0 :invoke :read [7 nil], with tabs',
    ],
    ['0\t:invoke\t:read\t[7', '1:17: what begins here never ends; expected its closing bracket or quote'],
  ])('%j', (row, complaint) => {
    expect(complaints(row, { format: 'maelstrom' })[0]).toBe(complaint);
  });
});

test.each([
  ['jepsen', lines.join('\n')],
  [
    'porcupine-kv',
    '{:process 0, :type :invoke, :f :get, :key "7", :value nil}\n{:process 0 :type :ok :f :get :key "7" :value "a"}',
  ],
  [
    'porcupine-etcd',
    'INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2]\nINFO  jepsen.util - 0\t:fail\t:cas\t[1 2]',
  ],
  ['maelstrom', '0\t:invoke\t:cas\t[1 2]\n0\t:fail\t:cas\t[1 2]\t[22 "x"]'],
])('mutated lines of %s are read or refused, never thrown at', (format, sample) => {
  fc.assert(
    fc.property(mutated(sample), fc.integer({ min: 1, max: 50 }), fc.boolean(), (text, size, independent) => {
      for (const { line } of inPieces(text, size, format, { independent }).findings) {
        expect(line).toBeGreaterThan(0);
      }
    }),
    { numRuns: 300 },
  );
});
