/**
 * The contract a protocol is written against. The simulator and `node-host.ts` both implement it, and one
 * contract suite (`test/contract`) holds them to the same promises, so that a protocol runs unmodified on either.
 */

/** Names one host of a run: `n1`, `n2` … for servers, `c1`, `c2` … for clients. */
export type HostId = string;

/**
 * What a message may hold: plain JSON data and bytes. Numbers are finite and not `-0`; objects have no prototype of
 * their own, no `undefined` and no `__proto__` key. A sent value is frozen in place; bytes in it are copied.
 */
export type Message =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Message[]
  | { readonly [key: string]: Message };

/**
 * Names each kind of message and its answer as a function type, `void` for what is only sent:
 * `type Ping = { ping(ask: { round: number }): { round: number }; bye(ask: null): void }`.
 */
export type Wire = Record<string, (ask: never) => unknown>;
export type Ask<W extends Wire, K extends keyof W> = Parameters<W[K]>[0];
export type Answer<W extends Wire, K extends keyof W> = Awaited<ReturnType<W[K]>>;

/** Runs afresh at every boot: memory is gone, the disk is not. It may return at once or stay for as long as it works. */
export type Program<W extends Wire = Wire> = (host: Host<W>) => void | Promise<void>;

/** A host of any wire, for the places that boot programs without sending messages themselves. */
// biome-ignore lint/suspicious/noExplicitAny: a Program<W> takes its own Host<W>; whoever boots it cannot name W.
export type AnyProgram = Program<any>;

export interface Host<W extends Wire = Wire> {
  readonly id: HostId;
  /** The servers of this run in a fixed order, this host included if it is one of them. */
  readonly peers: readonly HostId[];
  readonly clock: Clock;
  readonly disk: Disk;
  readonly random: Random;

  /**
   * Sends a message that nobody answers. It may be lost, repeated, delayed or overtaken by a later one.
   * A full outbox drops it and counts the drop, and so it goes with a message to a host that nobody knows. Sending to
   * oneself is allowed.
   * @throws TypeError naming the path of the first part of `ask` that no message may hold
   */
  send<K extends keyof W & string>(to: HostId, kind: K, ask: Ask<W, K>): void;

  /**
   * Sends a message and awaits its answer; a handler that returns nothing answers null. The message may arrive more
   * than once, a second time even while the handler is still busy with the first; the first answer wins.
   * @throws Refused it did not happen: no byte left this host, the kind is unknown there, or the handler said so
   * @throws TimedOut it may have happened: no answer in time, a reset connection, a crash, or an error in the handler
   */
  call<K extends keyof W & string>(
    to: HostId,
    kind: K,
    ask: Ask<W, K>,
    options: CallOptions,
  ): Promise<Answer<W, K>>;

  /**
   * Answers a kind of message. One handler a kind; registering a second one throws.
   * A handler that throws its own `Refused` refuses the call; any other error leaves the caller with `TimedOut`.
   * A `Refused` that the handler merely let through from a call of its own leaves the caller with `TimedOut` too.
   * Errors other than `Refused` and `TimedOut`, and all errors in the handler of a message that was only sent, are
   * uncaught errors of the program.
   */
  on<K extends keyof W & string>(
    kind: K,
    answer: (ask: Ask<W, K>, from: HostId) => Answer<W, K> | Promise<Answer<W, K>>,
  ): void;

  /** Runs on a graceful stop, last registered first. A kill calls nothing. */
  onStop(task: () => void | Promise<void>): void;

  /**
   * A protocol inside a protocol: kinds, files, labels and log events get the prefix `name/`; what it exposes appears
   * under `name` in the whole.
   */
  mount<V extends Wire>(name: string): Host<V>;

  /**
   * Says what claims, reports and operators may see. The view is called after every turn of this host, and once more if
   * it dies between two effects of one, so it is cheap and changes nothing; what it returns is not kept longer than a turn,
   * parts that do not change may be shared. A second call replaces the first.
   */
  expose(view: () => object): void;

  /**
   * True now and then in a simulation that asks for trouble, and never on a real host: takes a rare but legal path (a batch
   * of one, a slow answer, an early retry) so that it is tested as often as the usual one. Each label is a site, which
   * is active in some of the runs only. The idea is FoundationDB's.
   */
  buggify(label: string): boolean;

  /** Records an event of the protocol (`'leader elected'`); names are short, constant and in plain words. */
  log(event: string, detail?: object): void;
}

export interface CallOptions {
  /** Milliseconds until the call gives up with `TimedOut`; positive. */
  readonly timeoutMs: number;
  /** Gives up at once, with `TimedOut`, when it aborts. */
  readonly signal?: AbortSignal;
}

