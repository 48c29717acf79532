/** One life on a machine. */
import type { HostId } from '../../protocols/host.ts';
import type { Packet } from './packet.ts';
import type { Storage } from './spec.ts';
import type { Body } from './surroundings.ts';

export type Handler = (ask: never, from: HostId) => unknown;

/** What runs on a machine: a program behind its host. */
export interface Guest {
  /** A message has come. False if nobody's code ran. */
  deliver(packet: Packet): boolean;
}

/** One life of a program, from boot to stop or kill. */
export class Incarnation {
  readonly machine: Body;
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

  constructor(machine: Body, number: number) {
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
