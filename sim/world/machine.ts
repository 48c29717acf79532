/**
 * A machine boots incarnations of a program. It outlives them, together with its disk and its clock.
 *
 * Invariants
 * 1. A dead incarnation has no effect on anything: its code may run on in a vacuum, but its host's methods do
 *    nothing, its promises never settle, its timers never fire.
 * 2. A kill may fall between any two effects of one turn.
 * 3. While a machine is paused nothing of it runs; what came in the meantime runs in order when it resumes.
 */
import type { AnyProgram, HostId } from '../../protocols/host.ts';
import type { Sealer } from '../../protocols/message.ts';
import type { Handle } from '../kernel/agenda.ts';
import { type Choices, hashText } from '../kernel/choices.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Fingerprint } from '../kernel/trace.ts';
import { MachineClock } from './clock.ts';
import { StoredFiles } from './disk.ts';
import type { DiskSamplers } from './host.ts';
import { SimulatedHost } from './host.ts';
import type { Network, Packet } from './network.ts';

/** The kinds of events on a world's agenda. */
export const eventKind = { task: 0, deliver: 1, timer: 2, callTimeout: 3, disk: 4, boot: 5 } as const;

/** What a machine needs of its world. */
export interface Surroundings {
  readonly loop: Loop;
  readonly network: Network;
  readonly choices: Choices;
  readonly fingerprint: Fingerprint;
  readonly sealer: Sealer;
  /** Whether events of one instant are put in a drawn order. */
  readonly shuffled: boolean;
  readonly names: readonly HostId[];
  readonly servers: readonly HostId[];
  readonly disk: DiskSamplers;
  /** The index of a host, if there is one of that name. */
  find(id: HostId): number | undefined;
  trace(type: string, host: number, detail?: () => Record<string, unknown>): void;
  uncaught(host: number, error: unknown): void;
  /** A machine went up or down outside a turn of its own. */
  changed(host: number): void;
}

export type Handler = (ask: never, from: HostId) => unknown;

/** What a kill does to unsynced changes of the disk: a drawn part of them is lost, or none. */
export type Storage = 'lose-unsynced' | 'keep';

/** One life of a program, from boot to stop or kill. */
export class Incarnation {
  readonly machine: Machine;
  readonly number: number;
  alive = true;
  /** Effects left until it is killed in the midst of a turn; -1: not doomed. */
  effectsLeft = -1;
  /** What becomes of its disk then. */
  doomedStorage: Storage = 'lose-unsynced';
  /** By the number of the kind they answer. */
  readonly handlers: (Handler | undefined)[] = [];
  readonly views: { readonly prefix: string; readonly view: () => object }[] = [];
  readonly stopTasks: (() => void | Promise<void>)[] = [];
  /** Resolves when it is dead. */
  readonly ended: Promise<void>;
  end: () => void = () => {};

  constructor(machine: Machine, number: number) {
    this.machine = machine;
    this.number = number;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  /** Counts an effect; false if the incarnation is dead, perhaps from this moment on. */
  effect(): boolean {
    if (!this.alive) return false;
    if (this.effectsLeft < 0) return true;
    if (this.effectsLeft === 0) {
      this.machine.kill(this.doomedStorage);
      return false;
    }
    this.effectsLeft -= 1;
    return true;
  }

  /** What the program exposes; undefined if nothing. */
  state(): object | undefined {
    const views = this.views;
    if (views.length === 0) return undefined;
    if (views.length === 1 && views[0]!.prefix === '') return views[0]!.view();
    const state: Record<string, object> = {};
    for (const { prefix, view } of views) {
      if (prefix === '') Object.assign(state, view());
      else state[prefix.slice(0, -1)] = view();
    }
    return state;
  }
}

export class Machine {
  readonly index: number;
  readonly id: HostId;
  readonly clock = new MachineClock();
  readonly files = new StoredFiles();
  incarnation: Incarnation | undefined;
  paused = false;
  /** How often it was killed, and how many events had to wait for it while it was paused. */
  kills = 0;
  held = 0;
  readonly world: Surroundings;

  readonly #program: AnyProgram;
  readonly #tieLabel: string;
  readonly #tieHash: number;
  #boots = 0;
  #backlog: { kind: number; payload: unknown }[] = [];

  constructor(world: Surroundings, index: number, id: HostId, program: AnyProgram) {
    this.world = world;
    this.index = index;
    this.id = id;
    this.#program = program;
    this.#tieLabel = `${id} tie`;
    this.#tieHash = hashText(this.#tieLabel);
  }

  get up(): boolean {
    return this.incarnation !== undefined;
  }

  get boots(): number {
    return this.#boots;
  }

