/**
 * The contract over real sockets, timers and files: what runs in the simulator runs here unmodified.
 *
 * Hosts find each other by address and believe what a connection says about itself, so keep them on a network that
 * you trust.
 */
import {
  type Answer,
  type Ask,
  type CallOptions,
  type Clock,
  type Host,
  type HostId,
  isDiskError,
  isRefused,
  isTimedOut,
  type Program,
  type Wire,
} from './host.ts';
import { copyMessage, Sealer } from './message.ts';
import { Calls } from './node/calls.ts';
import { NodeClock } from './node/clock.ts';
import type { Connection } from './node/connection.ts';
import { diskUnder, NodeDisk } from './node/files.ts';
import { encodeFrame, type Frame } from './node/frames.ts';
import { systemRandom } from './node/random.ts';
import { Transport, type TransportLimits } from './node/transport.ts';

export interface NodeHostLimits extends TransportLimits {
  /** How long a graceful stop waits for the outboxes to empty. */
  readonly flushMsMax: number;
}

export const nodeHostLimits: NodeHostLimits = {
  frameBytesMax: 64 * 1024 * 1024,
  outboxFramesMax: 16_384,
  outboxBytesMax: 64 * 1024 * 1024,
  connectMsMax: 2000,
  backoffMsMin: 20,
  backoffMsMax: 1000,
  flushMsMax: 2000,
};

/** What the program was doing when it threw. */
export type UncaughtDuring = 'program' | 'handler' | 'timer' | 'stop';

const clockErrorMsDefault = 500;

export interface NodeHostOptions {
  readonly id: HostId;
  /** Port 0 lets the system choose one. A client does without: its answers come over the connections it makes. */
  readonly listen?: { readonly host?: string; readonly port: number };
  /** The addresses (`host:port`) of all servers. */
  readonly peers: Readonly<Record<HostId, string>>;
  /**
   * `host.peers`, in an order that must be the same on all hosts: protocols count on it. Unless given, the keys of `peers`
   * by name, n2 before n10.
   */
  readonly peerIds?: readonly HostId[];
  /** Where the files of this host live; made if it is not there. */
  readonly folder: string;
  readonly limits?: Partial<NodeHostLimits>;
  /**
   * How far the wall clock of this machine may be off, in milliseconds: half the width of `clock.interval()`. Default 500,
   * which a machine with NTP keeps; whoever measures it (chrony's tracking says) can give less.
   */
  readonly clockErrorMs?: number;
  /**
   * Told of every error that nobody caught, but not of a `Refused` or `TimedOut` in the handler of a call: its caller
   * hears of that. The host goes on, but for a `DiskError` other than `missing`: that one ends the host as a crash would,
   * and whoever looks after it boots it again. By default the error is printed, one that ended the program sets the
   * exit code of the process to 1, and a `DiskError` ends the process with that code.
   */
  readonly onUncaught?: (error: unknown, during: UncaughtDuring) => void;
  readonly onLog?: (event: string, detail: object | undefined) => void;
}

export interface NodeHostCounters {
  /** Messages and answers handed to the network. */
  readonly sent: number;
  /** Messages given to a handler. */
  readonly delivered: number;
  /** Messages and answers that never left: an outbox was full, or there was no way to the host. */
  readonly dropped: number;
  /** Messages of a kind that nobody handles here. */
  readonly unknown: number;
  /** Connections closed because the other end did not speak our language, or meant somebody else. */
  readonly malformed: number;
}

/**
 * Opens the folder and listens; until `run`, every message finds no handler.
 * @throws TypeError if an address makes no sense, or the system's error if the port or the folder cannot be had
 */
export async function nodeHost(options: NodeHostOptions): Promise<NodeHost> {
  const disk = await NodeDisk.open(options.folder);
  const node = new NodeHost(options, disk);
  if (options.listen !== undefined) {
    try {
      await node.listen(options.listen);
    } catch (error) {
      await node.kill();
      throw error;
    }
  }
  return node;
}

