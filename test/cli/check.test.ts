/** `skerry check` as a child process: verdicts, exit codes, and what is said of files that are no histories. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { judges } from '../../sim/check/index.ts';
import { fixture, scenario, trace, workplace } from './skerry.ts';

const { folder, write, skerry, start } = workplace();
const slow = { timeout: 60_000 };

const lines = (...values: object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');
const put = { process: 0, f: 'put', key: 'x', value: 1, call: 10, return: 20 };
const replaced = { process: 1, f: 'put', key: 'x', value: 2, call: 30, return: 40 };
const stale = { process: 3, f: 'get', key: 'x', value: 1, call: 65, return: 80 };
const elsewhere = { process: 0, f: 'put', key: 'y', value: 1, call: 21, return: 22 };

write('held.jsonl', lines(put, replaced, elsewhere, { ...stale, value: 2 }));
write('broken.jsonl', lines(put, elsewhere, replaced, stale));

/** Everything printed, without what differs from run to run. */
const calm = (text: string): string => text.replace(/\d[\d.]*(us|ms|s)\b/g, 'TIME');

describe('verdicts and exit codes', slow, () => {
  test('0: it held', async () => {
    const { code, out, error } = await skerry('check', 'held.jsonl', '--model', 'kv');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(calm(out).split('\n')[0]).toBe('✓ held.jsonl  held: kv, 4 operations on 2 keys, TIME');
  });

  test('1: it is broken, by operations in lines of the file, and the next command shows them alone', async () => {
    const { code, out } = await skerry('check', 'broken.jsonl', '--model', 'kv');
    expect(code).toBe(1);
    expect(calm(out)).toContain(
      [
        '    line  who        operation  called  returned',
        '       1  process 0  put 1          10        20  ├───┤',
        '       3  process 1  put 2          30        40          ├───┤',
        '       4  process 3  get → 1        65        80                  ├───┤',
      ].join('\n'),
    );
    const next = /skerry (check broken\.jsonl .+ --core core\.jsonl)$/m.exec(out)![1]!;
    const kept = await skerry(...next.split(' '));
    const again = /: skerry (check core\.jsonl .+)$/m.exec(kept.out)![1]!;
    const core = await skerry(...again.split(' '));
    expect(core.code).toBe(1);
    expect(core.out).toContain('broken: kv, 3 operations on 1 key');
    expect(readFileSync(join(folder, 'core.jsonl'), 'utf8').trim().split('\n')).toHaveLength(3);
  });

  test('2: unknown, with what was learnt', async () => {
    const open = Array.from({ length: 30 }, (_, at) => ({
      process: at,
      f: 'put',
      value: at % 3,
      call: 1,
      return: 100,
    }));
    const reads = Array.from({ length: 30 }, (_, at) => ({
      process: 40 + at,
      f: 'get',
      value: at % 3,
      call: 1,
      return: 100,
    }));
    const file = write(
      'hard.jsonl',
      lines(...open, ...reads, { process: 99, f: 'cas', value: [1, 2], call: 1, return: 100 }),
    );
    const { code, out } = await skerry('check', file, '--model', 'kv', '--budget', '3');
    expect(out).toMatch(/^\? hard\.jsonl {2}unknown: kv, 61 operations/);
    expect(out).toMatch(/the search ran out of steps after \d+ steps/);
    expect(code).toBe(2);
  });

  test('2: nothing to judge', async () => {
    const file = write('open.jsonl', lines({ ...put, return: null }));
    const { code, out } = await skerry('check', file, '--model', 'kv');
    expect(out).toContain('no operation succeeded, so there was nothing to judge');
    expect(code).toBe(2);
  });

  test('as JSON, on standard output or into a file', async () => {
    const { code, out } = await skerry('check', 'broken.jsonl', '--model', 'kv', '--reporter', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      tool: 'skerry',
      verdict: 'broken',
      model: 'kv',
      format: 'json-lines',
      formatDetected: true,
      operations: 4,
      keys: 2,
      engine: expect.any(String),
      wallMs: expect.any(Number),
      evidence: { key: 'x' },
      violations: [{ operations: [{ line: 1 }, { line: 3 }, { line: 4 }] }],
    });
    const written = await skerry('check', 'held.jsonl', '--model', 'kv', '--output-file.json', 'report.json');
    expect(written.out).toContain('✓ held.jsonl');
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    expect(report).toMatchObject({ verdict: 'held', evidence: null });
  });

  test('every judge can be asked for by its name', async () => {
    const { out } = await skerry('check', '--help');
    for (const name of judges.keys()) expect(out).toContain(`  ${name} `);
    const { code } = await skerry('show', 'bank');
    expect(code).toBe(0);
  });

  test('options of judges are options of the command', async () => {
    const reads = [{ process: 0, f: 'read', value: { a: 5, b: 5 }, call: 1, return: 2 }];
    const file = write('bank.jsonl', lines(...reads));
    expect(await skerry('check', file, '--model', 'bank', '--total', '10')).toMatchObject({ code: 0 });
    expect(await skerry('check', file, '--model', 'bank', '--total', '11')).toMatchObject({ code: 1 });
    const started = write('started.jsonl', lines({ process: 0, f: 'read', value: 7, call: 1, return: 2 }));
    expect(await skerry('check', started, '--model', 'register')).toMatchObject({ code: 1 });
    expect(await skerry('check', started, '--model', 'register', '--initial', '7')).toMatchObject({
      code: 0,
    });
  });
});

