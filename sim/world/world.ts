/**
 * A world: machines with their programs, a network between them, faults, and the loop that moves them all. Everything
 * that happens in it follows from the specification, the programs and the seed.
 */
import { type AnyProgram, type HostId, isDiskError } from '../../protocols/host.ts';
import { Sealer } from '../../protocols/message.ts';
import type { Agenda, Handle } from '../kernel/agenda.ts';
import type { Choices } from '../kernel/choices.ts';
import { type Limits, Loop, type Pump, type Rules, type Stop } from '../kernel/loop.ts';
import { Fingerprint, type TraceEvent } from '../kernel/trace.ts';
import { Atlas } from './atlas.ts';
import { Buggify } from './buggify.ts';
import type { PendingCall } from './call.ts';
import type { DiskTraits } from './disk.ts';
import { samplerOf } from './distribution.ts';
import { type SimulatedTimer, startProgram } from './host.ts';
import type { DiskOperation } from './host-disk.ts';
import { Machine } from './machine.ts';
import type { Membership } from './membership.ts';
import { type Carrier, Network } from './network.ts';
import type { Packet } from './packet.ts';
import type { BuggifySpec, ClockSpec, DiskSpec, NetworkSpec } from './spec.ts';
import type { BrokenCalls } from './stream.ts';
import { type DiskSamplers, eventKind, type Surroundings } from './surroundings.ts';
import { TimeService } from './time-service.ts';

export interface WorldSpec {
  readonly network: NetworkSpec;
  readonly clocks: ClockSpec;
  readonly disk: DiskSpec;
  /** How events of one instant are ordered: drawn, or first in, first out. */
  readonly ties: 'random' | 'fifo';
  readonly buggify?: BuggifySpec;
  readonly limits: Limits;
}

export interface WorldHost {
  readonly id: HostId;
  readonly program: AnyProgram;
  /** Servers are everybody's `peers`; spare servers, clients and the operator are not. In this order. */
  readonly role: 'server' | 'spare' | 'client' | 'operator';
}

/** What a world tells while it runs. */
export interface Witness {
  /**
   * Code of this host ran, it went up or down, or it stands still or falls behind. Called once a turn, and once more right
   * before its program ends, when it still exposes what it did at the moment of its last effect.
   */
  turn?(machine: Machine): void;
  /** Every trace event, in order. Its absence makes a run lean. */
  trace?(event: TraceEvent): void;
  /** An error that the program of a host did not catch, or a promise of it that nobody handles. Not told of disk errors. */
  uncaught?(machine: Machine, error: unknown): void;
}

/** Waits for something to happen, whether the run is traced or not. */
export interface Watcher {
  /** A program logged it, or the world would trace it. `host` is -1 for the world's own events. */
  event?(name: string, host: number): void;
  /** As `Witness.turn`. */
  turn?(machine: Machine): void;
}

/** Events of a host's own, traced so that every chain of causes is whole; the others are traced in more detail. */
const innerEvents: Readonly<Record<number, string>> = {
  [eventKind.timer]: 'timer',
  [eventKind.callTimeout]: 'timeout',
  [eventKind.disk]: 'disk',
};

/** The bound that Spanner's clocks keep most of the time. */
const uncertaintyUsDefault = 7_000;
/** Odds and ends that a boot may take: between no time and this. */
const bootUsMax = 10_000;

export class World implements Surroundings, Carrier, Rules {
  readonly loop: Loop;
  readonly network: Network;
  readonly choices: Choices;
  readonly fingerprint = new Fingerprint();
  readonly sealer = new Sealer();
  readonly names: readonly HostId[];
  /** Everybody's `peers`. */
  readonly servers: readonly HostId[];
  readonly machines: readonly Machine[];
  /** Of all servers, spare ones included. */
  readonly serverMachines: readonly Machine[];
  readonly clientMachines: readonly Machine[];
  /** Who makes up the cluster, if that may change. */
  readonly membership: Membership | undefined;
  readonly disk: DiskSamplers;
  readonly diskTraits: DiskTraits;
  readonly atlas: Atlas;
  readonly shuffled: boolean;
  /** Whether a time service looks after the wall clocks. */
  readonly keepsTime: boolean;
  readonly buggify: Buggify | undefined;

  readonly #witness: Witness;
  readonly #indices = new Map<HostId, number>();
  readonly #watchers: Watcher[] = [];
  #traced = 0;
  /** The host whose code runs, or ran last. */
  #turn = -1;
  /** What went wrong with a look at a host in the midst of its turn, where an error would reach its program. */
  #lookFailed: { readonly error: unknown } | undefined;

