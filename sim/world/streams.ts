/** Sends packets over connections, and takes them out at the other end in order: `NetworkSpec.transport` says how. */
import type { HostId, Ratio } from '../../protocols/host.ts';
import type { Choices } from '../kernel/choices.ts';
import { apart, families } from './chance.ts';
import type { Link } from './link.ts';
import type { Carrier, Network } from './network.ts';
import type { Packet } from './packet.ts';
import type { NetworkSpec } from './spec.ts';
import { BrokenCalls, type Connection, Connections, lossesMax, retransmitUsFirst } from './stream.ts';

const back = apart('back');
/** Stands for the number of a packet that was lost so often that its connection breaks. */
const givenUp = -1;

export class Streams {
  readonly #network: Network;
  readonly #carrier: Carrier;
  readonly #choices: Choices;
  readonly #names: readonly HostId[];
  readonly #resetOdds: Ratio;
  readonly #connections: Connections;

  constructor(
    network: Network,
    spec: NetworkSpec,
    names: readonly HostId[],
    choices: Choices,
    carrier: Carrier,
  ) {
    this.#network = network;
    this.#carrier = carrier;
    this.#choices = choices;
    this.#names = names;
    this.#resetOdds = spec.reset ?? [0, 1];
    this.#connections = new Connections(names.length);
  }

  carry(packet: Packet, link: Link, hash: number, ordinal: number): void {
    const { chance } = this.#network.road;
    const connection = this.#connectionFor(packet, link, hash, ordinal);
    if (connection === undefined || !connection.isOpen) {
      this.#sever(packet);
      return;
    }
    const direction = connection.of(packet);
    const number = direction.sent;
    packet.passage = { flip: 0, connection, number };
    // It resets the connection itself.
    if (this.#network.isCutAtSend(packet)) return;
    const odds = this.#resetOdds;
    if (odds[0] > 0 && chance.hits(packet, hash, families.reset, ordinal, odds)) {
      this.#sever(packet);
      this.reset(connection);
      return;
    }
    direction.sent += 1;
    this.#send(packet, connection, number, link, hash, ordinal);
  }

  /** Whether it is the turn of a packet that has arrived; if not, it waits for it or is lost with its connection. */
  isNext(packet: Packet): boolean {
    const { connection, number } = packet.passage!;
    if (connection === undefined) return true;
    if (!connection.isOpen) {
      this.#sever(packet);
      return false;
    }
    if (number === givenUp) {
      this.#network.counters.lost += 1;
      this.#network.lose(packet, 'lost');
      this.reset(connection);
      return false;
    }
    if (connection.left === packet.to) {
      this.#sever(packet);
      this.reset(connection);
      return false;
    }
    const direction = connection.of(packet);
    if (number !== direction.next) {
      direction.early.set(number, { packet, cause: this.#carrier.cause });
      return false;
    }
    direction.next += 1;
    const following = direction.early.get(direction.next);
    if (following !== undefined) {
      direction.early.delete(direction.next);
      this.#carrier.deliverAfter(0, 0, following.packet, following.cause);
    }
    return true;
  }

  killed(host: number): void {
    for (const connection of this.#connections.at(host)) this.reset(connection);
  }

  stopped(host: number): void {
    for (const connection of this.#connections.at(host)) {
      connection.left = host;
      this.#connections.retire(connection);
    }
  }

  turnAway(connection: Connection, answer: number): void {
    if (answer === 0) this.#close(connection);
    else this.#end(connection, answer === 1);
  }

  /** Ends a connection, and the calls over it as soon as the news has come. */
  reset(connection: Connection): void {
    this.#end(connection, false);
  }

  #end(connection: Connection, refused: boolean): void {
    if (!connection.isOpen) return;
    const calls = [...connection.calls];
    this.#close(connection);
    if (calls.length === 0) return;
    const { from, to } = connection;
    const { latency } = this.#network.road.links.of(to, from);
    const label = `${this.#names[from]}>${this.#names[to]} connection reset`;
    const delayUs = latency.sample(this.#choices.below(4294967296, label));
    this.#carrier.breakAfter(delayUs, from, new BrokenCalls(calls, refused));
  }

  #close(connection: Connection): void {
    if (!connection.isOpen) return;
    const { from, to } = connection;
    this.#connections.close(connection);
    this.#network.counters.resets += 1;
    this.#carrier.trace('reset', from, () => ({ from: this.#names[from], to: this.#names[to] }));
    for (const { packet } of connection.early()) this.#sever(packet);
  }

  /** The connection that a packet goes over; undefined if that was closed before it. */
  #connectionFor(packet: Packet, link: Link, hash: number, ordinal: number): Connection | undefined {
    const { from, to, call, role } = packet;
    if (role !== 'send' && role !== 'call') return call?.connection;
    const connection =
      this.#connections.find(from, to) ??
      this.#connections.open(from, to, this.#carrier.nowUs + this.#handshakeUs(packet, link, hash, ordinal));
    if (call !== undefined) {
      call.connection = connection;
      connection.calls.add(call);
    }
    return connection;
  }

  /** One round trip. */
  #handshakeUs(packet: Packet, link: Link, hash: number, ordinal: number): number {
    const { chance, links } = this.#network.road;
    const there = link.latency.sample(chance.raw(packet, hash, families.handshake, ordinal));
    const { latency } = links.of(packet.to, packet.from);
    return there + latency.sample(chance.raw(packet, hash, families.handshake, ordinal, back));
  }

  #send(
    packet: Packet,
    connection: Connection,
    number: number,
    link: Link,
    hash: number,
    ordinal: number,
  ): void {
    const { road, counters, hasChecksums } = this.#network;
    const { nowUs } = this.#carrier;
    let delayUs = Math.max(0, connection.readyUs - nowUs);
    if (road.isNarrow) delayUs += road.leave(packet, link, nowUs + delayUs, true);
    let sent = packet;
    let againUs = retransmitUsFirst;
    for (let attempt = 0; ; attempt += 1) {
      const isLost = road.loses(packet, link, hash, ordinal, attempt);
      const flip = isLost ? 0 : road.flip(packet, link, hash, ordinal, attempt);
      if (!isLost && (flip === 0 || !hasChecksums)) {
        if (flip !== 0) sent = this.#network.flipped(packet, flip, connection, number);
        break;
      }
      // A segment with a wrong checksum is as good as lost (RFC 9293 §3.1).
      if (flip !== 0) counters.corrupted += 1;
      delayUs += againUs;
      againUs *= 2;
      if (attempt + 1 === lossesMax) {
        sent = { ...packet, passage: { flip: 0, connection, number: givenUp } };
        break;
      }
      counters.retransmitted += 1;
    }
    delayUs += link.latency.sample(road.chance.raw(packet, hash, families.delay, ordinal));
    for (const disturbance of road.disturbing(packet)) {
      const { delay } = disturbance.link;
      const extraUs = delay.sample(road.chance.raw(packet, hash, families.delay, ordinal, disturbance.own));
      if (extraUs > 0) disturbance.bites += 1;
      delayUs += extraUs;
    }
    this.#network.deliver(sent, delayUs, this.#network.tie(packet, hash, ordinal));
    road.forget();
  }

  #sever(packet: Packet): void {
    this.#network.counters.severed += 1;
    this.#network.lose(packet, 'reset');
  }
}
