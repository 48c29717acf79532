import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { EscapeError, type EscapeReport } from '../../sim/platform/escape.ts';
import { type HeldGuards, holdGuards } from '../../sim/platform/guards.ts';

const all: HeldGuards[] = [];
afterEach(() => {
  for (const guards of all.splice(0)) guards.release();
});

function held(): { guards: HeldGuards; reports: EscapeReport[] } {
  const reports: EscapeReport[] = [];
  const guards = holdGuards((report) => reports.push(report));
  all.push(guards);
  return { guards, reports };
}

/** Runs a task in a slice. */
function within<T>(guards: HeldGuards, task: () => T): T {
  guards.on();
  try {
    return task();
  } finally {
    guards.off();
  }
}

const escapes: [what: string, task: () => unknown][] = [
  ['Date.now', () => Date.now()],
  ['new Date', () => new Date()],
  ['Date', () => Date()],
  ['performance.now', () => performance.now()],
  ['performance.timeOrigin', () => performance.timeOrigin],
  ['console.time', () => console.time()],
  ['Intl.DateTimeFormat().format', () => new Intl.DateTimeFormat('en').format()],
  ['setTimeout', () => setTimeout(() => {}, 1)],
  ['setInterval', () => setInterval(() => {}, 1)],
  ['setImmediate', () => setImmediate(() => {})],
  ['AbortSignal.timeout', () => AbortSignal.timeout(1)],
  ['Atomics.wait', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)],
  ['Math.random', () => Math.random()],
  ['crypto.randomUUID', () => crypto.randomUUID()],
  ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
  ['crypto.subtle', () => crypto.subtle],
  ['fetch', () => fetch('http://localhost')],
  ['new MessageChannel', () => new MessageChannel()],
  ['new WeakRef', () => new WeakRef({})],
  ['process.hrtime', () => process.hrtime()],
  ['process.hrtime.bigint', () => process.hrtime.bigint()],
  ['process.exit', () => process.exit(1)],
  ['fs.readFileSync', () => readFileSync('package.json')],
  ['timers.promises.setTimeout', () => delay(1)],
];

test.each(escapes)('%s is out of bounds in a slice, and nowhere else', (what, task) => {
  const { guards, reports } = held();
  expect(() => within(guards, task)).toThrow(EscapeError);
  expect(reports).toHaveLength(1);
  expect(reports[0]!.what).toBe(what);
  expect(reports[0]!.instead.length).toBeGreaterThan(10);
  expect(reports[0]!.where).toMatch(/^test\/platform\/guards\.test\.ts:\d+:\d+$/);
});

test('functions of Node are caught through import, require and the namespace', async () => {
  const modules: [string, string][] = [
    ['node:fs', 'writeFileSync'],
    ['node:fs/promises', 'readFile'],
    ['node:net', 'connect'],
    ['node:dgram', 'createSocket'],
    ['node:dns', 'lookup'],
    ['node:http', 'request'],
    ['node:https', 'get'],
    ['node:child_process', 'spawn'],
    ['node:worker_threads', 'Worker'],
    ['node:crypto', 'randomBytes'],
    ['node:os', 'hostname'],
  ];
  for (const [module, key] of modules) {
    const namespace = (await import(module)) as Record<string, (...args: unknown[]) => unknown>;
    const { guards, reports } = held();
    expect(() => within(guards, () => namespace[key]!()), `${module} ${key}`).toThrow(EscapeError);
    expect(() => within(guards, () => (namespace.default as never as typeof namespace)[key]!())).toThrow();
    expect(reports).toHaveLength(1);
  }
});

test('the first escape is reported even if it is swallowed, and only that one', () => {
  const { guards, reports } = held();
  within(guards, () => {
    for (const task of [() => Math.random(), () => Date.now()]) {
      try {
        task();
      } catch {
        // As careless programs do.
      }
    }
  });
  expect(reports.map(({ what }) => what)).toEqual(['Math.random']);
});

test('what has nothing to do with the real world works in a slice', () => {
  const { guards, reports } = held();
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  within(guards, () => {
    expect(new Date(5).getTime()).toBe(5);
    expect(new Date(5)).toBeInstanceOf(Date);
    expect(Date.UTC(1970, 0)).toBe(0);
    expect(new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(0)).toBe('1/1/1970');
    expect(structuredClone({ at: new Date(1) }).at.getTime()).toBe(1);
    console.log(new Error('a stack').stack);
    process.stdout.write('');
    queueMicrotask(() => {});
    expect(Math.max(1, 2)).toBe(2);
  });
  expect(log).toHaveBeenCalledOnce();
  expect(reports).toEqual([]);
  log.mockRestore();
});

test('everything is as before once guards are off, and once the last are released', () => {
  const watched = () => [Date, Date.now, setTimeout, Math.random, fetch, crypto.randomUUID, performance.now];
  const owned = () => [performance, crypto, process.stdout].map((object) => Object.keys(object));
  const before = [watched(), owned()];
  const unwrapped = readFileSync;
  const first = held().guards;
  const second = held().guards;
  expect(() =>
    within(first, () => {
      throw new Error('of a program');
    }),
  ).toThrow('of a program');
  expect([watched(), owned()]).toEqual(before);
  for (const [index, value] of watched().entries()) expect(value).toBe((before[0] as unknown[])[index]);
  first.release();
  first.release();
  expect(() => within(second, () => readFileSync('package.json'))).toThrow(EscapeError);
  second.release();
  expect(readFileSync).toBe(unwrapped);
  expect(readFileSync('package.json').length).toBeGreaterThan(0);
});

test('fake timers that were there before are there again afterwards', () => {
  vi.useFakeTimers({ now: 1234 });
  const { guards } = held();
  expect(() => within(guards, () => Date.now())).toThrow(EscapeError);
  expect(Date.now()).toBe(1234);
  vi.useRealTimers();
});

test('runs that overlap report to their own', () => {
  const first = held();
  const second = held();
  const trip = () => expect(() => Math.random()).toThrow(EscapeError);
  first.guards.on();
  second.guards.on();
  trip();
  first.guards.off();
  trip();
  second.guards.off();
  expect(Math.random()).toBeLessThan(1);
  expect([first.reports.length, second.reports.length]).toEqual([0, 1]);
});

test('Node itself may handle an uncaught error in a slice', async () => {
  const { guards, reports } = held();
  const { queueMicrotask: captured } = globalThis;
  const { makePump } = await import('../../sim/platform/pump.ts');
  const pump = await makePump({ guards });
  const heard: unknown[] = [];
  await new Promise<void>((resolve) => {
    pump.macrotask(() => {
      pump.enter((reason) => heard.push(reason));
      captured(() => {
        throw new Error('on the long road');
      });
      pump.drain!();
      pump.leave();
      resolve();
    });
  });
  expect(heard).toHaveLength(1);
  expect(reports).toEqual([]);
});
