import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inBackground } from '../../protocols/background.ts';
import { DiskError, isDiskError, isRefused, isTimedOut } from '../../protocols/host.ts';
import { encodeFrame, type Frame, frameVersion } from '../../protocols/node/frames.ts';
import { type NodeHost, type NodeHostOptions, nodeHost } from '../../protocols/node-host.ts';
import type { LooseHost } from '../contract/lab.ts';
import { freePorts } from '../contract/node.ts';

let folder = '';
const nodes: NodeHost[] = [];
const sockets: Socket[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skerry-'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(nodes.splice(0).map((node) => node.kill()));
  await rm(folder, { recursive: true });
});

/** A host on a port of the system's choice, or one without. */
async function boot(id: string, options: Partial<NodeHostOptions> = {}): Promise<NodeHost> {
  const listen = { host: '127.0.0.1', port: 0 };
  const node = await nodeHost({ id, listen, peers: {}, folder: join(folder, id), ...options });
  nodes.push(node);
  return node;
}

/** A program that hands out its host. */
function hostOf(node: NodeHost): LooseHost {
  let host: LooseHost | undefined;
  void node.run((given: LooseHost) => {
    host = given;
  });
  return host!;
}

async function eventually(look: () => boolean): Promise<void> {
  const until = performance.now() + 5000;
  while (!look() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(look()).toBe(true);
}

/** A bare connection, and whether it was closed from the other end. */
async function dial(port: number): Promise<{ socket: Socket; isClosed: () => boolean }> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let closed = false;
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.resume();
  return { socket, isClosed: () => closed };
}

const hello = (to: string, from = 'stranger'): Buffer =>
  encodeFrame({ type: 'hello', version: frameVersion, from, to }, false);
const plain = (text: string): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + Buffer.byteLength(text));
  return Buffer.concat([head, Buffer.from(text)]);
};
const withBytes = (text: string, bytes: number[], textLength = text.length): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUInt32BE(1 + 4 + text.length + bytes.length);
  head.writeUInt8(1, 4);
  head.writeUInt32BE(textLength, 5);
  return Buffer.concat([head, Buffer.from(text), Buffer.from(bytes)]);
};
const send = (value: string) => `{"type":"send","kind":"k","value":${value}}`;

