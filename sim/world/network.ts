/**
 * Carries packets between hosts. `road.ts` knows what a packet meets on its way, `streams.ts` how it travels over a
 * connection; here it is sent, arrives, or is counted among the lost.
 *
 * A partition is decided at delivery unless the specification says otherwise: packets under way when it comes are lost,
 * packets sent into it arrive if it heals in time.
 */
import type { HostId } from '../../protocols/host.ts';
import type { Handle } from '../kernel/agenda.ts';
import type { Choices } from '../kernel/choices.ts';
import { type Apart, families } from './chance.ts';
import { flipped } from './corruption.ts';
import type { Link } from './link.ts';
import { Kind, Kinds, type Packet } from './packet.ts';
import { Road } from './road.ts';
import type { NetworkSpec } from './spec.ts';
import type { BrokenCalls, Connection } from './stream.ts';
import { Streams } from './streams.ts';
import type { Cut, Hold, Narrowing } from './trouble.ts';

export interface NetworkCounters {
  sent: number;
  delivered: number;
  /** Vanished on a lossy link. */
  lost: number;
  duplicated: number;
  /** Swallowed by a partition. */
  cut: number;
  /** Arrived at a machine that was down. */
  unanswered: number;
  /** Refused by a full outbox. */
  dropped: number;
  /** Reached their host with a flipped bit: dropped there, or delivered like that if there are no checksums. */
  corrupted: number;
  /** Dropped by the full queue of a busy link. */
  overflowed: number;
  /** Waited for the end of a hold. */
  held: number;
  /** Lost by a link and sent again, on a stream. */
  retransmitted: number;
  /** Connections that were reset or refused. */
  resets: number;
  /** Under way on such a connection, or sent over it later. */
  severed: number;
}

/** What became of a packet that does not arrive. */
export type Loss = 'lost' | 'cut' | 'killed' | 'corrupted' | 'overflowed' | 'reset';

/** What the network needs of the world. */
export interface Carrier {
  readonly nowUs: number;
  /** The number of the event that runs, and of the one that scheduled it. */
  readonly event: number;
  readonly cause: number;
  /**
   * Delivers after a delay; `tie` orders packets of one instant.
   * @param cause the event that sent it, if that is not the one that runs
   */
  deliverAfter(delayUs: number, tie: number, packet: Packet, cause?: number): Handle;
  /** False if the packet has arrived. */
  recall(delivery: Handle): boolean;
  /** Tells a host that calls of its own are over. */
  breakAfter(delayUs: number, host: number, calls: BrokenCalls): void;
  trace(type: string, host: number, detail: () => Record<string, unknown>): void;
}

const loopbackUs = 5;
/** Bytes that one host may have under way before its sends are dropped. */
const outboxBytesMax = 64 * 1024 * 1024;
/** More events of one instant than this could be taken for a livelock. */
const releasedAtOnceMax = 10_000;

export class Network {
  readonly counters: NetworkCounters = {
    sent: 0,
    delivered: 0,
    lost: 0,
    duplicated: 0,
    cut: 0,
    unanswered: 0,
    dropped: 0,
    corrupted: 0,
    overflowed: 0,
    held: 0,
    retransmitted: 0,
    resets: 0,
    severed: 0,
  };
  /** Where faults put what they do to links. */
  readonly road: Road;

  readonly #carrier: Carrier;
  readonly #names: readonly HostId[];
  readonly #kinds = new Map<string, Kind>();
  readonly #mounts = new Map<string, Kinds>();
  readonly #outboxBytes: Float64Array;
  readonly #shuffled: boolean;
  readonly #hasChecksums: boolean;
  /** Whether partitions decide when a packet is sent, rather than when it arrives. */
  readonly #cutsAtSend: boolean;
  readonly #streams: Streams | undefined;