/** Durations are milliseconds and may have a fraction; the grain is one microsecond. */
export interface Clock {
  /** Wall time in milliseconds since 1970. It may be off, drift, and jump forward or back. */
  now(): number;
  /** Milliseconds since the boot of this machine's clock. It never goes back, and may drift. */
  elapsed(): number;
  /**
   * The true wall time lies between these two, as far as this machine knows: after TrueTime (Corbett et al., *Spanner*,
   * OSDI 2012, §3). A protocol that relies on it says so, for the bound is only as good as whoever keeps the clocks.
   */
  interval(): ClockInterval;
  /** Resolves after `ms` of `elapsed` time. Rejects with the signal's reason if it aborts first. */
  sleep(ms: number, options?: { signal?: AbortSignal }): Promise<void>;
  /** Runs `task` after `ms` of `elapsed` time unless cancelled before. */
  after(ms: number, task: () => void): Timer;
}

/** Two wall times in milliseconds since 1970. */
export interface ClockInterval {
  readonly earliest: number;
  readonly latest: number;
}

export interface Timer {
  /** Forgets the task; without effect if it ran already. */
  cancel(): void;
}

/**
 * Files of this host, named with letters, digits and `. _ - /`. Nothing is durable before `sync` (bytes) and
 * `syncNames` (creation, renaming, removal) have resolved: a crash may lose it, wholly or in part, in any order.
 * Until then operations on one file take effect in the order in which they were called.
 * Every method may reject with `DiskError`. A program that does not catch one ends, unless its code is `missing`: the
 * disk keeps what it has, and whoever looks after the process (in a simulation, a second later) boots it again.
 */
export interface Disk {
  /** At most `length` bytes from `offset`: fewer at the end of the file, none past it or if there is no such file. */
  read(file: string, offset: number, length: number): Promise<Uint8Array>;
  /** Length in bytes, 0 if there is no such file. */
  size(file: string): Promise<number>;
  /** Writes `bytes` (copied at once) at `offset`; creates the file, and fills a gap with zeros. */
  write(file: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** Cuts the file, or extends it with zeros, to `length` bytes; creates it if need be. */
  truncate(file: string, length: number): Promise<void>;
  /** Makes the bytes of the file durable. */
  sync(file: string): Promise<void>;
  /** Atomic: replaces `to` if it exists. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; without effect if there is none. */
  remove(file: string): Promise<void>;
  /** All file names, sorted by code unit. */
  list(): Promise<string[]>;
  /** Makes creations, renames and removals durable. */
  syncNames(): Promise<void>;
}

/** Odds as a fraction of whole numbers: `[1, 20]` is 5%. No float decides anything. */
export type Ratio = readonly [hits: number, outOf: number];

/** Chance for protocols, drawn from the run's seed. A label says what the draw is for, and is constant. */
export interface Random {
  /** A whole number from 0 to `limit - 1`; `limit` is 1 to 2^32. */
  below(limit: number, label: string): number;
  chance(odds: Ratio, label: string): boolean;
}

export type DiskErrorCode = 'missing' | 'io' | 'full' | 'corrupt';

const refusedBrand = Symbol.for('skerry.Refused');
const timedOutBrand = Symbol.for('skerry.TimedOut');
const diskErrorBrand = Symbol.for('skerry.DiskError');

/** Definite: what was asked did not happen and never will. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(message = 'refused') {
    super(message);
  }
  static {
    Object.defineProperty(Refused.prototype, refusedBrand, { value: true });
  }
}

/** Indefinite: what was asked may have happened, may yet happen, or never will. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  constructor(message = 'timed out') {
    super(message);
  }
  static {
    Object.defineProperty(TimedOut.prototype, timedOutBrand, { value: true });
  }
}

/**
 * A file operation failed: `missing` (rename of no such file: a mistake of the program), `io` (the device), `full`, or
 * `corrupt` (a reader found that what it had stored is damaged).
 *
 * What is left. After `io` nobody knows what of a write took place. After a failed `sync` what it should have made
 * durable may be lost for good although reads still show it: no later sync makes up for it, only writing it again does.
 * After `full` the part that fitted may have been written.
 */
export class DiskError extends Error {
  override readonly name: string = 'DiskError';
  readonly code: DiskErrorCode;
  constructor(code: DiskErrorCode, message: string) {
    super(message);
    this.code = code;
  }
  static {
    Object.defineProperty(DiskError.prototype, diskErrorBrand, { value: true });
  }
}

// Brands rather than `instanceof`: two copies of this module, or two realms, must recognise each other's errors.
const isBranded = (error: unknown, brand: symbol): boolean =>
  typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[brand] === true;

export const isRefused = (error: unknown): error is Refused => isBranded(error, refusedBrand);
export const isTimedOut = (error: unknown): error is TimedOut => isBranded(error, timedOutBrand);
export const isDiskError = (error: unknown): error is DiskError => isBranded(error, diskErrorBrand);
