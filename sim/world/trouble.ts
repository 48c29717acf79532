/** What faults do to links while they last: the network asks them about each packet. */
import type { Ratio } from '../../protocols/host.ts';
import type { Handle } from '../kernel/agenda.ts';
import type { Apart } from './chance.ts';
import type { Sampler } from './distribution.ts';
import type { Packet } from './packet.ts';
import { Queues } from './queue.ts';
import type { Bandwidth } from './spec.ts';

/** A partition: says which directions are cut. */
export interface Cut {
  blocks(from: number, to: number): boolean;
  /** Packets it swallowed. */
  bites: number;
}

/** A packet fault: makes links from or to some hosts worse for a while. */
export interface Disturbance {
  /** By index of a host: 1 for those it falls on. */
  readonly hosts: Uint8Array;
  readonly link: {
    readonly loss: Ratio;
    readonly duplicate: Ratio;
    readonly delay: Sampler;
    readonly reorder: Ratio;
    readonly reorderBy: Sampler;
    readonly corrupt: Ratio;
  };
  /** What its draws are labelled with, apart from the ordinary ones of a link and those of other faults. */
  readonly own: Apart;
  bites: number;
}

/** A packet that is somewhere else than on the agenda, and the event that sent it. */
interface Waiting {
  readonly packet: Packet;
  readonly cause: number;
}

/** A hold: packets that arrive from or at some hosts wait for its end. */
export interface Hold {
  readonly hosts: Uint8Array;
  /** In the order in which they arrived. */
  held: Waiting[];
  bites: number;
}

/** A bandwidth fault: links from or to some hosts become narrow for a while. */
export class Narrowing {
  readonly hosts: Uint8Array;
  readonly bandwidth: Bandwidth;
  readonly queues = new Queues();
  /** Packets that went through it, or found no room. */
  bites = 0;
  #late: Late[] = [];
  #lateMost = 256;

  constructor(hosts: Uint8Array, bandwidth: Bandwidth) {
    this.hosts = hosts;
    this.bandwidth = bandwidth;
  }

  /** A packet waits in a queue of this narrowing. */
  delays(late: Late, nowUs: number): void {
    if (this.#late.length >= this.#lateMost) {
      this.#late = this.#late.filter(({ arrivesUs }) => arrivesUs > nowUs);
      this.#lateMost = Math.max(256, 2 * this.#late.length);
    }
    this.#late.push(late);
  }

  /** Takes the packets that `isFreed` picks out of its queues, and says which of them it makes how much earlier. */
  free(nowUs: number, isFreed: (packet: Packet) => boolean): { late: Late; byUs: number }[] {
    const freed: { late: Late; byUs: number }[] = [];
    this.#late = this.#late.filter((late) => {
      if (!isFreed(late.packet)) return true;
      const byUs = this.#leave(late, nowUs);
      if (byUs > 0) freed.push({ late, byUs });
      return false;
    });
    return freed;
  }

  /** What is left of its wait in this narrowing, now or when it comes there. */
  #leave(late: Late, nowUs: number): number {
    let atUs = late.leftUs;
    for (const place of late.places) {
      const fromUs = Math.max(nowUs, atUs);
      atUs += place.waitsUs;
      if (place.narrowing !== this) continue;
      const byUs = Math.max(0, atUs - fromUs);
      place.waitsUs -= byUs;
      return byUs;
    }
    return 0;
  }
}

/** A wait in one of the queues that a packet goes through. */
export interface Place {
  readonly narrowing: Narrowing;
  waitsUs: number;
}

/** A packet that narrowings delay: it is on the agenda, at a time that counts all that it waits. */
export interface Late extends Waiting {
  readonly tie: number;
  /** When it came to the first of its places. */
  readonly leftUs: number;
  readonly places: readonly Place[];
  handle: Handle;
  arrivesUs: number;
}