  private constructor(
    spec: WorldSpec,
    hosts: readonly WorldHost[],
    choices: Choices,
    witness: Witness,
    membership: Membership | undefined,
  ) {
    this.#witness = witness;
    this.membership = membership;
    this.choices = choices;
    this.names = hosts.map(({ id }) => id);
    this.servers = Object.freeze(hosts.filter(({ role }) => role === 'server').map(({ id }) => id));
    for (const [index, id] of this.names.entries()) {
      if (this.#indices.has(id)) throw new Error(`two hosts are named ${id}`);
      this.#indices.set(id, index);
    }
    this.loop = new Loop(this, spec.limits);
    this.shuffled = spec.ties === 'random';
    this.buggify = spec.buggify === undefined ? undefined : new Buggify(spec.buggify, choices);
    this.keepsTime = spec.clocks.service !== undefined;
    this.disk = {
      read: samplerOf(spec.disk.read),
      write: samplerOf(spec.disk.write),
      sync: samplerOf(spec.disk.sync),
    };
    this.diskTraits = {
      capacityBytes: spec.disk.capacityBytes ?? Number.POSITIVE_INFINITY,
      atomicRenames: spec.disk.renames !== 'torn',
    };
    this.atlas = new Atlas(this.servers, choices);
    this.network = new Network(spec.network, this.names, choices, this, spec.ties);
    this.machines = hosts.map(
      ({ id, program }, index) =>
        new Machine(this, index, id, (incarnation) => startProgram(incarnation, program)),
    );
    const inRole = (...roles: readonly WorldHost['role'][]) =>
      this.machines.filter(({ index }) => roles.includes(hosts[index]!.role));
    this.serverMachines = inRole('server', 'spare');
    this.clientMachines = inRole('client');
    for (const machine of this.machines) {
      this.#setClock(machine, spec.clocks);
      machine.schedule(choices.below(bootUsMax, `${machine.id} boot`), eventKind.boot, undefined);
    }
  }

  #setClock({ id, clock }: Machine, { skewUs, driftPpm = 0, uncertaintyUs, service }: ClockSpec): void {
    const around = (limit: number, label: string) => {
      const drawn = this.choices.below(2 * limit + 1, `${id} clock ${label}`);
      // 0 is calm, then +1, -1, +2, -2 …
      return drawn % 2 === 1 ? (drawn + 1) / 2 : -drawn / 2;
    };
    clock.offsetUs = around(skewUs, 'skew');
    clock.uncertaintyUs = uncertaintyUs ?? uncertaintyUsDefault;
    if (driftPpm > 0) clock.drift(0, around(driftPpm, 'drift'));
    if (service === undefined) return;
    const daemon = new TimeService(service, clock, this.choices, id);
    const look = () => {
      daemon.correct(this.nowUs);
      this.at(this.nowUs + daemon.gapUs(), look);
    };
    this.at(daemon.gapUs(), look);
  }

  /**
   * Builds a world in which every host is about to boot. `membership` is the business of its operator, where there
   * is one.
   */
  static build(
    spec: WorldSpec,
    hosts: readonly WorldHost[],
    choices: Choices,
    witness: Witness = {},
    membership?: Membership,
  ): World {
    return new World(spec, hosts, choices, witness, membership);
  }

  run(pump: Pump): Promise<Stop> {
    return this.loop.run(pump);
  }

  get nowUs(): number {
    return this.loop.nowUs;
  }

  machine(id: HostId): Machine {
    return this.machines[this.indexOf(id)]!;
  }

  find(id: HostId): number | undefined {
    return this.#indices.get(id);
  }

  /** @throws Error if there is no such host */
  indexOf(id: HostId): number {
    const index = this.#indices.get(id);
    if (index === undefined) throw new Error(`there is no host "${id}"; there are ${this.names.join(', ')}`);
    return index;
  }

