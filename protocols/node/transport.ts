/** Carries frames between hosts: one lazily made connection per peer, and those that clients made to us. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { HostId } from '../host.ts';
import { Connection, type ConnectionEvents } from './connection.ts';
import type { Frame } from './frames.ts';
import { systemRandom } from './random.ts';

export interface TransportLimits {
  /** Longest frame in bytes, and most bytes that may wait for one peer. */
  readonly frameBytesMax: number;
  /** Most frames that may wait for one peer. */
  readonly outboxFramesMax: number;
  readonly outboxBytesMax: number;
  /** How long an attempt to connect may take. */
  readonly connectMsMax: number;
  /** Pause after the first failed attempt; it doubles with each further one, and a random part of it is left out. */
  readonly backoffMsMin: number;
  readonly backoffMsMax: number;
}

export interface TransportEvents {
  received(frame: Frame, connection: Connection): void;
  /** The frame of this call is on its way: what becomes of it is for the connection to say. */
  departed(call: number, connection: Connection): void;
  /** No byte of the frame has left, and none will. */
  unsent(call: number | undefined, reason: string): void;
  closed(connection: Connection, malformed: boolean): void;
}

interface Outgoing {
  readonly bytes: Buffer;
  /** Number of the call that the frame carries, if it carries one. */
  readonly call: number | undefined;
}

/** The way to one peer: an outbox, and the connection that empties it. */
class Link {
  readonly #peer: HostId;
  readonly #address: { readonly host: string; readonly port: number };
  readonly #self: HostId;
  readonly #limits: TransportLimits;
  readonly #events: TransportEvents;
  #outbox: Outgoing[] = [];
  #outboxBytes = 0;
  #dialling: Socket | undefined;
  #connection: Connection | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  constructor(peer: HostId, address: string, self: HostId, limits: TransportLimits, events: TransportEvents) {
    this.#peer = peer;
    this.#address = parseAddress(address);
    this.#self = self;
    this.#limits = limits;
    this.#events = events;
  }

  get isEmpty(): boolean {
    return this.#outbox.length === 0;
  }

  get isClosed(): boolean {
    return this.#connection === undefined;
  }

  offer(bytes: Buffer, call?: number): boolean {
    const { outboxFramesMax, outboxBytesMax } = this.#limits;
    const isFull =
      this.#outbox.length >= outboxFramesMax || this.#outboxBytes + bytes.length > outboxBytesMax;
    if (isFull || this.#closed) return false;
    this.#outbox.push({ bytes, call });
    this.#outboxBytes += bytes.length;
    this.#pump();
    return true;
  }

  /** Takes the frame of a call that nobody waits for any more out of the outbox. */
  withdraw(call: number): void {
    const index = this.#outbox.findIndex((outgoing) => outgoing.call === call);
    if (index < 0) return;
    this.#outboxBytes -= this.#outbox[index]!.bytes.length;
    this.#outbox.splice(index, 1);
  }

  /** Gives up waiting for a connection: what cannot leave now never will. */
  hurry(): void {
    if (this.#connection === undefined && this.#dialling === undefined) this.#giveUp('the host stops');
  }

  end(): void {
    this.#connection?.end();
  }

  destroy(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#dialling?.destroy();
    this.#connection?.destroy();
    this.#outbox = [];
  }

  #pump(): void {
    if (this.#connection === undefined) {
      if (this.#dialling === undefined && this.#retry === undefined) this.#dial();
      return;
    }
    let departed = 0;
    while (departed < this.#outbox.length && this.#connection.hasRoom) {
      const { bytes, call } = this.#outbox[departed]!;
      departed += 1;
      this.#outboxBytes -= bytes.length;
      this.#connection.write(bytes);
      if (call !== undefined) this.#events.departed(call, this.#connection);
    }
    this.#outbox.splice(0, departed);
  }

  #dial(): void {
    const socket = connect(this.#address);
    this.#dialling = socket;
    const giveUp = setTimeout(() => socket.destroy(), this.#limits.connectMsMax);
    const failed = () => {
      clearTimeout(giveUp);
      this.#dialling = undefined;
      if (this.#closed) return;
      this.#giveUp(`no connection to ${this.#peer}`);
      this.#rest();
    };
    socket.on('error', () => {}); // 'close' follows
    socket.once('close', failed);
    socket.once('connect', () => {
      // A dial to a local port that nobody listens on can meet itself, when the system gives it that very port.
      if (socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress) {
        socket.destroy();
        return;
      }
      clearTimeout(giveUp);
      socket.off('close', failed);
      this.#dialling = undefined;
      this.#adopt(socket);
    });
  }

  #adopt(socket: Socket): void {
    this.#connection = new Connection(socket, this.#self, this.#peer, this.#limits.frameBytesMax, {
      opened: () => {
        this.#failures = 0;
      },
      received: (frame, connection) => this.#events.received(frame, connection),
      drained: () => this.#pump(),
      closed: (connection, malformed) => {
        this.#connection = undefined;
        this.#events.closed(connection, malformed);
        if (!this.#closed) this.#rest();
      },
    });
    this.#pump();
  }

  #giveUp(reason: string): void {
    const unsent = this.#outbox;
    this.#outbox = [];
    this.#outboxBytes = 0;
    for (const { call } of unsent) this.#events.unsent(call, reason);
  }

  /** Waits before the next attempt, which comes only if there is something to send. */
  #rest(): void {
    const { backoffMsMin, backoffMsMax } = this.#limits;
    const pauseMs = Math.min(backoffMsMax, backoffMsMin * (1 << this.#failures));
    this.#failures = Math.min(this.#failures + 1, 16);
    // Jitter: the peers of a host that comes back must not all dial in the same instant.
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        if (this.#outbox.length > 0) this.#pump();
      },
      pauseMs / 2 + systemRandom.below(Math.ceil(pauseMs * 500), 'back-off') / 1000,
    );
    this.#retry.unref();
  }
}