describe('where a history comes from', slow, () => {
  const edn = [
    '{:process 0, :type :invoke, :f :write, :value [7 1]}',
    '{:process 0, :type :ok, :f :write, :value [7 1]}',
    '{:process 1, :type :invoke, :f :read, :value [7 nil]}',
    '{:process 1, :type :ok, :f :read, :value [7 1]}',
  ].join('\n');

  test("the folder of a Maelstrom test, and Jepsen's", async () => {
    mkdirSync(join(folder, 'store/lin-kv/20260101/node-logs'), { recursive: true });
    write('store/lin-kv/20260101/history.edn', edn);
    const asked = ['check', 'store/lin-kv/20260101', '--model', 'cas-register'];
    expect(await skerry(...asked, '--independent')).toMatchObject({
      code: 0,
      out: expect.stringContaining('format maelstrom (by its content)'),
    });
    const ambiguous = await skerry(...asked);
    expect(ambiguous).toMatchObject({ code: 64, out: '' });
    expect(ambiguous.error).toContain('history.edn:1: every value is a pair');
    mkdirSync(join(folder, 'store/empty'));
    expect((await skerry('check', 'store/empty', '--model', 'kv')).error).toContain(
      'store/empty is a folder without a history',
    );
  });

  test('a compressed file', async () => {
    writeFileSync(join(folder, 'held.jsonl.gz'), gzipSync(readFileSync(join(folder, 'held.jsonl'))));
    expect(await skerry('check', 'held.jsonl.gz', '--model', 'kv')).toMatchObject({ code: 0, error: '' });
  });

  test('standard input', async () => {
    const { child, ended } = start(['check', '-', '--model', 'kv']);
    child.stdin!.end(readFileSync(join(folder, 'broken.jsonl')));
    const { code, out } = await ended;
    expect(out).toMatch(/^✗ stdin {2}broken/);
    expect(code).toBe(1);
  });

  test('a run of our own: what replay writes is judged as it was', async () => {
    const history = 'raft.jsonl';
    const replay = await skerry('replay', 'raft/partition', '--seed', '3', '--history', history);
    expect(replay.code).toBe(0);
    expect(await skerry('check', history, '--model', 'kv')).toMatchObject({ code: 0, error: '' });

    // A store in memory whose server is killed forgets.
    const change = { faults: '[{ at: 1s, kill: { targets: [n1] }, restartAfter: 100ms }]' };
    const run = await skerry(
      'run',
      write('forgetful.yaml', scenario(fixture('sound'), change)),
      '--seeds',
      '5',
    );
    const [, failure] = /skerry replay (\S+\.json)/.exec(run.out)!;
    await skerry('replay', failure!, '--history', history);
    const { code, out } = await skerry('check', history, '--model', 'kv');
    expect(code).toBe(1);
    expect(out).toContain('of the kv is not linearizable');
  });
});

