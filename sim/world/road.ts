/**
 * The way between hosts, as one packet after the other finds it: what its link does to it, and what the faults in force
 * add to that. Nothing is kept for a link until its first packet.
 */
import type { HostId } from '../../protocols/host.ts';
import type { Choices } from '../kernel/choices.ts';
import { families, PacketChance, tried } from './chance.ts';
import { type Link, Links } from './link.ts';
import type { Packet } from './packet.ts';
import { Queues } from './queue.ts';
import type { NetworkSpec } from './spec.ts';
import type { Cut, Disturbance, Hold, Late, Narrowing, Place } from './trouble.ts';

export class Road {
  readonly links: Links;
  readonly chance: PacketChance;
  readonly cuts: Cut[] = [];
  readonly disturbances: Disturbance[] = [];
  readonly holds: Hold[] = [];
  readonly narrowings: Narrowing[] = [];

  readonly #hosts: number;
  readonly #queues = new Queues();
  /** By index: 1 for the hosts whose links among each other no fault touches any more. */
  #core: Uint8Array | undefined;
  /** Where the packet that is being sent waits, and from when. */
  #places: Place[] = [];
  #leftUs = 0;

  constructor(spec: NetworkSpec, names: readonly HostId[], choices: Choices) {
    this.links = new Links(spec, names);
    this.chance = new PacketChance(choices, names);
    this.#hosts = names.length;
  }

  heal(core: readonly number[]): void {
    const mask = new Uint8Array(this.#hosts);
    for (const index of core) mask[index] = 1;
    this.#core = mask;
  }

  isHealed({ from, to }: Packet): boolean {
    return this.#core !== undefined && this.#core[from] === 1 && this.#core[to] === 1;
  }

  /** The partition that is in its way, if there is one. */
  cutFor(packet: Packet): Cut | undefined {
    if (this.isHealed(packet)) return undefined;
    return this.cuts.find((cut) => cut.blocks(packet.from, packet.to));
  }

  /** The hold that it has to wait for, if there is one. */
  holdFor(packet: Packet): Hold | undefined {
    if (this.isHealed(packet)) return undefined;
    return this.holds.find(({ hosts }) => hosts[packet.from] === 1 || hosts[packet.to] === 1);
  }

  /** Whether there is any queue that a packet could have to wait in. */
  get isNarrow(): boolean {
    return this.links.areLimited || this.narrowings.length > 0;
  }

  /**
   * Puts a packet into the queues on its way.
   * @param patient whether it waits where a queue is full
   * @returns after how many microseconds from now it is on its way; -1 if it found no room
   */
  leave(packet: Packet, link: Link, nowUs: number, patient: boolean): number {
    const pair = this.links.pair(packet.from, packet.to);
    this.#places = [];
    let afterUs = 0;
    if (link.bandwidth !== undefined) {
      afterUs = this.#queues.of(pair, link.bandwidth).offer(packet.bytes, nowUs, patient);
      if (afterUs < 0) return -1;
    }
    if (this.narrowings.length === 0 || this.isHealed(packet)) return afterUs;
    this.#leftUs = nowUs + afterUs;
    for (const narrowing of this.narrowings) {
      if (narrowing.hosts[packet.from] !== 1 && narrowing.hosts[packet.to] !== 1) continue;
      const queue = narrowing.queues.of(pair, narrowing.bandwidth);
      const waitsUs = queue.offer(packet.bytes, nowUs + afterUs, patient);
      narrowing.bites += 1;
      if (waitsUs < 0) return -1;
      afterUs += waitsUs;
      this.#places.push({ narrowing, waitsUs });
    }
    return afterUs;
  }

  /** The packet that left last, or a copy of it, is on the agenda: whoever delays it may bring it forward. */
  left(nowUs: number, late: () => Omit<Late, 'leftUs' | 'places'>): void {
    if (this.#places.length === 0) return;
    const places = this.#places.map((place) => ({ ...place }));
    const entry = { ...late(), leftUs: this.#leftUs, places };
    for (const { narrowing } of places) narrowing.delays(entry, nowUs);
  }

  /** The packet is dealt with. */
  forget(): void {
    if (this.#places.length > 0) this.#places = [];
  }

  /** The disturbances that concern a packet. */
  *disturbing(packet: Packet): Generator<Disturbance> {
    if (this.disturbances.length === 0 || this.isHealed(packet)) return;
    for (const disturbance of this.disturbances) {
      if (disturbance.hosts[packet.from] === 1 || disturbance.hosts[packet.to] === 1) yield disturbance;
    }
  }

  /** Whether the link, or a fault, loses the packet at this attempt, counted from 0. */
  loses(packet: Packet, link: Link, hash: number, ordinal: number, attempt: number): boolean {
    const { chance } = this;
    const { loss } = link;
    if (loss[0] > 0 && chance.hits(packet, hash, families.loss, ordinal, loss, tried(undefined, attempt))) {
      return true;
    }
    for (const disturbance of this.disturbing(packet)) {
      const { loss } = disturbance.link;
      if (loss[0] === 0) continue;
      if (!chance.hits(packet, hash, families.loss, ordinal, loss, tried(disturbance.own, attempt))) continue;
      disturbance.bites += 1;
      return true;
    }
    return false;
  }

  /** The bit of the packet that flips on the way at this attempt, as 32 bits; 0 for none. */
  flip(packet: Packet, link: Link, hash: number, ordinal: number, attempt: number): number {
    const { chance } = this;
    const { corrupt } = link;
    const own = tried(undefined, attempt);
    let flip = 0;
    if (corrupt[0] > 0 && chance.hits(packet, hash, families.corrupt, ordinal, corrupt, own)) {
      flip = chance.raw(packet, hash, families.flip, ordinal, own);
    }
    for (const disturbance of this.disturbing(packet)) {
      const { corrupt } = disturbance.link;
      const own = tried(disturbance.own, attempt);
      if (corrupt[0] === 0 || !chance.hits(packet, hash, families.corrupt, ordinal, corrupt, own)) continue;
      flip ^= chance.raw(packet, hash, families.flip, ordinal, own);
      disturbance.bites += 1;
    }
    return flip >>> 0;
  }
}