export class Transport {
  readonly #self: HostId;
  readonly #limits: TransportLimits;
  readonly #events: TransportEvents;
  readonly #links = new Map<HostId, Link>();
  readonly #accepted = new Set<Connection>();
  /** The newest connection of each host that has no address of its own. */
  readonly #guests = new Map<HostId, Connection>();
  #server: Server | undefined;

  constructor(
    self: HostId,
    peers: Readonly<Record<HostId, string>>,
    limits: TransportLimits,
    events: TransportEvents,
  ) {
    this.#self = self;
    this.#limits = limits;
    this.#events = events;
    for (const [peer, address] of Object.entries(peers)) {
      if (peer !== self) this.#links.set(peer, new Link(peer, address, self, limits, events));
    }
  }

  /** Rejects with the system's error if the port is taken. */
  listen(address: { host?: string; port: number }): Promise<number> {
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.port, address.host, () => {
        server.off('error', reject);
        server.on('error', () => {}); // failing to accept one connection is no reason to die
        const bound = server.address();
        resolve(typeof bound === 'object' && bound !== null ? bound.port : address.port);
      });
    });
  }

  /** False if the outbox is full or there is no way to the host: then no byte has left. */
  offer(to: HostId, bytes: Buffer, call?: number): boolean {
    if (bytes.length > this.#limits.frameBytesMax) return false;
    const link = this.#links.get(to);
    if (link !== undefined) return link.offer(bytes, call);
    const guest = this.#guests.get(to);
    if (guest === undefined || !this.reply(guest, bytes)) return false;
    if (call !== undefined) this.#events.departed(call, guest);
    return true;
  }

  /** Sends over the very connection that a question came from; false if too much waits there already. */
  reply(connection: Connection, bytes: Buffer): boolean {
    const { frameBytesMax, outboxBytesMax } = this.#limits;
    if (bytes.length > frameBytesMax || connection.waitingBytes + bytes.length > outboxBytesMax) return false;
    connection.write(bytes);
    return true;
  }

  withdraw(to: HostId, call: number): void {
    this.#links.get(to)?.withdraw(call);
  }

  /** Accepts nobody any more, and resolves when all is sent and received, or `msMax` are over. */
  async flush(msMax: number): Promise<void> {
    const until = performance.now() + msMax;
    const waitFor = async (isDone: () => boolean) => {
      while (!isDone() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const links = [...this.#links.values()];
    this.#server?.close();
    for (const link of links) link.hurry();
    await waitFor(() => links.every((link) => link.isEmpty));
    for (const link of links) link.end();
    for (const connection of this.#accepted) connection.end();
    // Closing a socket that holds unread bytes resets it, and what we sent last would be lost: the others close first.
    await waitFor(() => links.every((link) => link.isClosed) && this.#accepted.size === 0);
  }

  /** Lets go of every socket, at once; resolves when the port is free. */
  destroy(): Promise<void> {
    for (const link of this.#links.values()) link.destroy();
    for (const connection of [...this.#accepted]) connection.destroy();
    const server = this.#server;
    if (server === undefined) return Promise.resolve();
    return new Promise((resolve) => server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    const events: ConnectionEvents = {
      opened: (connection) => {
        if (!this.#links.has(connection.peer)) this.#guests.set(connection.peer, connection);
      },
      received: (frame, connection) => this.#events.received(frame, connection),
      drained: () => {},
      closed: (connection, malformed) => {
        this.#accepted.delete(connection);
        if (this.#guests.get(connection.peer) === connection) this.#guests.delete(connection.peer);
        this.#events.closed(connection, malformed);
      },
    };
    this.#accepted.add(new Connection(socket, this.#self, undefined, this.#limits.frameBytesMax, events));
  }
}

/** `host:port`, with the host in brackets if it is an IPv6 address. */
function parseAddress(address: string): { host: string; port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const port = Number(parts?.[3]);
  if (parts === null || port < 1 || port > 65_535) {
    throw new TypeError(`'${address}' is no address; expected host:port, such as 127.0.0.1:7001`);
  }
  return { host: parts[1] ?? parts[2]!, port };
}
