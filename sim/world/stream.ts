/**
 * Connections between hosts, as TCP makes them: what one end puts in comes out at the other once and in order, or the
 * connection is reset and everything under way on it is lost. `NetworkSpec.transport` tells the whole of it.
 *
 * Invariants
 * 1. What an end has received over a connection is a prefix of what the other end sent over it.
 * 2. A call ends with its own connection: no other one brings its answer.
 */
import type { Caller, Packet } from './packet.ts';

/** A lost packet comes again after this time, and after twice that the next time (RFC 6298 §5.5). */
export const retransmitUsFirst = 200_000;
/** So many losses of one packet in a row are the end of its connection. */
export const lossesMax = 6;

/** One direction of a connection. */
interface Direction {
  /** How many packets were put in. */
  sent: number;
  /** The number of the packet that may come out next. */
  next: number;
  /** Packets that came before their turn. */
  readonly early: Map<number, { readonly packet: Packet; readonly cause: number }>;
}

const direction = (): Direction => ({ sent: 0, next: 0, early: new Map() });

export class Connection {
  /** The host that opened it: it asks, and the other one answers. */
  readonly from: number;
  readonly to: number;
  isOpen = true;
  /** The end at which nobody is any more; -1 for none. */
  left = -1;
  /** When it is there: packets put in before wait for it. */
  readonly readyUs: number;
  /** Whoever still waits for an answer over it. */
  readonly calls = new Set<Caller>();
  readonly #asks = direction();
  readonly #answers = direction();

  constructor(from: number, to: number, readyUs: number) {
    this.from = from;
    this.to = to;
    this.readyUs = readyUs;
  }

  of(packet: Packet): Direction {
    return packet.from === this.from ? this.#asks : this.#answers;
  }

  /** Packets at either end that have not had their turn. */
  early(): { readonly packet: Packet }[] {
    return [...this.#asks.early.values(), ...this.#answers.early.values()];
  }
}

/** The open connections of a network, by who opened them and by host. */
export class Connections {
  readonly #hosts: number;
  readonly #open = new Map<number, Connection>();
  readonly #ofHost: (Set<Connection> | undefined)[] = [];

  constructor(hosts: number) {
    this.#hosts = hosts;
  }

  /** The one that `from` has opened to `to`. */
  find(from: number, to: number): Connection | undefined {
    return this.#open.get(from * this.#hosts + to);
  }

  open(from: number, to: number, readyUs: number): Connection {
    const connection = new Connection(from, to, readyUs);
    this.#open.set(from * this.#hosts + to, connection);
    for (const host of [from, to]) {
      const own = this.#ofHost[host];
      if (own === undefined) this.#ofHost[host] = new Set([connection]);
      else own.add(connection);
    }
    return connection;
  }

  /** Closes it; what to do with its calls is for the caller. */
  close(connection: Connection): void {
    connection.isOpen = false;
    this.retire(connection);
  }

  /** Nothing new goes over it. */
  retire(connection: Connection): void {
    const pair = connection.from * this.#hosts + connection.to;
    if (this.#open.get(pair) === connection) this.#open.delete(pair);
    this.#ofHost[connection.from]?.delete(connection);
    this.#ofHost[connection.to]?.delete(connection);
  }

  /** Those that a host has at either end. */
  at(host: number): Connection[] {
    return [...(this.#ofHost[host] ?? [])];
  }
}

/** What waits on the agenda for the news of a broken connection to reach one end: ends the calls over it. */
export class BrokenCalls {
  readonly #calls: readonly Caller[];
  readonly #refused: boolean;

  constructor(calls: readonly Caller[], refused: boolean) {
    this.#calls = calls;
    this.#refused = refused;
  }

  /** True if anybody still waited. */
  timeOut(): boolean {
    let any = false;
    for (const call of this.#calls) if (call.broken(this.#refused)) any = true;
    return any;
  }
}