const malformed: readonly (readonly [what: string, bytes: () => Buffer])[] = [
  ['another protocol', () => Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['a hello for somebody else', () => hello('n2')],
  ['a hello in our own name', () => hello('n1', 'n1')],
  ['a hello without a name', () => hello('n1', '')],
  ['a hello of another version', () => plain('{"type":"hello","version":99,"from":"x","to":"n1"}')],
  ['a frame before the hello', () => plain(send('1'))],
  ['a frame of no length', () => Buffer.alloc(5)],
  ['two hellos', () => Buffer.concat([hello('n1'), hello('n1')])],
  ['no JSON', () => Buffer.concat([hello('n1'), plain('{"type":')])],
  ['an unknown type', () => Buffer.concat([hello('n1'), plain('{"type":"shout"}')])],
  ['no object', () => Buffer.concat([hello('n1'), plain('null')])],
  [
    'a call without a number',
    () => Buffer.concat([hello('n1'), plain('{"type":"call","kind":"k","value":1}')]),
  ],
  ['minus zero', () => Buffer.concat([hello('n1'), plain(send('[-0]'))])],
  ['a number beyond all bounds', () => Buffer.concat([hello('n1'), plain(send('1e999'))])],
  ['a key __proto__', () => Buffer.concat([hello('n1'), plain(send('{"__proto__":{}}'))])],
  [
    'nesting without end',
    () => Buffer.concat([hello('n1'), plain(send('['.repeat(5000) + ']'.repeat(5000)))]),
  ],
  ['an unknown layout', () => Buffer.concat([hello('n1'), Buffer.from([0, 0, 0, 2, 7, 7])])],
  ['JSON longer than its frame', () => Buffer.concat([hello('n1'), withBytes('{}', [], 9)])],
  ['bytes that are not there', () => Buffer.concat([hello('n1'), withBytes(send('{"$":5}'), [1])])],
  ['bytes of a negative length', () => Buffer.concat([hello('n1'), withBytes(send('{"$":-1}'), [1])])],
  ['bytes that nothing refers to', () => Buffer.concat([hello('n1'), withBytes(send('{"$":1}'), [1, 2])])],
  ['an unescaped key', () => Buffer.concat([hello('n1'), withBytes(send('{"$a":1,"b":{"$":1}}'), [1])])],
  ['a frame beyond the limit', () => Buffer.concat([hello('n1'), plain(send(`"${'x'.repeat(100_000)}"`))])],
];

test.each(malformed)('a connection that brings %s is closed and counted', async (_, bytes) => {
  const node = await boot('n1', { limits: { frameBytesMax: 50_000 } });
  const got: unknown[] = [];
  hostOf(node).on('k', (ask) => void got.push(ask));
  const { socket, isClosed } = await dial(node.port!);
  socket.write(bytes());
  await eventually(isClosed);
  expect(node.counters.malformed).toBe(1);
  expect(got).toEqual([]);
});

test('frames may come byte by byte, or many at once', async () => {
  const node = await boot('n1');
  const got: unknown[] = [];
  hostOf(node).on('k', (ask) => void got.push(ask));
  const { socket } = await dial(node.port!);
  socket.setNoDelay(true);
  const frames = [
    hello('n1'),
    plain(send('{"$":1}')),
    withBytes(send('{"a":{"$":2},"$$b":[{"$":0}]}'), [8, 9]),
    plain(send('"end"')),
  ];
  for (const byte of Buffer.concat(frames)) {
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write(Buffer.concat(Array.from({ length: 100 }, () => plain(send('2')))));
  await eventually(() => got.length === 103);
  expect(got.slice(0, 3)).toEqual([{ $: 1 }, { a: Uint8Array.of(8, 9), $b: [new Uint8Array(0)] }, 'end']);
  expect(node.counters.malformed).toBe(0);
});

test('a stranger cannot answer a call that was made to somebody else', async () => {
  const [port] = await freePorts(1);
  const n1 = await boot('n1', { peers: { n2: `127.0.0.1:${port}` } });
  const n2 = await boot('n2', { listen: { host: '127.0.0.1', port: port! } });
  hostOf(n2).on('ask', () => new Promise(() => {}));
  const call = hostOf(n1).call('n2', 'ask', null, { timeoutMs: 150 });
  const { socket } = await dial(n1.port!);
  socket.write(hello('n1'));
  for (let guess = 0; guess < 10; guess += 1) {
    const answer: Frame = { type: 'answer', call: guess, value: 'forged' };
    socket.write(encodeFrame(answer, false));
  }
  expect(isTimedOut(await call.catch((error) => error))).toBe(true);
});

test('a call is refused when nobody listens, and finds a host that begins to', async () => {
  const [port] = await freePorts(1);
  const host = hostOf(
    await boot('c1', { listen: undefined, peers: { n1: `127.0.0.1:${port}` }, limits: { backoffMsMax: 40 } }),
  );
  const ask = () => host.call('n1', 'ask', null, { timeoutMs: 3000 }).catch((error) => error);
  expect(isRefused(await ask())).toBe(true);
  const again = performance.now();
  expect(isRefused(await ask())).toBe(true);
  expect(performance.now() - again).toBeGreaterThan(5); // the back-off
  hostOf(await boot('n1', { listen: { host: '127.0.0.1', port: port! } })).on('ask', () => 'here');
  let answer: unknown;
  for (let attempt = 0; attempt < 20 && answer !== 'here'; attempt += 1) answer = await ask();
  expect(answer).toBe('here');
});

test('a host without an address that is not connected cannot be reached', async () => {
  const node = await boot('n1');
  const host = hostOf(node);
  host.send('c9', 'note', null);
  expect(isRefused(await host.call('c9', 'ask', null, { timeoutMs: 500 }).catch((error) => error))).toBe(
    true,
  );
  expect(node.counters.dropped).toBe(2);
});

test('too long an answer leaves the caller with TimedOut, early', async () => {
  const limits = { frameBytesMax: 10_000 };
  const n1 = await boot('n1', { limits });
  hostOf(n1).on('long', () => 'x'.repeat(20_000));
  const host = hostOf(await boot('c1', { listen: undefined, peers: { n1: `127.0.0.1:${n1.port}` }, limits }));
  const start = performance.now();
  const error = await host.call('n1', 'long', null, { timeoutMs: 60_000 }).catch((reason) => reason);
  expect(isTimedOut(error)).toBe(true);
  expect(performance.now() - start).toBeLessThan(10_000);
});

test('messages that wait for a connection are bounded in number, too', async () => {
  const limits = { outboxFramesMax: 10 };
  const node = await boot('c1', { listen: undefined, peers: { n1: '127.0.0.1:1' }, limits });
  const host = hostOf(node);
  for (let round = 0; round < 15; round += 1) host.send('n1', 'note', round);
  expect(node.counters.sent).toBe(10);
  expect(node.counters.dropped).toBe(5);
});

test('files lie side by side in the folder, and a strange file there does no harm', async () => {
  const host = hostOf(await boot('n1'));
  await writeFile(join(folder, 'n1', 'left behind'), '');
  await host.mount('raft').disk.write('log/0001', 0, Uint8Array.of(1));
  await host.disk.write('.cell', 0, Uint8Array.of(1));
  expect((await readdir(join(folder, 'n1'))).sort()).toEqual(['.cell', 'left behind', 'raft+log+0001']);
  expect(await host.disk.list()).toEqual(['.cell', 'raft/log/0001']);
});

test('more files than may be open at once can be written and read', async () => {
  const { disk } = hostOf(await boot('n1'));
  const files = Array.from({ length: 200 }, (_, index) => `file-${index}`);
  await Promise.all(files.map((file, index) => disk.write(file, 0, Uint8Array.of(index))));
  const bytes = await Promise.all(files.map((file) => disk.read(file, 0, 2)));
  expect(bytes.map((each) => [...each])).toEqual(files.map((_, index) => [index]));
});

test('errors that nobody caught are reported with what the program was doing', async () => {
  const seen: string[] = [];
  const n1 = await boot('n1', {
    onUncaught: (error, during) => seen.push(`${during}: ${(error as Error).message}`),
  });
  await n1.run(async (host: LooseHost) => {
    host.on('fail', () => Promise.reject(new Error('b')));
    host.on('let through', () => host.call('n9', 'ask', null, { timeoutMs: 100 }));
    host.onStop(() => Promise.reject(new Error('d')));
    host.clock.after(0, () => {
      throw new Error('c');
    });
    host.send('n1', 'fail', null);
    await host.call('n1', 'let through', null, { timeoutMs: 500 }).catch(() => {});
    await host.clock.sleep(20);
    throw new Error('a');
  });
  await n1.stop();
  expect(seen.sort()).toEqual(['handler: b', 'program: a', 'stop: d', 'timer: c']);
});

test('the error of a disk that nobody caught is reported, and ends the host', async () => {
  const seen: string[] = [];
  const n1 = await boot('n1', {
    onUncaught: (error, during) => seen.push(`${during}: ${(error as Error).message}`),
  });
  const left: string[] = [];
  void n1.run(async (host: LooseHost) => {
    host.clock.after(0, () => {
      throw new DiskError('missing', 'a mistake');
    });
    host.clock.after(20, () => {
      throw new DiskError('io', 'broken');
    });
    host.clock.after(40, () => void left.push('timer'));
    await host.clock.sleep(10);
    left.push('program');
  });
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(seen).toEqual(['timer: a mistake', 'timer: broken']);
  expect(left).toEqual(['program']);
});

test('work that the program let go of is the program’s, too', async () => {
  const seen: string[] = [];
  const n1 = await boot('n1', {
    onUncaught: (error, during) => seen.push(`${during}: ${(error as Error).message}`),
  });
  await n1.run((host: LooseHost) => {
    host.clock.after(0, () => Promise.reject(new Error('a')) as never);
    inBackground(host.clock, Promise.reject(new Error('b')));
    inBackground(host.clock, host.clock.sleep(5));
  });
  await eventually(() => seen.length === 2);
  expect(seen.sort()).toEqual(['timer: a', 'timer: b']);
});

test('servers are in one order on all hosts, whoever names itself first', async () => {
  const addresses = {
    n10: 'localhost:7010',
    n2: 'localhost:7002',
    m1: 'localhost:7003',
    n1: 'localhost:7001',
  };
  const host = hostOf(await boot('n10', { peers: addresses }));
  expect(host.peers).toEqual(['m1', 'n1', 'n2', 'n10']);
  const given = hostOf(await boot('n2', { peers: addresses, peerIds: ['n2', 'n1'] }));
  expect(given.peers).toEqual(['n2', 'n1']);
});

test('log events carry the prefix of the mounted protocol', async () => {
  const events: unknown[] = [];
  const host = hostOf(await boot('n1', { onLog: (event, detail) => events.push([event, detail]) }));
  host.log('booted');
  host.mount('raft').log('leader elected', { term: 3 });
  expect(events).toEqual([
    ['booted', undefined],
    ['raft/leader elected', { term: 3 }],
  ]);
});

test('a killed host frees its port and folder; stopping twice, or after a kill, ends', async () => {
  const n1 = await boot('n1');
  const listen = { host: '127.0.0.1', port: n1.port! };
  await expect(boot('n2', { listen })).rejects.toThrow(/EADDRINUSE/);
  await n1.kill();
  await n1.stop();
  const again = await boot('n1', { listen });
  const host = hostOf(again);
  host.onStop(() => host.clock.sleep(60_000));
  const stopping = again.stop();
  expect(again.stop()).toBe(stopping);
  await again.kill();
  await stopping;
});

test('an address that makes no sense, and a second program, are errors', async () => {
  await expect(boot('n1', { peers: { n2: 'localhost' } })).rejects.toThrow(/localhost.*host:port/);
  for (const port of [0, 70_000]) {
    await expect(boot('n1', { peers: { n2: `localhost:${port}` } })).rejects.toThrow(/localhost:.*host:port/);
  }
  const node = await boot('n3');
  hostOf(node);
  expect(() => node.run(() => {})).toThrow(/n3 runs a program already/);
});

test.skipIf(!existsSync('/dev/full'))(
  'a full disk and other errors of the system have their codes',
  async () => {
    const { disk } = hostOf(await boot('n1'));
    await symlink('/dev/full', join(folder, 'n1', 'full'));
    await mkdir(join(folder, 'n1', 'folder'));
    const failure = async (operation: Promise<unknown>) => {
      const error = await operation.catch((reason) => reason);
      return isDiskError(error) ? `${error.code}: ${error.message}` : error;
    };
    expect(await failure(disk.write('full', 0, Uint8Array.of(1)))).toMatch(
      /^full: cannot write 'full': ENOSPC/,
    );
    expect(await failure(disk.write('folder', 0, Uint8Array.of(1)))).toMatch(
      /^io: cannot write 'folder': EISDIR/,
    );
    expect(await failure(disk.rename('nowhere', 'x'))).toMatch(/^missing: cannot rename 'nowhere' to 'x'/);
  },
);

test('a stopped host keeps no process alive, whatever its program still waits for', async () => {
  const bundle = await build({
    stdin: {
      contents: `
        import { workerData } from 'node:worker_threads';
        import { nodeHost } from './node-host.ts';
        nodeHost(workerData).then((node) => {
          node.run(async (host) => {
            host.clock.after(1e12, () => {});
            host.call('n2', 'ask', null, { timeoutMs: 1e9 }).catch(() => {});
            host.call('n1', 'ask', null, { timeoutMs: 1e9 }).catch(() => {});
            host.on('ask', () => new Promise(() => {}));
            await host.disk.write('file', 0, new Uint8Array(1));
            await host.clock.sleep(20);
            node.stop();
            await host.clock.sleep(1e12);
          });
        });`,
      resolveDir: fileURLToPath(new URL('../../protocols', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
  });
  const n2 = await boot('n2');
  hostOf(n2).on('ask', () => new Promise(() => {}));
  const workerData = {
    id: 'n1',
    listen: { host: '127.0.0.1', port: 0 },
    peers: { n2: `127.0.0.1:${n2.port}` },
    folder: join(folder, 'n1'),
  };
  const worker = new Worker(bundle.outputFiles[0]!.text, { eval: true, workerData });
  expect(await new Promise((resolve) => worker.once('exit', resolve))).toBe(0);
});