  /** The host whose code runs now. */
  turnOf(): HostId | undefined {
    return this.names[this.#turn];
  }

  /** Runs a task of the simulator itself at a time of the run. */
  at(atUs: number, task: () => void): void {
    this.loop.schedule(Math.max(0, atUs - this.nowUs), 0, eventKind.task, -1, task);
  }

  /** Boots a machine that is down, as an event of its own. */
  restart(machine: Machine): void {
    machine.schedule(0, eventKind.boot, undefined);
  }

  dispatch(agenda: Agenda): boolean {
    const { kind, subject, payload } = agenda;
    this.fingerprint.addTime(agenda.timeUs);
    this.fingerprint.add(Math.imul(subject + 2, 31) + kind);
    if (kind === eventKind.task) {
      this.#turn = -1;
      (payload as () => void)();
      return true;
    }
    const machine = this.machines[subject]!;
    if (machine.gated && kind !== eventKind.boot && machine.defers(kind, payload)) return false;
    return this.#happen(machine, kind, payload);
  }

  perform(host: number, kind: number, payload: unknown): void {
    this.#happen(this.machines[host]!, kind, payload);
  }

  #happen(machine: Machine, kind: number, payload: unknown): boolean {
    const subject = machine.index;
    this.#turn = subject;
    if (this.#witness.trace !== undefined && kind in innerEvents) this.trace(innerEvents[kind]!, subject);
    switch (kind) {
      case eventKind.deliver:
        return this.#deliver(machine, payload as Packet);
      case eventKind.timer:
        return this.#fire(machine, payload as SimulatedTimer);
      case eventKind.callTimeout:
        return (payload as PendingCall | BrokenCalls).timeOut();
      case eventKind.disk: {
        const operation = payload as DiskOperation;
        if (!operation.incarnation.alive) return false;
        operation.complete();
        return true;
      }
      default:
        machine.boot();
        return true;
    }
  }

  settle(): void {
    if (this.#lookFailed !== undefined) throw this.#lookFailed.error;
    if (this.#turn >= 0) this.changed(this.#turn);
  }

  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  unhandled(reason: unknown): void {
    if (this.#turn >= 0 && this.machines[this.#turn]!.up) this.uncaught(this.#turn, reason);
  }

  get event(): number {
    return this.loop.event;
  }

  get cause(): number {
    return this.loop.cause;
  }

  deliverAfter(delayUs: number, tie: number, packet: Packet, cause = this.loop.event): Handle {
    const { agenda, nowUs } = this.loop;
    return agenda.push(nowUs + delayUs, tie, eventKind.deliver, packet.to, cause, packet);
  }

  recall(delivery: Handle): boolean {
    return this.loop.agenda.cancel(delivery);
  }

  breakAfter(delayUs: number, host: number, calls: BrokenCalls): void {
    this.machines[host]!.schedule(delayUs, eventKind.callTimeout, calls);
  }

  trace(type: string, host: number, detail?: () => Record<string, unknown>): void {
    const { trace } = this.#witness;
    if (this.#watchers.length > 0) {
      const name = type === 'log' ? String(detail?.().event) : type;
      for (const watcher of this.#watchers) watcher.event?.(name, host);
    }
    if (trace === undefined) return;
    const { nowUs, event, cause } = this.loop;
    const name = host >= 0 ? { host: this.names[host]! } : {};
    const more = detail === undefined ? {} : { detail: detail() };
    trace.call(this.#witness, { seq: this.#traced, event, cause, atUs: nowUs, ...name, type, ...more });
    this.#traced += 1;
  }

  uncaught(host: number, error: unknown): void {
    // A rename of no file is a mistake of the program; what else a disk does ends a process, and is no mistake.
    if (isDiskError(error) && error.code !== 'missing') {
      this.machines[host]!.halt(error);
      return;
    }
    this.#witness.uncaught?.(this.machines[host]!, error);
  }

  changed(host: number): void {
    const machine = this.machines[host]!;
    this.#witness.turn?.(machine);
    for (const watcher of this.#watchers) watcher.turn?.(machine);
  }

  ending(host: number): void {
    try {
      this.changed(host);
    } catch (error) {
      this.#lookFailed ??= { error };
    }
  }

  #deliver(machine: Machine, packet: Packet): boolean {
    if (!this.network.arrive(packet)) return false;
    this.fingerprint.add(packet.hash);
    if (this.#witness.trace !== undefined) {
      this.trace('deliver', machine.index, () => this.network.describe(packet));
    }
    return machine.receive(packet);
  }

  #fire(machine: Machine, timer: SimulatedTimer): boolean {
    if (!timer.incarnation.alive || timer.isCancelled || timer.isEarly()) return false;
    try {
      timer.task();
    } catch (error) {
      if (timer.incarnation.alive) this.uncaught(machine.index, error);
    }
    return true;
  }
}