  constructor(
    spec: NetworkSpec,
    names: readonly HostId[],
    choices: Choices,
    carrier: Carrier,
    ties: 'random' | 'fifo',
  ) {
    this.#carrier = carrier;
    this.#names = names;
    this.#outboxBytes = new Float64Array(names.length);
    this.#shuffled = ties === 'random';
    this.#hasChecksums = spec.checksums ?? true;
    this.#cutsAtSend = spec.partitions === 'send';
    this.road = new Road(spec, names, choices);
    if (spec.transport === 'stream') this.#streams = new Streams(this, spec, names, choices, carrier);
  }

  /** Packets that were sent and never came to anybody. */
  get vanished(): number {
    const { lost, cut, overflowed, severed, corrupted } = this.counters;
    return lost + cut + overflowed + severed + (this.#hasChecksums ? corrupted : 0);
  }

  /** The partitions in force. */
  get cuts(): Cut[] {
    return this.road.cuts;
  }

  get hasChecksums(): boolean {
    return this.#hasChecksums;
  }

  /** The kinds under a prefix; one object for all that ask for the same. */
  kinds(prefix: string): Kinds {
    let kinds = this.#mounts.get(prefix);
    if (kinds === undefined) {
      kinds = new Kinds(prefix, (name) => this.#kind(name));
      this.#mounts.set(prefix, kinds);
    }
    return kinds;
  }

  /** Whether the host's outbox takes another message of this size; counts a drop if not. */
  hasRoom(from: number, bytes: number): boolean {
    const under = this.#outboxBytes[from]!;
    if (under === 0 || under + bytes <= outboxBytesMax) return true;
    this.counters.dropped += 1;
    return false;
  }

  transmit(packet: Packet): void {
    const { from, to } = packet;
    this.counters.sent += 1;
    this.#outboxBytes[from] = this.#outboxBytes[from]! + packet.bytes;
    if (from === to) {
      this.#carrier.deliverAfter(loopbackUs, 0, packet);
      return;
    }
    const { road } = this;
    const ordinal = packet.kind.nextOrdinal(from, to);
    const hash = road.chance.hashOf(packet);
    const link = road.links.everywhere ?? road.links.of(from, to);
    if (this.#streams !== undefined) this.#streams.carry(packet, link, hash, ordinal);
    else this.#throw(packet, link, hash, ordinal);
  }

  /** Called when a packet arrives: false if it does not get through after all. */
  arrive(packet: Packet): boolean {
    const { road } = this;
    if ((road.cuts.length > 0 || road.holds.length > 0) && packet.from !== packet.to) {
      if (!this.#cutsAtSend && this.isCut(packet)) return false;
      const hold = road.holdFor(packet);
      if (hold !== undefined) {
        this.#hold(packet, hold);
        return false;
      }
    }
    if (packet.passage !== undefined) {
      const { connection, flip } = packet.passage;
      if (connection !== undefined && !this.#streams!.isNext(packet)) return false;
      if (flip !== 0) {
        this.counters.corrupted += 1;
        if (this.#hasChecksums) {
          this.lose(packet, 'corrupted');
          return false;
        }
      }
    }
    this.#leaveOutbox(packet);
    this.counters.delivered += 1;
    return true;
  }

  /** From now on no fault touches the links among these hosts, given by index. */
  heal(core: readonly number[]): void {
    this.road.heal(core);
  }

  /** A packet that had arrived is gone with the machine it was waiting for. */
  discard(packet: Packet): void {
    this.counters.unanswered += 1;
    this.lose(packet, 'killed');
  }

  /** A machine has died, and its ends of all connections with it. */
  killed(host: number): void {
    this.#streams?.killed(host);
  }

  /** A program has stopped of its own accord: what it sent still arrives. */
  stopped(host: number): void {
    this.#streams?.stopped(host);
  }

  /**
   * A packet has come to a machine that is down, over a connection; what becomes of it is drawn.
   * @param answer 0: nobody is told; 1: the connection is refused; 2: it is reset
   */
  turnAway(connection: Connection, answer: number): void {
    this.#streams?.turnAway(connection, answer);
  }

  /** Whether a partition swallows the packet; counts it if so. */
  isCut(packet: Packet): boolean {
    const cut = this.road.cutFor(packet);
    if (cut === undefined) return false;
    cut.bites += 1;
    this.counters.cut += 1;
    this.lose(packet, 'cut');
    const connection = packet.passage?.connection;
    if (connection !== undefined) this.#streams?.reset(connection);
    return true;
  }

  /** Whether a packet that is sent now runs into a partition. */
  isCutAtSend(packet: Packet): boolean {
    return this.#cutsAtSend && this.road.cuts.length > 0 && this.isCut(packet);
  }

  /** Releases the packets of a hold that `isFreed` picks. */
  release(hold: Hold, order: 'in-order' | 'at-once', own: Apart, isFreed: (packet: Packet) => boolean): void {
    const freed = hold.held.filter(({ packet }) => isFreed(packet));
    hold.held = hold.held.filter(({ packet }) => !isFreed(packet));
    const { chance } = this.road;
    for (const [index, { packet, cause }] of freed.entries()) {
      this.#outboxBytes[packet.from] = this.#outboxBytes[packet.from]! + packet.bytes;
      const hash = chance.hashOf(packet);
      // Events of one instant and of one tie are first in, first out.
      const tie = order === 'in-order' ? 0 : chance.raw(packet, hash, families.release, index, own);
      this.#carrier.deliverAfter(Math.floor(index / releasedAtOnceMax), tie, packet, cause);
    }
  }

  /** Brings forward the packets that wait in the queues of a narrowing and that `isFreed` picks. */
  widen(narrowing: Narrowing, isFreed: (packet: Packet) => boolean): void {
    const { nowUs } = this.#carrier;
    for (const { late, byUs } of narrowing.free(nowUs, isFreed)) {
      if (!this.#carrier.recall(late.handle)) continue;
      late.arrivesUs -= byUs;
      late.handle = this.#carrier.deliverAfter(late.arrivesUs - nowUs, late.tie, late.packet, late.cause);
    }
  }

  /** Puts a packet on the agenda. */
  deliver(packet: Packet, delayUs: number, tie: number): void {
    const handle = this.#carrier.deliverAfter(delayUs, tie, packet);
    const { nowUs, event } = this.#carrier;
    this.road.left(nowUs, () => ({ packet, cause: event, tie, handle, arrivesUs: nowUs + delayUs }));
  }

  tie(packet: Packet, hash: number, ordinal: number): number {
    return this.#shuffled ? this.road.chance.raw(packet, hash, families.tie, ordinal) : 0;
  }

  /** The packet is gone, for a reason that is counted elsewhere. */
  lose(packet: Packet, why: Loss): void {
    this.#leaveOutbox(packet);
    this.#carrier.trace('lost', packet.from, () => ({ ...this.describe(packet), why }));
  }

  describe(packet: Packet): Record<string, unknown> {
    return {
      role: packet.role,
      kind: packet.kind.name,
      from: this.#names[packet.from],
      to: this.#names[packet.to],
    };
  }

  /** Sends a packet for itself, as a datagram. */
  #throw(packet: Packet, link: Link, hash: number, ordinal: number): void {
    const { road } = this;
    const { chance } = road;
    if (this.isCutAtSend(packet)) return;
    let leavesUs = 0;
    if (road.isNarrow) {
      leavesUs = road.leave(packet, link, this.#carrier.nowUs, false);
      if (leavesUs < 0) {
        this.counters.overflowed += 1;
        this.lose(packet, 'overflowed');
        return;
      }
    }
    if (link.loss[0] > 0 && chance.hits(packet, hash, families.loss, ordinal, link.loss)) {
      this.counters.lost += 1;
      this.lose(packet, 'lost');
      return;
    }
    let delayUs = leavesUs + link.latency.sample(chance.raw(packet, hash, families.delay, ordinal));
    if (link.reorder[0] > 0 && chance.hits(packet, hash, families.reorder, ordinal, link.reorder)) {
      delayUs += link.reorderBy.sample(chance.raw(packet, hash, families.reorderBy, ordinal));
    }
    const isDisturbed = road.disturbances.length > 0;
    if (isDisturbed) {
      const disturbed = this.#disturb(packet, link, hash, ordinal, leavesUs);
      if (disturbed < 0) return;
      delayUs += disturbed;
    }
    const tie = this.tie(packet, hash, ordinal);
    const flip = isDisturbed || link.corrupt[0] > 0 ? road.flip(packet, link, hash, ordinal, 0) : 0;
    this.deliver(flip === 0 ? packet : this.flipped(packet, flip), delayUs, tie);
    if (link.duplicate[0] > 0 && chance.hits(packet, hash, families.duplicate, ordinal, link.duplicate)) {
      const copyUs = link.latency.sample(chance.raw(packet, hash, families.copyDelay, ordinal));
      this.#duplicate(packet, leavesUs + copyUs, tie);
    }
    road.forget();
  }

  /** The extra delay of the packet faults in force; -1 if one of them swallowed it. */
  #disturb(packet: Packet, link: Link, hash: number, ordinal: number, leavesUs: number): number {
    const { chance } = this.road;
    let extraUs = 0;
    for (const disturbance of this.road.disturbing(packet)) {
      const { own } = disturbance;
      const { loss, duplicate, delay, reorder, reorderBy } = disturbance.link;
      if (loss[0] > 0 && chance.hits(packet, hash, families.loss, ordinal, loss, own)) {
        disturbance.bites += 1;
        this.counters.lost += 1;
        this.lose(packet, 'lost');
        return -1;
      }
      let delayUs = delay.sample(chance.raw(packet, hash, families.delay, ordinal, own));
      if (reorder[0] > 0 && chance.hits(packet, hash, families.reorder, ordinal, reorder, own)) {
        delayUs += reorderBy.sample(chance.raw(packet, hash, families.reorderBy, ordinal, own));
      }
      extraUs += delayUs;
      if (delayUs > 0) disturbance.bites += 1;
      if (duplicate[0] > 0 && chance.hits(packet, hash, families.duplicate, ordinal, duplicate, own)) {
        disturbance.bites += 1;
        const copyUs = link.latency.sample(chance.raw(packet, hash, families.copyDelay, ordinal, own));
        this.#duplicate(packet, leavesUs + delayUs + copyUs, 0);
      }
    }
    return extraUs;
  }

  /**
   * A packet with a flipped bit; the original itself if there is none to flip and nobody would notice. What becomes of
   * it says nothing about the original: a refusal least of all.
   */
  flipped(packet: Packet, flip: number, connection?: Connection, number = 0): Packet {
    const passage = { flip, connection, number };
    if (this.#hasChecksums) return { ...packet, passage, repeated: true };
    const body = flipped(packet.body, flip);
    if (body === packet.body) return packet;
    return { ...packet, body, hash: packet.hash ^ flip, passage, repeated: true };
  }

  #duplicate(packet: Packet, delayUs: number, tie: number): void {
    packet.repeated = true;
    this.counters.duplicated += 1;
    this.#outboxBytes[packet.from] = this.#outboxBytes[packet.from]! + packet.bytes;
    this.#carrier.trace('duplicated', packet.from, () => this.describe(packet));
    this.deliver(packet, delayUs, tie);
  }

  /** It has left its host, and waits in the network. */
  #hold(packet: Packet, hold: Hold): void {
    this.#leaveOutbox(packet);
    this.counters.held += 1;
    hold.bites += 1;
    hold.held.push({ packet, cause: this.#carrier.cause });
    this.#carrier.trace('held', packet.from, () => this.describe(packet));
  }

  #kind(name: string): Kind {
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      kind = new Kind(name, this.#kinds.size, this.#names.length);
      this.#kinds.set(name, kind);
    }
    return kind;
  }

  #leaveOutbox(packet: Packet): void {
    this.#outboxBytes[packet.from] = this.#outboxBytes[packet.from]! - packet.bytes;
  }
}
