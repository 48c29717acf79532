/** One TCP connection that frames travel over, made by either end. */
import type { Socket } from 'node:net';
import type { HostId } from '../host.ts';
import { encodeFrame, type Frame, FrameReader, frameVersion, MalformedFrame } from './frames.ts';

/** A stranger gets so far before it has said hello. */
const helloBytesMax = 4096;
const helloMs = 5000;
/** Frames wait with us, where they are still ours, rather than in the socket. */
const socketBytesMax = 256 * 1024;

export interface ConnectionEvents {
  /** The other end is known, and means us. */
  opened(connection: Connection): void;
  received(frame: Frame, connection: Connection): void;
  /** There is room in the socket again. */
  drained(connection: Connection): void;
  /** Once, at the end; `malformed` if the other end did not speak our language. */
  closed(connection: Connection, malformed: boolean): void;
}

export class Connection {
  /** The host at the other end; empty until it has said hello. */
  peer: HostId;
  /** A hello or a welcome came from the other end. */
  open = false;
  readonly #socket: Socket;
  readonly #self: HostId;
  readonly #dialled: boolean;
  readonly #events: ConnectionEvents;
  readonly #reader = new FrameReader(helloBytesMax);
  readonly #frameBytesMax: number;
  readonly #helloTimer: NodeJS.Timeout;
  #malformed = false;
  #closed = false;

  /** @param peer the host that was dialled, or nothing if the other end dialled us */
  constructor(
    socket: Socket,
    self: HostId,
    peer: HostId | undefined,
    frameBytesMax: number,
    events: ConnectionEvents,
  ) {
    this.#socket = socket;
    this.#self = self;
    this.#dialled = peer !== undefined;
    this.#events = events;
    this.#frameBytesMax = frameBytesMax;
    this.peer = peer ?? '';
    this.#helloTimer = setTimeout(() => this.#closeMalformed(), helloMs).unref();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => this.#events.drained(this));
    socket.on('error', () => socket.destroy()); // 'close' follows, and says all there is to say
    socket.on('close', () => this.#finish());
    if (this.#dialled) {
      const to = this.peer;
      this.write(encodeFrame({ type: 'hello', version: frameVersion, from: self, to }, false));
    }
  }

  /** False once the socket holds so much that frames had better wait outside. */
  get hasRoom(): boolean {
    return !this.#closed && this.#socket.writableLength < socketBytesMax;
  }

  /** Bytes that the operating system has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Buffer): void {
    if (!this.#closed && this.#socket.writable) this.#socket.write(bytes);
  }

  /** Lets the written bytes go out first. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#finish();
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.read(chunk)) {
        if (this.#closed) return;
        this.#take(frame);
      }
    } catch (error) {
      if (!(error instanceof MalformedFrame)) throw error;
      this.#closeMalformed();
    }
  }

  #take(frame: Frame): void {
    const isGreeting = frame.type === 'hello' || frame.type === 'welcome';
    if (this.open) {
      if (isGreeting) throw new MalformedFrame('a second greeting');
      this.#events.received(frame, this);
      return;
    }
    if (this.#dialled) {
      if (frame.type !== 'welcome') throw new MalformedFrame('no welcome');
    } else {
      if (frame.type !== 'hello') throw new MalformedFrame('no hello');
      // Ports are reused: a peer that looks for somebody else must not mistake us for it.
      const isForUs = frame.version === frameVersion && frame.to === this.#self;
      if (!isForUs || frame.from === '' || frame.from === this.#self)
        throw new MalformedFrame('a hello for somebody else');
      this.peer = frame.from;
      this.write(encodeFrame({ type: 'welcome' }, false));
    }
    this.open = true;
    this.#reader.bytesMax = this.#frameBytesMax;
    clearTimeout(this.#helloTimer);
    this.#events.opened(this);
  }

  #closeMalformed(): void {
    this.#malformed = true;
    this.destroy();
  }

  #finish(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#helloTimer);
    this.#events.closed(this, this.#malformed);
  }
}
