/** `skerry serve` and `skerry state` as child processes: what they say, how they stop, and what they refuse. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { freePorts } from '../contract/node.ts';
import { Cluster } from './cluster.ts';
import { fixture, skerryHere, trace, workplace } from './skerry.ts';

const place = workplace();
const { folder, skerry } = place;
const slow = { timeout: 60_000 };

let cluster: Cluster | undefined;
afterEach(() => cluster?.end());

/** A server that has begun its work. */
async function diary(id: string, ...words: readonly string[]): Promise<Cluster> {
  cluster = await Cluster.start(place, fixture('diary'), [id], words);
  await open();
  return cluster;
}

const open = () =>
  cluster!.until('all diaries to be open', (states) =>
    states.every(([, state]) => state?.lives !== undefined),
  );

/** What a server has said on standard error, without the times. */
const told = (error: string): string[] =>
  error
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} /, ''));

describe('a server that is told to stop', slow, () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: runs its stop tasks, and that is no failure',
    async (signal) => {
      const cluster = await diary('w1');
      const { code, out, error } = await cluster.kill('w1', signal);
      expect(out).toBe(`w1 listens on ${cluster.addresses.w1}  diary, writer; files in data/w1\n`);
      expect(told(error)).toEqual([
        expect.stringMatching(
          /^w1 {2}the diary is open life \d, delay 10, copies 3, careful true, mode slow$/,
        ),
        'w1  the diary is closed',
        'w1  stopped',
      ]);
      expect(code).toBe(0);
    },
  );

  test('the second signal ends it at once', async () => {
    const cluster = await diary('w1', '--option', 'delay=1h');
    const again = setInterval(() => void cluster.kill('w1', 'SIGTERM'), 100);
    const { code } = await cluster.kill('w1', 'SIGTERM');
    clearInterval(again);
    expect(code).toBe(130);
  });

  test('--reporter json: a line an event', async () => {
    const cluster = await diary('w1', '--reporter', 'json');
    const { out, error } = await cluster.kill('w1', 'SIGTERM');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.+Z$/);
    expect(JSON.parse(out)).toMatchObject({
      time,
      id: 'w1',
      event: 'listens',
      address: cluster.addresses.w1,
    });
    expect(
      error
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { time, id: 'w1', event: 'the diary is open', detail: { mode: 'slow' } },
      { event: 'the diary is closed' },
      { event: 'stopped' },
    ]);
  });
});

describe('files', slow, () => {
  test('are there again after a kill, and whose lock was left behind is no matter', async () => {
    cluster = await Cluster.start(place, fixture('diary'), ['w2', 'n1']);
    await open();
    await cluster.kill('w2');
    await cluster.boot('w2');
    await open();
    const { w2, n1 } = await cluster.states();
    expect(w2).toEqual({ lives: 2, peers: ['w2', 'n1'], seen: { n1: [1, 2] } });
    expect(n1).toEqual({ lives: 1, peers: ['w2', 'n1'], seen: { n1: [1, 2] } });
  });

  test('belong to one server at a time', async () => {
    cluster = await Cluster.start(place, fixture('diary'), ['w3']);
    const { code, out, error } = await skerry(
      ...['serve', fixture('diary'), '--id', 'w3', '--listen', '127.0.0.1:0', '--data', 'data/w3'],
    );
    expect(error).toMatch(/^error: data\/w3 is in use by process \d+: two servers must not write/);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    await cluster.kill('w3', 'SIGTERM');
    await cluster.boot('w3');
  });

  test('a folder that is none', async () => {
    writeFileSync(join(folder, 'a-file'), '');
    const { code, error } = await skerry(
      ...['serve', fixture('diary'), '--id', 'w1', '--listen', '127.0.0.1:0', '--data', 'a-file/inside'],
    );
    expect(error).toBe(
      'error: the folder a-file/inside cannot be used: a part of its path is not a folder\n',
    );
    expect(code).toBe(64);
  });
});

describe('what goes wrong', slow, () => {
  test('a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { code, out, error } = await skerry(
      ...['serve', 'raft', '--id', 'n1', '--listen', `127.0.0.1:${port}`, '--data', 'data/taken'],
    );
    server.close();
    expect(error).toBe(
      `error: 127.0.0.1:${port} is taken: another process listens there\n  Choose another port with --listen.\n`,
    );
    expect({ code, out }).toEqual({ code: 64, out: '' });
  });

  test('an error that ends its program is shown, and its exit code is 1', async () => {
    const { code, error } = await skerry(
      ...[
        'serve',
        fixture('throwing-program'),
        '--id',
        'n1',
        '--listen',
        '127.0.0.1:0',
        '--data',
        'data/dead',
      ],
    );
    expect(error).toMatch(/n1 {2}its program did not catch Error: no map to be found\n/);
    expect(error).toMatch(trace);
    expect(code).toBe(1);
  });

  test('so is a rejected promise that nobody waits for', async () => {
    cluster = await Cluster.start(place, fixture('unhandled-rejection'), ['n1']);
    const { servers } = cluster;
    const driving = skerry(
      'drive',
      fixture('unhandled-rejection'),
      '--servers',
      servers,
      '--operations',
      '20',
    );
    const { code, error } = await cluster.ended('n1');
    expect(error).toMatch(/n1 {2}its program did not catch Error: nobody was listening\n/);
    expect(code).toBe(1);
    await driving;
  });

  test('an error in a handler is shown, and it goes on', async () => {
    cluster = await Cluster.start(place, fixture('diary'), ['w5']);
    const driven = await skerry(
      ...[
        'drive',
        fixture('diary'),
        '--servers',
        cluster.servers,
        '--operations',
        '2',
        '--clients',
        '1',
        '--set',
        'gets=0',
      ],
    );
    expect(driven).toMatchObject({ code: 2 });
    expect(driven.out).toContain('2 operations in');
    expect(driven.out).toContain('0 ok, 2 of unknown fate');
    const { code, error } = await cluster.kill('w5', 'SIGTERM');
    expect(error).toMatch(/w5 {2}its handler did not catch Error: a bad question\n/);
    expect(code).toBe(0);
  });
});