  /**
   * Puts an event of this machine on the agenda. Its events of one instant stay in order; among the events of other
   * hosts at that instant their place is drawn, a function of host and instant.
   */
  schedule(delayUs: number, kind: number, payload: unknown): Handle {
    const { loop, choices, shuffled } = this.world;
    let tie = 0;
    if (shuffled) {
      const atUs = loop.nowUs + delayUs;
      tie = choices.draw(this.#tieHash, atUs, 4294967296, this.#tieLabel);
    }
    return loop.schedule(delayUs, tie, kind, this.index, payload);
  }

  /** What the running program exposes. */
  state(): object | undefined {
    return this.incarnation?.state();
  }

  /** Starts an incarnation of the program; without effect if one is running. */
  boot(): void {
    if (this.incarnation !== undefined) return;
    this.#boots += 1;
    const incarnation = new Incarnation(this, this.#boots);
    this.incarnation = incarnation;
    this.world.trace('boot', this.index, () => ({ incarnation: incarnation.number }));
    const host = new SimulatedHost(incarnation, '');
    try {
      const running = this.#program(host);
      if (running !== undefined) running.then(undefined, (error) => this.#failed(incarnation, error));
    } catch (error) {
      this.#failed(incarnation, error);
    }
  }

  /** Ends the running incarnation at once. Returns how many unsynced changes of its disk were lost. */
  kill(storage: Storage): number {
    const incarnation = this.incarnation;
    if (incarnation === undefined) return 0;
    incarnation.alive = false;
    incarnation.end();
    this.kills += 1;
    this.incarnation = undefined;
    this.paused = false;
    const { choices, network } = this.world;
    for (const { kind, payload } of this.#backlog) {
      if (kind === eventKind.deliver) network.discard(payload as Packet);
    }
    this.#backlog = [];
    const lost =
      storage === 'keep'
        ? 0
        : this.files.losePower((limit, label) => choices.below(limit, `${this.id} ${label}`));
    this.world.trace('kill', this.index, () => ({ incarnation: incarnation.number, changesLost: lost }));
    this.world.changed(this.index);
    return lost;
  }

  /** Kills the running incarnation after so many more effects, in the midst of a turn; -1 takes that back. */
  doom(effects: number, storage: Storage = 'lose-unsynced'): void {
    if (this.incarnation === undefined) return;
    this.incarnation.effectsLeft = effects;
    this.incarnation.doomedStorage = storage;
  }

  /** Runs the tasks of `onStop`, last registered first, then ends the incarnation. Nothing on the disk is lost. */
  async stop(): Promise<void> {
    const incarnation = this.incarnation;
    if (incarnation === undefined) return;
    const stopping = async () => {
      for (const task of [...incarnation.stopTasks].reverse()) {
        try {
          await task();
        } catch (error) {
          this.#failed(incarnation, error);
        }
      }
      if (incarnation.alive) this.kill('keep');
    };
    // A kill in the midst of a task leaves that task waiting for ever.
    await Promise.race([stopping(), incarnation.ended]);
  }

  pause(): void {
    if (this.paused || this.incarnation === undefined) return;
    this.paused = true;
    this.world.trace('pause', this.index);
    this.world.changed(this.index);
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    const backlog = this.#backlog;
    this.#backlog = [];
    this.world.trace('resume', this.index, () => ({ events: backlog.length }));
    // A tie of 0 and the order of insertion keep their order.
    for (const { kind, payload } of backlog) this.world.loop.schedule(0, 0, kind, this.index, payload);
    this.world.changed(this.index);
  }

  /** Keeps an event until the machine resumes. */
  hold(kind: number, payload: unknown): void {
    this.held += 1;
    this.#backlog.push({ kind, payload });
  }

  /** A packet reaches the machine. False if no program code ran. */
  receive(packet: Packet): boolean {
    const incarnation = this.incarnation;
    if (packet.role === 'send' || packet.role === 'call') {
      if (incarnation === undefined) {
        this.#turnAway(packet);
        return false;
      }
      return SimulatedHost.handle(incarnation, packet);
    }
    return packet.call!.answer(packet);
  }

  /** What a network stack answers for a machine without a program: nothing, a refused connection, or a reset. */
  #turnAway(packet: Packet): void {
    const { network, choices } = this.world;
    network.counters.unanswered += 1;
    if (packet.role !== 'call') return;
    const answer = choices.below(3, `${this.id} down, answers ${this.world.names[packet.from]}`);
    if (answer === 0) return;
    const refuses = answer === 1 && !packet.repeated;
    network.transmit({
      role: refuses ? 'refusal' : 'reset',
      kind: packet.kind.answer,
      from: this.index,
      to: packet.from,
      call: packet.call,
      body: refuses ? `${this.id} is down` : `${this.id} reset the connection`,
      holdsBytes: false,
      bytes: 0,
      hash: answer,
      repeated: false,
    });
  }

  #failed(incarnation: Incarnation, error: unknown): void {
    // A dead program's complaints come out of a vacuum.
    if (incarnation.alive) this.world.uncaught(this.index, error);
  }
}