type Handler = (ask: unknown, from: HostId) => unknown;
type Outcome =
  | { readonly type: 'answer'; readonly value: unknown }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'failed' };
interface Handled {
  readonly outcome: Outcome;
  readonly holdsBytes: boolean;
}

/** By what stands before the number that a name ends with, and then by that number. */
function byName(left: HostId, right: HostId): number {
  const [, leftText = left, leftNumber = ''] = /^(.*?)(\d*)$/.exec(left) ?? [];
  const [, rightText = right, rightNumber = ''] = /^(.*?)(\d*)$/.exec(right) ?? [];
  if (leftText !== rightText) return leftText < rightText ? -1 : 1;
  return Number(leftNumber) - Number(rightNumber);
}

export class NodeHost {
  readonly id: HostId;
  readonly peers: readonly HostId[];
  readonly counters: NodeHostCounters;
  /** Where it listens; chosen by the system if the options said 0. */
  port: number | undefined;
  readonly #options: NodeHostOptions;
  readonly #limits: NodeHostLimits;
  readonly #count: { -readonly [K in keyof NodeHostCounters]: number };
  readonly #disk: NodeDisk;
  readonly #clock: NodeClock;
  readonly #calls: Calls;
  readonly #transport: Transport;
  readonly #sealer = new Sealer();
  readonly #handlers = new Map<string, Handler>();
  readonly #views = new Map<string, () => object>();
  readonly #stopTasks: (() => void | Promise<void>)[] = [];
  /** Messages to itself that are not delivered yet. */
  readonly #loop = { frames: 0, bytes: 0 };
  #alive = true;
  #running = false;
  #stopped: Promise<void> | undefined;
  #onKill: () => void = () => {};
  readonly #killed = new Promise<void>((resolve) => {
    this.#onKill = resolve;
  });

  /** Use `nodeHost`. */
  constructor(options: NodeHostOptions, disk: NodeDisk) {
    this.id = options.id;
    this.peers = Object.freeze([...(options.peerIds ?? Object.keys(options.peers).sort(byName))]);
    this.#options = options;
    this.#limits = { ...nodeHostLimits, ...options.limits };
    this.#count = { sent: 0, delivered: 0, dropped: 0, unknown: 0, malformed: 0 };
    this.counters = this.#count;
    this.#disk = disk;
    const errorMs = options.clockErrorMs ?? clockErrorMsDefault;
    this.#clock = new NodeClock((error) => this.#uncaught(error, 'timer'), errorMs);
    this.#calls = new Calls(this.#clock);
    this.#transport = new Transport(options.id, options.peers, this.#limits, {
      received: (frame, connection) => this.#receive(frame, connection),
      departed: (call, connection) => this.#calls.departed(call, connection),
      unsent: (call, reason) => {
        this.#count.dropped += 1;
        if (call !== undefined) this.#calls.refuse(call, reason);
      },
      closed: (connection, malformed) => {
        if (malformed) this.#count.malformed += 1;
        this.#calls.lost(connection);
      },
    });
  }

  async listen(address: { readonly host?: string; readonly port: number }): Promise<void> {
    this.port = await this.#transport.listen(address);
  }

  /** Resolves when the program has returned or failed (`onUncaught` has its error); never after a kill. */
  run<W extends Wire>(program: Program<W>): Promise<void> {
    if (this.#running) throw new Error(`${this.id} runs a program already; boot a new host for another one`);
    this.#running = true;
    return this.#whileAlive(async () => {
      try {
        await program(this.#face<W>(''));
      } catch (error) {
        this.#uncaught(error, 'program');
      }
    });
  }

  /** Runs the stop tasks, lets the outboxes empty, and closes everything. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** As a crash would: nothing that was begun settles, no task runs. Resolves when port and files are free. */
  async kill(): Promise<void> {
    this.#retire();
    this.#onKill();
    await Promise.all([this.#transport.destroy(), this.#disk.close()]);
  }

  /** What the program exposes, and what each mounted protocol does under its name. */
  view(): Record<string, unknown> {
    const view: Record<string, unknown> = {};
    for (const [prefix, expose] of this.#views) {
      if (prefix === '') Object.assign(view, expose());
      else view[prefix.slice(0, -1)] = expose();
    }
    return view;
  }

  async #stop(): Promise<void> {
    for (let task = this.#stopTasks.pop(); task !== undefined && this.#alive; task = this.#stopTasks.pop()) {
      try {
        await Promise.race([task(), this.#killed]);
      } catch (error) {
        this.#uncaught(error, 'stop');
      }
    }
    if (this.#alive) {
      this.#retire();
      await this.#transport.flush(this.#limits.flushMsMax);
    }
    await this.kill();
  }

  #retire(): void {
    this.#alive = false;
    this.#clock.stop();
    this.#calls.forget();
  }

  #uncaught(error: unknown, during: UncaughtDuring): void {
    if (!this.#alive) return;
    const { onUncaught } = this.#options;
    const isFatal = isDiskError(error) && error.code !== 'missing';
    if (onUncaught === undefined) {
      console.error(`${this.id}: an uncaught error (${during}):`, error);
      // The program may have promised what its disk does not hold: it must not go on, and nobody else looks after it.
      if (isFatal) process.exit(1);
      if (during === 'program') process.exitCode = 1;
    } else onUncaught(error, during);
    if (isFatal) void this.kill();
  }

  /** Begins nothing on a dead host, and settles nothing after its death. */
  #whileAlive<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#alive) return;
      work().then(
        (value) => this.#alive && resolve(value),
        (error) => this.#alive && reject(error),
      );
    });
  }

  #send(to: HostId, kind: string, ask: unknown): void {
    if (!this.#alive) return;
    this.#sealer.seal(ask);
    const isTaken =
      to === this.id
        ? this.#sendToSelf('send', kind, ask)
        : this.#transport.offer(to, encodeFrame({ type: 'send', kind, value: ask }, this.#sealer.holdsBytes));
    this.#tally(isTaken);
  }

  async #call(to: HostId, kind: string, ask: unknown, { timeoutMs, signal }: CallOptions): Promise<unknown> {
    if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs is ${timeoutMs}; expected a positive number`);
    this.#sealer.seal(ask);
    const { holdsBytes } = this.#sealer;
    const { call, answer } = this.#calls.open(timeoutMs, signal, (given) =>
      this.#transport.withdraw(to, given),
    );
    if (signal?.aborted) return await answer;
    const isTaken =
      to === this.id
        ? this.#sendToSelf('call', kind, ask, (outcome) => this.#settle(call, outcome))
        : this.#transport.offer(to, encodeFrame({ type: 'call', call, kind, value: ask }, holdsBytes), call);
    this.#tally(isTaken);
    if (!isTaken) this.#calls.refuse(call, `no room in the outbox for ${to}, or no way there`);
    return await answer;
  }

  #tally(isTaken: boolean): void {
    if (isTaken) this.#count.sent += 1;
    else this.#count.dropped += 1;
  }

  /** The same promises as over the network, without it. The sealer still describes `ask`. */
  #sendToSelf(role: 'send' | 'call', kind: string, ask: unknown, done?: (outcome: Outcome) => void): boolean {
    const { bytes, holdsBytes } = this.#sealer;
    const { outboxFramesMax, outboxBytesMax } = this.#limits;
    if (this.#loop.frames >= outboxFramesMax || this.#loop.bytes + bytes > outboxBytesMax) return false;
    this.#loop.frames += 1;
    this.#loop.bytes += bytes;
    const delivered = holdsBytes ? copyMessage(ask) : ask;
    setImmediate(async () => {
      this.#loop.frames -= 1;
      this.#loop.bytes -= bytes;
      if (!this.#alive) return;
      const { outcome, holdsBytes } = await this.#handle(role, kind, delivered, this.id);
      if (this.#alive) done?.(holdsBytes ? copyMessage(outcome) : outcome);
    });
    return true;
  }

  #receive(frame: Frame, connection: Connection): void {
    if (!this.#alive) return;
    switch (frame.type) {
      case 'send':
        void this.#handle('send', frame.kind, frame.value, connection.peer);
        return;
      case 'call':
        void this.#reply(
          frame.call,
          this.#handle('call', frame.kind, frame.value, connection.peer),
          connection,
        );
        return;
      case 'answer':
      case 'refused':
      case 'failed':
        this.#settle(frame.call, frame, connection);
        return;
      case 'hello':
      case 'welcome':
        return; // the connection's own affair
    }
  }

  #settle(call: number, outcome: Outcome, connection?: Connection): void {
    if (outcome.type === 'answer') this.#calls.resolve(call, outcome.value, connection);
    else if (outcome.type === 'refused') this.#calls.refuse(call, outcome.reason, connection);
    else this.#calls.timeOut(call, 'the handler failed', connection);
  }

  async #handle(role: 'send' | 'call', kind: string, ask: unknown, from: HostId): Promise<Handled> {
    const handler = this.#handlers.get(kind);
    if (handler === undefined) {
      this.#count.unknown += 1;
      return {
        outcome: { type: 'refused', reason: `${this.id} does not know '${kind}'` },
        holdsBytes: false,
      };
    }
    this.#count.delivered += 1;
    try {
      const value = (await handler(ask, from)) ?? null;
      this.#sealer.seal(value);
      return { outcome: { type: 'answer', value }, holdsBytes: this.#sealer.holdsBytes };
    } catch (error) {
      if (role === 'call' && this.#calls.isOwnRefusal(error)) {
        return { outcome: { type: 'refused', reason: error.message }, holdsBytes: false };
      }
      const isExpected = role === 'call' && (isRefused(error) || isTimedOut(error));
      if (!isExpected) this.#uncaught(error, 'handler');
      return { outcome: { type: 'failed' }, holdsBytes: false };
    }
  }

  async #reply(call: number, handled: Promise<Handled>, connection: Connection): Promise<void> {
    const { outcome, holdsBytes } = await handled;
    if (!this.#alive) return;
    const isTaken = this.#transport.reply(connection, encodeFrame({ ...outcome, call }, holdsBytes));
    this.#tally(isTaken);
    // Too long an answer: the caller learns at once that it will not come.
    if (!isTaken) this.#transport.reply(connection, encodeFrame({ type: 'failed', call }, false));
  }

  #on(kind: string, handler: Handler): void {
    if (!this.#alive) return;
    if (this.#handlers.has(kind)) throw new Error(`${this.id} has a handler for '${kind}' already`);
    this.#handlers.set(kind, handler);
  }

  /** The host as the program sees it, or as a protocol mounted under `prefix` does. */
  #face<W extends Wire>(prefix: string): Host<W> {
    return {
      id: this.id,
      peers: this.peers,
      clock: this.#clock as Clock,
      disk: diskUnder(prefix, this.#disk, (work) => this.#whileAlive(work)),
      random: systemRandom,
      send: (to, kind, ask) => this.#send(to, prefix + kind, ask),
      call: <K extends keyof W & string>(to: HostId, kind: K, ask: Ask<W, K>, options: CallOptions) =>
        this.#whileAlive(() => this.#call(to, prefix + kind, ask, options)) as Promise<Answer<W, K>>,
      on: (kind, answer) => this.#on(prefix + kind, answer as Handler),
      onStop: (task) => {
        if (this.#alive) this.#stopTasks.push(task);
      },
      mount: <V extends Wire>(name: string) => {
        if (!/^[\w.-]+$/.test(name) || /^\.\.?$/.test(name)) {
          throw new TypeError(`mount('${name}'): expected letters, digits and '. _ -'`);
        }
        return this.#face<V>(`${prefix}${name}/`);
      },
      expose: (view) => {
        if (this.#alive) this.#views.set(prefix, view);
      },
      buggify: () => false,
      log: (event, detail) => {
        if (this.#alive) this.#options.onLog?.(prefix + event, detail);
      },
    };
  }
}