describe('64: mistakes, never with a stack trace', slow, () => {
  const good = ['--id', 'w1', '--listen', '127.0.0.1:0', '--data', 'data/none'];
  const own = fixture('diary');

  test.each<[string[], string]>([
    [[], 'no protocol was named\n  For example: skerry serve raft --id n1'],
    [['rafd', ...good], 'there is no protocol "rafd"\n  Did you mean "raft"?'],
    [['./gone.ts', ...good], 'gone.ts: there is no such module'],
    [[fixture('no-protocol'), ...good], 'the module exports no "protocol"'],
    [[fixture('throwing-factory'), ...good, '--id', 'n1'], '--id was given 2 times'],
    [
      [fixture('throwing-factory'), '--id', 'n1', ...good.slice(2)],
      'its protocol threw as it made a program from the options: these options will not do',
    ],
    [[own, ...good.slice(2)], '--id is missing: which server is this?'],
    [
      [own, '--id', 'x1', ...good.slice(2)],
      'no role of diary has a host called "x1"\n  Its hosts are called w1, w2',
    ],
    [[own, ...good, '--role', 'writr'], 'diary has no role "writr"\n  Did you mean "writer"?'],
    [[own, ...good, '--role', 'reader'], '--id w1 is the name of a writer, not of a reader'],
    [[own, '--id', 'w1', '--data', 'x'], '--listen is missing'],
    [[own, '--id', 'w1', '--listen', '7001', '--data', 'x'], 'Write host:port, such as 127.0.0.1:7001'],
    [[own, '--id', 'w1', '--listen', 'here:99999', '--data', 'x'], 'has a port above 65535'],
    [[own, '--id', 'w1', '--listen', '192.0.2.1:7001', '--data', 'data/x'], 'is no address of this machine'],
    [[own, '--id', 'w1', '--listen', '127.0.0.1:0'], '--data is missing'],
    [[own, ...good, '--peers', 'w2'], '--peers: "w2" is not a name and an address'],
    [[own, ...good, '--peers', 'w2=a:1,w2=a:2'], '--peers: w2 is there twice, at a:1 and a:2'],
    [[own, ...good, '--peers', 'w2=a:1,w3=a:1'], '--peers: w2 and w3 are both at a:1'],
    [[own, ...good, '--peers', 'm2=a:1'], '--peers: no role of diary has a host called "m2"'],
    [[own, ...good, '--option', 'dely=5ms'], '--option: there is no option "dely"\n  Did you mean "delay"?'],
    [
      [own, ...good, '--option', 'delay=5'],
      '--option: delay: "5" is a duration without a unit\n  Write 5ms or 5s',
    ],
    [[own, ...good, '--option', 'delay=0s'], '--option: delay must be at least 1ms, not "0s"'],
    [[own, ...good, '--option', 'copies=many'], 'copies must be a whole number, not "many"'],
    [[own, ...good, '--option', 'copies=10'], 'copies must be at most 9, not 10'],
    [[own, ...good, '--option', 'careful=yes'], 'careful must be true or false, not "yes"'],
    [[own, ...good, '--option', 'mode=quik'], 'mode "quik"\n  Did you mean "quick"?'],
    [[own, ...good, '--option', 'mode'], '"mode" is not an option and a value'],
    [[own, ...good, '--reporter', 'jsn'], 'there is no reporter "jsn"\n  Did you mean "json"?'],
  ])('%j', async (words, message) => {
    const { code, out, error } = await skerryHere('serve', ...words);
    expect(error).toContain(message);
    expect(error).not.toMatch(trace);
    expect({ code, out }).toEqual({ code: 64, out: '' });
  });
});

describe('skerry state', slow, () => {
  test('shows what servers expose; of those that do not answer, nothing', async () => {
    const cluster = await diary('w6');
    expect(await skerry('state', cluster.servers)).toMatchObject({
      code: 0,
      out: expect.stringContaining('"lives": 1'),
      error: '',
    });
    const [port] = await freePorts(1);
    const { code, out, error } = await skerry('state', cluster.servers, `n1=127.0.0.1:${port}`);
    expect(JSON.parse(out)).toMatchObject({ w6: { lives: 1 }, n1: null });
    expect({ code, error }).toEqual({ code: 2, error: 'n1 did not answer\n' });
  });

  test('needs names as well as addresses', async () => {
    expect(await skerry('state')).toMatchObject({
      code: 64,
      error: expect.stringContaining('no server was named'),
    });
    expect(await skerry('state', '127.0.0.1:7001')).toMatchObject({
      code: 64,
      error: expect.stringContaining('is not a name and an address'),
    });
  });
});