describe('64: bad input, never with a stack trace', slow, () => {
  write('bad.jsonl', `${lines(put)}{"process":1\n${lines({ ...put, return: 3 })}`);
  write('deeds.jsonl', lines(put, { ...put, process: 1, f: 'fly' }, { ...put, process: 2, f: 'cas' }));
  write('sum.jsonl', lines({ process: 0, f: 'read', value: 7, call: 1, return: 2 }));
  write('events.jsonl', lines({ process: 0, type: 'ok', f: 'get', key: 'x' }));

  test.each<[string, string[], string]>([
    [
      'lines that are none',
      ['bad.jsonl', '--model', 'kv'],
      '  bad.jsonl:2:13: this line ends in the middle of a JSON value; expected one JSON object a line\n  bad.jsonl:3: process 0 returns from put at 3, before its call at 10;',
    ],
    [
      'functions that the model does not know',
      ['deeds.jsonl', '--model', 'kv'],
      '  deeds.jsonl:2: fly: the model "kv" knows get, put, delete, cas, read, write, not fly\n  deeds.jsonl:3: cas: a cas needs [from, to] as its value, not 1',
    ],
    ['what another judge refuses', ['deeds.jsonl', '--model', 'set-full'], 'deeds.jsonl'],
    [
      'a completion of nothing',
      ['events.jsonl', '--model', 'kv'],
      'events.jsonl:1: process 0 completes get, which it has not invoked',
    ],
    [
      'another format',
      ['held.jsonl', '--model', 'kv', '--format', 'porcupine-etcd'],
      'held.jsonl:1: there is no operation in it; expected lines such as INFO',
    ],
    ['no file', [], 'no history was named'],
    ['a file that is not there', ['gone.jsonl', '--model', 'kv'], 'there is no file gone.jsonl'],
    ['no model', ['held.jsonl'], 'Its operations are get, put: that may be kv'],
    ['a model that is none', ['held.jsonl', '--model', 'kw'], 'there is no model "kw"\n  Did you mean "kv"?'],
    [
      'a format that is none',
      ['held.jsonl', '--model', 'kv', '--format', 'jepson'],
      'Did you mean "jepsen"?',
    ],
    [
      'an option of another judge',
      ['held.jsonl', '--model', 'kv', '--total', '3'],
      '--total is not an option of kv, but of bank',
    ],
    [
      'an initial value that is no JSON',
      ['held.jsonl', '--model', 'kv', '--initial', 'a'],
      '--initial "a" is not JSON',
    ],
    [
      'an initial value of another kind',
      ['sum.jsonl', '--model', 'counter', '--initial', 'null'],
      'the initial value of counter is a number, not null',
    ],
    [
      'a budget of nothing',
      ['held.jsonl', '--model', 'kv', '--budget', '0'],
      '--budget 0 leaves no work to be done',
    ],
    [
      'both answers',
      ['held.jsonl', '--model', 'kv', '--independent', '--no-independent'],
      'exclude each other',
    ],
    [
      'a reporter that is none',
      ['held.jsonl', '--model', 'kv', '--reporter', 'html'],
      'there is no reporter "html"',
    ],
  ])('%s', async (_, words, message) => {
    const { code, out, error } = await skerry('check', ...words);
    expect(error).toContain(message);
    expect(error).not.toMatch(trace);
    expect({ code, out }).toEqual({ code: 64, out: '' });
  });
});

test('130: interrupted while it reads', slow, async () => {
  const { child, ended } = start(['check', '-', '--model', 'kv']);
  // More than fits between the two: when all of it is gone, somebody is there to be interrupted.
  const note = '-'.repeat(1000);
  const much = lines(...Array.from({ length: 4000 }, (_, process) => ({ ...put, process, note })));
  await new Promise((resolve) => child.stdin!.write(much, resolve));
  child.kill('SIGINT');
  const { code, out, error } = await ended;
  expect({ code, out }).toEqual({ code: 130, out: '' });
  expect(error).toMatch(/operations were read, none was judged/);
});

test('time that has run out leaves it unknown', slow, async () => {
  const { child, ended } = start(['check', '-', '--model', 'kv', '--budget', '100ms']);
  child.stdin!.write(`${readFileSync(join(folder, 'held.jsonl'), 'utf8')}{"process":`);
  const { code, out } = await ended;
  expect(out).toMatch(/time ran out.*none was judged/);
  expect(code).toBe(2);
});
