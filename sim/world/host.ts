/** The contract of `protocols/host.ts` as a program in the simulator sees it. */
import {
  type Answer,
  type AnyProgram,
  type Ask,
  type CallOptions,
  type Clock,
  type ClockInterval,
  type Disk,
  type Host,
  type HostId,
  isRefused,
  isTimedOut,
  type Random,
  type Ratio,
  TimedOut,
  type Timer,
  type Wire,
} from '../../protocols/host.ts';
import { copyMessage } from '../../protocols/message.ts';
import type { Handle } from '../kernel/agenda.ts';
import type { Stream } from '../kernel/choices.ts';
import { CallRefused, PendingCall } from './call.ts';
import { SimulatedDisk } from './host-disk.ts';
import type { Guest, Handler, Incarnation } from './incarnation.ts';
import type { Kind, Kinds, Packet, PacketRole } from './packet.ts';
import { type Body, eventKind } from './surroundings.ts';

const never = <T>(): Promise<T> => new Promise<T>(() => {});

class SimulatedHost<W extends Wire> implements Host<W> {
  readonly id: HostId;
  readonly peers: readonly HostId[];
  readonly clock: Clock;
  readonly disk: Disk;
  readonly random: Random;
  readonly #incarnation: Incarnation;
  readonly #prefix: string;
  readonly #kinds: Kinds;

  constructor(incarnation: Incarnation, prefix: string) {
    const { machine } = incarnation;
    this.#incarnation = incarnation;
    this.#prefix = prefix;
    this.#kinds = machine.world.network.kinds(prefix);
    this.id = machine.id;
    this.peers = machine.world.servers;
    this.clock = new SimulatedClock(incarnation);
    this.disk = new SimulatedDisk(incarnation, prefix);
    this.random = new SimulatedRandom(incarnation, prefix);
  }

