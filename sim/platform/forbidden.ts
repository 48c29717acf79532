/** What a simulated program must not touch, and what it uses instead: tables that `guards.ts` puts into effect. */

export interface Forbidden {
  /** What to do instead, as it ends the sentence `Date.now is out of bounds in a simulated program: …`. */
  readonly instead: string;
  /** Only such calls are out of bounds; absent: every one. */
  readonly when?: (args: readonly unknown[], isNew: boolean) => boolean;
}

const now = 'use host.clock.now() for wall time, or host.clock.elapsed() to measure';
const timer = 'use host.clock.after(ms, task) or await host.clock.sleep(ms)';
const random = 'use host.random.below(limit, label) or host.random.chance(odds, label)';
const disk = 'use host.disk, or the journal and cell on top of it';
const network = 'use host.send or host.call';
const channel = 'use host.send or host.call between hosts, and promises within one';
const pool = 'it finishes at a real moment of its own; use its synchronous sibling, or do it before the run';
const machine =
  'it differs from machine to machine and moment to moment; pass it in as an option of the protocol';
const process = 'a program is one of many in this process; it ends by returning, or with an error';
const collected = 'nobody can repeat when memory is collected; keep a plain reference';

/** By their path from the global object. They are swapped in and out around each slice. */
export const globals: Readonly<Record<string, Forbidden>> = {
  Date: { instead: now, when: (args, isNew) => !isNew || args.length === 0 },
  'Date.now': { instead: now },
  'performance.now': { instead: now },
  'performance.timeOrigin': { instead: now },
  'performance.mark': { instead: now },
  'performance.measure': { instead: now },
  'performance.timerify': { instead: now },
  'console.time': { instead: now },
  'console.timeLog': { instead: now },
  'console.timeEnd': { instead: now },
  'Intl.DateTimeFormat.prototype.format': { instead: now, when: ([date]) => date === undefined },
  'Intl.DateTimeFormat.prototype.formatToParts': { instead: now, when: ([date]) => date === undefined },
  setTimeout: { instead: timer },
  setInterval: { instead: timer },
  setImmediate: { instead: timer },
  'AbortSignal.timeout': { instead: 'use an AbortController, and host.clock.after to abort it' },
  'Atomics.wait': { instead: timer },
  'Atomics.waitAsync': { instead: timer },
  'Math.random': { instead: random },
  'crypto.randomUUID': { instead: random },
  'crypto.getRandomValues': { instead: random },
  'crypto.subtle': {
    instead: 'it works at a real moment of its own; use the synchronous functions of node:crypto',
  },
  fetch: { instead: network },
  WebSocket: { instead: network },
  EventSource: { instead: network },
  MessageChannel: { instead: channel },
  BroadcastChannel: { instead: channel },
  'WebAssembly.compile': { instead: pool },
  'WebAssembly.instantiate': { instead: pool },
  WeakRef: { instead: collected },
  FinalizationRegistry: { instead: collected },
};

export interface ForbiddenModule extends Forbidden {
  /** The functions meant; absent: all. */
  readonly only?: readonly string[];
}

/** Node's own modules. Their functions are wrapped as long as anybody holds the guards. */
export const modules: Readonly<Record<string, ForbiddenModule>> = {
  fs: { instead: disk },
  'fs/promises': { instead: disk },
  net: { instead: network },
  tls: { instead: network },
  dgram: { instead: network },
  dns: { instead: network },
  'dns/promises': { instead: network },
  http: { instead: network },
  https: { instead: network },
  http2: { instead: network },
  timers: { instead: timer, only: ['setTimeout', 'setInterval', 'setImmediate'] },
  'timers/promises': { instead: timer },
  child_process: { instead: 'a program starts no processes; another host can do the work' },
  cluster: { instead: 'a program starts no processes; another host can do the work' },
  worker_threads: {
    instead: 'a program starts no threads; another host can do the work',
    only: ['Worker', 'MessageChannel', 'BroadcastChannel'],
  },
  crypto: {
    instead: random,
    only: [
      ...['randomBytes', 'pseudoRandomBytes', 'prng', 'rng', 'randomFill', 'randomFillSync', 'randomInt'],
      ...['randomUUID', 'getRandomValues', 'generateKey', 'generateKeySync', 'generateKeyPair'],
      ...['generateKeyPairSync', 'generatePrime', 'generatePrimeSync', 'pbkdf2', 'scrypt', 'hkdf'],
    ],
  },
  zlib: {
    instead: pool,
    only: [
      ...['deflate', 'inflate', 'gzip', 'gunzip', 'deflateRaw', 'inflateRaw', 'unzip'],
      ...['brotliCompress', 'brotliDecompress', 'zstdCompress', 'zstdDecompress'],
    ],
  },
  os: { instead: machine },
  process: {
    instead: machine,
    only: ['uptime', 'cpuUsage', 'memoryUsage', 'resourceUsage', 'availableMemory', 'constrainedMemory'],
  },
};

/** Functions of `process` that deserve a sentence of their own. */
export const processFunctions: Readonly<Record<string, Forbidden>> = {
  hrtime: { instead: now },
  exit: { instead: process },
  abort: { instead: process },
  kill: { instead: process },
  chdir: { instead: process },
};

/** What a program may use although it takes real time or files to do it. */
export const allowed: readonly string[] = [
  ...['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'dirxml', 'table', 'group', 'assert'].map(
    (name) => `console.${name}`,
  ),
  'process.stdout.write',
  'process.stderr.write',
  // Source maps are looked up, and perhaps read from files, when a program looks at the stack of an error.
  'Error.prepareStackTrace',
];
