/** `skerry drive` as a child process: what it does to servers, what it says of it, and what it refuses. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { nodeHost } from '../../protocols/node-host.ts';
import { freePorts } from '../contract/node.ts';
import { Cluster } from './cluster.ts';
import { protocol as sound } from './fixtures/sound.ts';
import { fixture, skerryHere, trace, workplace } from './skerry.ts';

const place = workplace();
const { folder, skerry, start, write } = place;
const slow = { timeout: 60_000 };

let cluster: Cluster | undefined;
afterEach(() => cluster?.end());

const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
const brisk = ['--rate', '2000'];

describe('0: done', slow, () => {
  test('a history that check reads, and --check judges at once', async () => {
    cluster = await Cluster.start(place, 'raft', ['n1', 'n2', 'n3']);
    const { code, out, error } = await skerry(
      ...['drive', 'raft', '--servers', cluster.servers, '--operations', '200', ...brisk, '--check'],
      ...['--history', 'deep/raft.jsonl', '--clients', '4', '--keys', '2'],
    );
    expect(out).toMatch(
      /^✓ raft kv {2}200 operations in \S+: 200 ok\n {2}\d+ a second · half of them within /,
    );
    expect(out).toMatch(/✓ deep\/raft\.jsonl {2}held: kv, 200 operations on 2 keys/);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(await skerry('check', 'deep/raft.jsonl', '--model', 'kv')).toMatchObject({ code: 0 });
    const clients = read('deep/raft.jsonl').match(/"client":"c\d/g);
    expect(new Set(clients).size).toBe(4);
  });

  test('a second drive does not trip over what the first one has left; --model judges by something else', async () => {
    cluster = await Cluster.start(place, fixture('sound'), ['n1']);
    const words = [
      'drive',
      fixture('sound'),
      '--servers',
      cluster.servers,
      '--operations',
      '100',
      ...brisk,
      '--check',
    ];
    expect(await skerry(...words)).toMatchObject({ code: 0, out: expect.stringContaining('held: kv') });
    const unlike = ['--set', 'deletes=0', '--set', 'cas=0'];
    const { code, out } = await skerry(...words, ...unlike, '--model', 'read-your-writes');
    expect(out).toContain('held: read-your-writes');
    expect(code).toBe(0);
  });

  test('clients take the options that the servers have, but for their own', async () => {
    cluster = await Cluster.start(place, fixture('diary'), ['w1'], ['--option', 'copies=7']);
    const words = ['drive', fixture('diary'), '--servers', cluster.servers, '--operations', '3', ...brisk];
    const reads = ['--set', 'puts=0', '--set', 'cas=0', '--set', 'deletes=0'];
    expect(await skerry(...words, ...reads)).toMatchObject({ code: 0 });
    expect(read('.skerry/history.jsonl').match(/"value":\d/g)).toEqual(Array(3).fill('"value":7'));
    expect(await skerry(...words, ...reads, '--option', 'copies=5')).toMatchObject({ code: 0 });
    expect(read('.skerry/history.jsonl').match(/"value":\d/g)).toEqual(Array(3).fill('"value":5'));
  });

  test('a server that is down is named, and no failure; nor is one that skerry serve does not run', async () => {
    const node = await nodeHost({
      ...{ id: 'n1', peers: {}, folder: join(folder, 'by-hand') },
      listen: { host: '127.0.0.1', port: 0 },
    });
    try {
      void node.run(sound.roles.node.program());
      const [port] = await freePorts(1);
      const { code, out, error } = await skerry(
        ...[
          'drive',
          fixture('sound'),
          '--servers',
          `n1=127.0.0.1:${node.port},n2=127.0.0.1:${port}`,
          ...brisk,
        ],
        ...['--operations', '50', '--wait', '500ms', '--check'],
      );
      expect(error).toBe('warning: n2 did not answer; the clients begin without\n');
      expect(out).toMatch(/50 ok\n.*\n {2}n2 never answered\n/);
      expect(out).toContain('held: kv, 50 operations');
      expect(code).toBe(0);
    } finally {
      await node.kill();
    }
  });

  test('--duration bounds it, --set changes the workload, --reporter json tells machines', async () => {
    cluster = await Cluster.start(place, fixture('sound'), ['n1']);
    const { code, out } = await skerry(
      ...[
        'drive',
        fixture('sound'),
        '--servers',
        cluster.servers,
        '--duration',
        '500ms',
        ...brisk,
        '--check',
      ],
      ...['--set', 'gets=0', '--set', 'cas=0', '--set', 'deletes=0', '--reporter', 'json'],
    );
    expect(JSON.parse(out)).toMatchObject({
      ...{ tool: 'skerry', protocol: 'store', workload: 'kv', clients: 5, end: 'duration' },
      latenciesMs: { p50: expect.any(Number), p99: expect.any(Number), max: expect.any(Number) },
      check: { verdict: 'held', model: 'kv' },
    });
    expect(new Set(read('.skerry/history.jsonl').match(/"f":"\w+"/g))).toEqual(new Set(['"f":"put"']));
    expect(code).toBe(0);
  });
});

describe('1: broken', slow, () => {
  test('a store that is killed, and forgets', async () => {
    cluster = await Cluster.start(place, fixture('sound'), ['n1']);
    const { child, ended } = start([
      ...['drive', fixture('sound'), '--servers', cluster.servers, '--operations', '100000', '--rate', '300'],
      ...['--keys', '20', '--set', 'cas=0', '--set', 'deletes=0', '--history', 'lost.jsonl'],
    ]);
    // Nobody deletes, and each of the keys that have a value by then is more likely read first than written.
    const answered = () => read('lost.jsonl').split('"type":"ok"').length;
    await until(() => answered() > 150);
    await cluster.kill('n1');
    await cluster.boot('n1');
    const before = answered();
    await until(() => answered() > before + 100);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    const { code, out } = await skerry('check', 'lost.jsonl', '--model', 'kv');
    expect(out).toContain('of the kv is not linearizable');
    expect(code).toBe(1);
  });

  test('a client that does not catch an error', async () => {
    const store = readFileSync(fixture('store'), 'utf8').replace(
      /'(\.\.\/)+protocols\/host\.ts'/,
      "'skerry/host'",
    );
    const flawed = store.replace(
      'get: async (key: string) =>',
      "get: async (key: string) => { void Promise.reject(new Error('let go')); return ",
    );
    write(
      'careless.ts',
      `${flawed.replace('.value,\n    put:', '.value; },\n    put:')}\nexport const protocol = storeWith({});\n`,
    );
    cluster = await Cluster.start(place, './careless.ts', ['n1']);
    const { code, out } = await skerry(
      ...['drive', './careless.ts', '--servers', cluster.servers, '--operations', '20', ...brisk],
    );
    expect(out).toContain('a client did not catch Error: let go');
    expect(code).toBe(1);
  });
});

describe('2: unknown', slow, () => {
  test('no server answers', async () => {
    const [one, two] = await freePorts(2);
    const { code, out } = await skerry(
      ...[
        'drive',
        'raft',
        '--servers',
        `n1=127.0.0.1:${one},n2=127.0.0.1:${two}`,
        '--wait',
        '300ms',
        '--check',
      ],
    );
    expect(out).toBe(
      '? raft kv  0 operations in 0s: 0 ok\n  n1, n2 never answered\n  no server answered, so nothing was done\n',
    );
    expect(code).toBe(2);
  });

  test('some answer, but too few to get anything done', async () => {
    cluster = await Cluster.start(place, 'raft', ['n1', 'n2', 'n3'], ['--option', 'requestTimeout=100ms']);
    await cluster.kill('n2');
    await cluster.kill('n3');
    const { code, out, error } = await skerry(
      ...['drive', 'raft', '--servers', cluster.servers, '--operations', '10', '--wait', '300ms', '--check'],
    );
    expect(error).toContain('warning: n2 and n3 did not answer; the clients begin without');
    expect(out).toContain('n2, n3 never answered');
    expect(out).toContain('no operation succeeded, so there was nothing to judge');
    expect(code).toBe(2);
  });
});

test('130: interrupted, with the history so far', slow, async () => {
  cluster = await Cluster.start(place, fixture('sound'), ['n1']);
  const words = [
    'drive',
    fixture('sound'),
    '--servers',
    cluster.servers,
    '--operations',
    '1000000',
    '--check',
  ];
  const { child, ended } = start([...words, '--history', 'cut.jsonl']);
  await until(() => read('cut.jsonl').split('\n').length > 40);
  child.kill('SIGINT');
  const { code, out, error } = await ended;
  expect(out).toContain('interrupted: what was open is of unknown fate');
  expect(error).toContain('interrupted');
  expect(code).toBe(130);
  expect(await skerry('check', 'cut.jsonl', '--model', 'kv')).toMatchObject({ code: 0 });
});

describe('64: mistakes, never with a stack trace', slow, () => {
  const servers = ['--servers', 'n1=127.0.0.1:9'];
  test.each<[string[], string]>([
    [[], 'no protocol was named\n  For example: skerry drive raft --servers n1='],
    [['raft'], '--servers is missing: which servers are there?'],
    [['raft', '--servers', 'm1=a:1'], '--servers: no role of raft has a host called "m1"'],
    [
      ['raft', ...servers, '--workload', 'kw'],
      'there is no workload "kw"\n  Did you mean "kv"?\n  raft can serve kv.',
    ],
    [
      ['raft', ...servers, '--workload', 'lock'],
      'raft has no lock client, which the workload "lock" needs\n  raft can serve kv.',
    ],
    [
      ['gossip/map', ...servers, '--check'],
      '--check: nothing is promised of the history of the workload "entries"\n  Name what it is to be judged by',
    ],
    [
      ['raft', ...servers, '--check', '--model', 'casual'],
      'there is no model "casual"\n  Did you mean "causal"?',
    ],
    [['raft', ...servers, '--set', 'get=5'], '--set: there is no option "get"\n  Did you mean "gets"?'],
    [['raft', ...servers, '--option', 'electionTimout=5ms'], 'Did you mean "electionTimeout"?'],
    [['raft', ...servers, '--clients', '0'], '--clients "0" is not a whole number from 1 to 1,000'],
    [['raft', ...servers, '--operations', '1.5'], '--operations "1.5" is not a whole number'],
    [['raft', ...servers, '--duration', '5'], '--duration: "5" is a duration without a unit'],
    [['raft', ...servers, '--reporter', 'html'], 'there is no reporter "html"'],
    [['raft', ...servers, '--history', '/dev/null/x'], 'the history cannot be written to /dev/null/x'],
  ])('%j', async (words, message) => {
    const { code, out, error } = await skerryHere('drive', ...words);
    expect(error).toContain(message);
    expect(error).not.toMatch(trace);
    expect({ code, out }).toEqual({ code: 64, out: '' });
  });

  test('servers of another protocol, and too few of them', async () => {
    cluster = await Cluster.start(place, fixture('sound'), ['n1', 'n2']);
    const other = await skerry('drive', 'raft', '--servers', cluster.servers);
    expect(other.error).toBe('error: n1 runs store, not raft\n  Look at the protocol and at --servers.\n');
    expect(other.code).toBe(64);
    const few = await skerry('drive', fixture('sound'), '--servers', cluster.servers.split(',')[0]!);
    expect(few.error).toContain(
      'error: --servers must name all servers, and n1 knows n1 and n2: n2 is missing\n',
    );
    expect(few.code).toBe(64);
  });
});

async function until(look: () => boolean): Promise<void> {
  const untilMs = performance.now() + 30_000;
  for (;;) {
    try {
      if (look()) return;
    } catch {
      // the file is not there yet
    }
    if (performance.now() > untilMs) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