  send<K extends keyof W & string>(to: HostId, kind: K, ask: Ask<W, K>): void {
    const incarnation = this.#incarnation;
    if (!incarnation.effect()) return;
    const destination = incarnation.machine.world.find(to);
    if (destination === undefined) incarnation.machine.world.network.counters.dropped += 1;
    else transmit(incarnation, destination, 'send', this.#kinds.of(kind), ask, undefined);
  }

  call<K extends keyof W & string>(
    to: HostId,
    kind: K,
    ask: Ask<W, K>,
    options: CallOptions,
  ): Promise<Answer<W, K>> {
    const incarnation = this.#incarnation;
    const world = incarnation.machine.world;
    const destination = world.find(to);
    const { timeoutMs, signal } = options;
    if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs of a call is positive, not ${timeoutMs}`);
    if (!incarnation.effect()) return never();
    if (signal?.aborted) return Promise.reject(new TimedOut(`call of ${kind} to ${to} was aborted`));
    if (destination === undefined) return Promise.reject(new CallRefused(`there is no host "${to}"`));
    return new Promise((resolve, reject) => {
      const call = new PendingCall(incarnation, to, kind, resolve as (answer: unknown) => void, reject);
      if (transmit(incarnation, destination, 'call', this.#kinds.of(kind), ask, call)) {
        call.wait(timeoutMs, signal);
      } else reject(new CallRefused(`the outbox of ${this.id} is full`));
    });
  }

  on<K extends keyof W & string>(
    kind: K,
    answer: (ask: Ask<W, K>, from: HostId) => Answer<W, K> | Promise<Answer<W, K>>,
  ): void {
    const { name, number } = this.#kinds.of(kind);
    const { handlers } = this.#incarnation;
    if (handlers[number] !== undefined) throw new Error(`${this.id} has a handler for "${name}" already`);
    handlers[number] = answer as Handler;
  }

  onStop(task: () => void | Promise<void>): void {
    this.#incarnation.stopTasks.push(task);
  }

  mount<V extends Wire>(name: string): Host<V> {
    if (!/^[\w.-]+$/.test(name) || /^\.\.?$/.test(name))
      throw new Error(`a mount is named with letters, digits and . _ -, not "${name}"`);
    return new SimulatedHost<V>(this.#incarnation, `${this.#prefix}${name}/`);
  }

  expose(view: () => object): void {
    const { views } = this.#incarnation;
    const own = { prefix: this.#prefix, view };
    const index = views.findIndex(({ prefix }) => prefix === this.#prefix);
    if (index < 0) views.push(own);
    else views[index] = own;
  }

  buggify(label: string): boolean {
    const incarnation = this.#incarnation;
    const { buggify } = incarnation.machine.world;
    if (buggify === undefined || !incarnation.alive) return false;
    return buggify.fires(this.#prefix + label, this.id);
  }

  log(event: string, detail?: object): void {
    const incarnation = this.#incarnation;
    if (!incarnation.alive) return;
    const { world, index } = incarnation.machine;
    world.fingerprint.addText(event);
    world.trace('log', index, () => ({ event: this.#prefix + event, ...detail }));
  }
}

/** Boots a program behind a host of its own. */
export function startProgram(incarnation: Incarnation, program: AnyProgram): Guest {
  const { machine } = incarnation;
  const complain = (error: unknown) => {
    // A dead program's complaints come out of a vacuum.
    if (incarnation.alive) machine.world.uncaught(machine.index, error);
  };
  try {
    const running = program(new SimulatedHost(incarnation, ''));
    if (running !== undefined) running.then(undefined, complain);
  } catch (error) {
    complain(error);
  }
  return { deliver: (packet) => handle(incarnation, packet) };
}

/** Runs the handler of a message. False if there was none. */
function handle(incarnation: Incarnation, packet: Packet): boolean {
  const handler = incarnation.handlers[packet.kind.number];
  if (handler === undefined) {
    if (packet.role === 'call') {
      respond(incarnation, packet, 'refusal', `${incarnation.machine.id} answers no "${packet.kind.name}"`);
    }
    return false;
  }
  const from = incarnation.machine.world.names[packet.from]!;
  const ask = (packet.holdsBytes ? copyMessage(packet.body) : packet.body) as never;
  try {
    const answer = handler(ask, from);
    if (isPromise(answer)) {
      answer.then(
        (value) => answered(incarnation, packet, value),
        (error) => failed(incarnation, packet, error),
      );
    } else if (packet.role === 'call') answered(incarnation, packet, answer);
  } catch (error) {
    failed(incarnation, packet, error);
  }
  return true;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Seals a message and hands it to the network; false if the outbox is full. */
function transmit(
  incarnation: Incarnation,
  to: number,
  role: PacketRole,
  kind: Kind,
  body: unknown,
  call: Packet['call'],
): boolean {
  const { machine } = incarnation;
  const { network, sealer } = machine.world;
  sealer.seal(body);
  if (!network.hasRoom(machine.index, sealer.bytes)) return false;
  post(machine, to, role, kind, body, call);
  return true;
}

function respond(incarnation: Incarnation, asked: Packet, wanted: PacketRole, body: unknown): void {
  if (!incarnation.effect()) return;
  const role = wanted === 'refusal' && asked.repeated ? 'reset' : wanted;
  const { machine } = incarnation;
  machine.world.sealer.seal(body);
  post(machine, asked.from, role, asked.kind.answer, body, asked.call);
}

/** Puts what was sealed last into a packet. */
function post(
  machine: Body,
  to: number,
  role: PacketRole,
  kind: Kind,
  body: unknown,
  call: Packet['call'],
): void {
  const { network, sealer, fingerprint } = machine.world;
  const { hash, hash2, bytes, holdsBytes } = sealer;
  fingerprint.add(hash ^ to);
  fingerprint.add(hash2);
  network.transmit({
    role,
    kind,
    from: machine.index,
    to,
    call,
    body: holdsBytes ? copyMessage(body) : body,
    holdsBytes,
    bytes,
    hash,
    repeated: false,
    passage: undefined,
  });
}

function answered(incarnation: Incarnation, packet: Packet, value: unknown): void {
  if (packet.role !== 'call') return;
  try {
    respond(incarnation, packet, 'answer', value === undefined ? null : value);
  } catch (error) {
    failed(incarnation, packet, error);
  }
}

function failed(incarnation: Incarnation, packet: Packet, error: unknown): void {
  if (!incarnation.alive) return;
  const isCall = packet.role === 'call';
  if (isCall && isRefused(error) && !(error instanceof CallRefused)) {
    respond(incarnation, packet, 'refusal', error.message);
    return;
  }
  const isExpected = isCall && (isTimedOut(error) || isRefused(error));
  if (!isExpected) incarnation.machine.world.uncaught(incarnation.machine.index, error);
  if (isCall) respond(incarnation, packet, 'reset', 'its handler failed');
}

/** What waits on the agenda for a program's timer. */
export class SimulatedTimer implements Timer {
  readonly incarnation: Incarnation;
  readonly task: () => void;
  /** When it is due by the monotonic clock of its machine. */
  readonly dueUs: number;
  handle: Handle = 0;
  /** Said twice, for a timer that waits for its paused machine is no longer known by its handle. */
  isCancelled = false;

  constructor(incarnation: Incarnation, task: () => void, dueUs: number) {
    this.incarnation = incarnation;
    this.task = task;
    this.dueUs = dueUs;
  }

  /** Waits on if the clock has become slower since it was set. */
  isEarly(): boolean {
    const { machine } = this.incarnation;
    const leftUs = this.dueUs - machine.clock.elapsedUs(machine.world.loop.nowUs);
    if (leftUs <= 0) return false;
    this.handle = machine.schedule(machine.clock.runUs(leftUs / 1000), eventKind.timer, this);
    return true;
  }

  cancel(): void {
    if (!this.incarnation.alive) return;
    this.isCancelled = true;
    this.incarnation.machine.world.loop.agenda.cancel(this.handle);
  }
}

/** Resolves after so much time of the run, whatever the clock of the machine says; never if its program dies first. */
export function alarm(incarnation: Incarnation, delayUs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = new SimulatedTimer(incarnation, resolve, 0);
    incarnation.machine.schedule(delayUs, eventKind.timer, timer);
  });
}

class SimulatedClock implements Clock {
  readonly #incarnation: Incarnation;

  constructor(incarnation: Incarnation) {
    this.#incarnation = incarnation;
  }

  now(): number {
    const { machine } = this.#incarnation;
    return machine.clock.wallMs(machine.world.loop.nowUs);
  }

  elapsed(): number {
    const { machine } = this.#incarnation;
    return machine.clock.elapsedMs(machine.world.loop.nowUs);
  }

  interval(): ClockInterval {
    const { machine } = this.#incarnation;
    return machine.clock.intervalMs(machine.world.loop.nowUs);
  }

  sleep(ms: number, options?: { signal?: AbortSignal }): Promise<void> {
    const signal = options?.signal;
    checkDuration(ms);
    if (!this.#incarnation.alive) return never();
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.#set(ms, resolve);
        return;
      }
      const abort = () => {
        timer.cancel();
        reject(signal.reason);
      };
      const timer = this.#set(ms, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  after(ms: number, task: () => void): Timer {
    checkDuration(ms);
    return this.#set(ms, task);
  }

  #set(ms: number, task: () => void): SimulatedTimer {
    const incarnation = this.#incarnation;
    const { machine } = incarnation;
    const dueUs = machine.clock.elapsedUs(machine.world.loop.nowUs) + Math.round(ms * 1000);
    const timer = new SimulatedTimer(incarnation, task, dueUs);
    if (!incarnation.alive) return timer;
    timer.handle = machine.schedule(machine.clock.runUs(ms), eventKind.timer, timer);
    return timer;
  }
}

function checkDuration(ms: number): void {
  if (!(ms >= 0 && ms < 1e15))
    throw new RangeError(`a duration is a number of milliseconds from 0, not ${ms}`);
}

class SimulatedRandom implements Random {
  readonly #incarnation: Incarnation;
  readonly #prefix: string;
  readonly #streams = new Map<string, Stream>();

  constructor(incarnation: Incarnation, prefix: string) {
    this.#incarnation = incarnation;
    this.#prefix = prefix;
  }

  below(limit: number, label: string): number {
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= 4294967296)) {
      throw new RangeError(`the limit of a draw is a whole number from 1 to 2^32, not ${limit}`);
    }
    return this.#stream(label).below(limit);
  }

  chance(odds: Ratio, label: string): boolean {
    const [hits, outOf] = odds;
    if (!(Number.isInteger(hits) && Number.isInteger(outOf) && hits >= 0 && outOf >= 1 && hits <= outOf)) {
      throw new RangeError(`odds are [hits, outOf] with whole numbers 0 ≤ hits ≤ outOf, not [${odds}]`);
    }
    return this.#stream(label).chance(odds);
  }

  #stream(label: string): Stream {
    let stream = this.#streams.get(label);
    if (stream === undefined) {
      const { machine } = this.#incarnation;
      stream = machine.world.choices.stream(`${machine.id} ${this.#prefix}${label}`);
      this.#streams.set(label, stream);
    }
    return stream;
  }
}
