/** What travels between hosts. */
import { hashText } from '../kernel/choices.ts';
import type { Connection } from './stream.ts';

/** What a packet is to the call it belongs to. */
export type PacketRole =
  | 'send'
  | 'call'
  | 'answer'
  /** The handler refused. */
  | 'refusal'
  /** The handler failed, or the machine is down: it may have happened. */
  | 'reset';

/** Whoever waits for an answer. */
export interface Caller {
  /** An answer, a refusal or a reset has arrived. False if nobody waits for it any more. */
  answer(packet: Packet): boolean;
  /** The connection that it went over is gone: `refused` if it never reached anybody. False if nobody waits. */
  broken(refused: boolean): boolean;
  /** The connection that it went over, in a network of streams. */
  connection: Connection | undefined;
}

/** What sets one packet apart from ordinary ones. */
interface Passage {
  /** The bit that was flipped on the way, as drawn; 0 for none. */
  readonly flip: number;
  /** The connection that carries it, and its place there. */
  readonly connection: Connection | undefined;
  readonly number: number;
}

export interface Packet {
  readonly role: PacketRole;
  readonly kind: Kind;
  readonly from: number;
  readonly to: number;
  /** The call that it makes or answers. */
  readonly call: Caller | undefined;
  readonly body: unknown;
  /** Whether each receiver needs a copy of its own. */
  readonly holdsBytes: boolean;
  readonly bytes: number;
  readonly hash: number;
  /** Whether the network made a second copy: then no refusal of one copy says anything about the other. */
  repeated: boolean;
  /** Undefined for most. */
  passage: Passage | undefined;
}

/** One kind of message, with the number of packets of it sent so far on each link. */
export class Kind {
  readonly name: string;
  /** Counts the kinds of a network from 0; -1 for a kind of answers, which no handler is for. */
  readonly number: number;
  readonly hash: number;
  /** By source, then destination. */
  readonly #sent: (Uint32Array | undefined)[];
  #answer: Kind | undefined;

  constructor(name: string, number: number, hosts: number) {
    this.name = name;
    this.number = number;
    this.hash = hashText(name);
    this.#sent = Array.from({ length: hosts }, () => undefined);
  }

  /** The kind of the packets that answer this one. */
  get answer(): Kind {
    this.#answer ??= new Kind(`${this.name} answer`, -1, this.#sent.length);
    return this.#answer;
  }

  /** The ordinal of the next packet from `from` to `to`. */
  nextOrdinal(from: number, to: number): number {
    let row = this.#sent[from];
    if (row === undefined) {
      row = new Uint32Array(this.#sent.length);
      this.#sent[from] = row;
    }
    const ordinal = row[to]!;
    row[to] = ordinal + 1;
    return ordinal;
  }
}

/** The kinds of messages of one mount, whose names begin with its prefix: spares joining the two for each message. */
export class Kinds {
  readonly #prefix: string;
  readonly #find: (name: string) => Kind;
  readonly #known = new Map<string, Kind>();

  constructor(prefix: string, find: (name: string) => Kind) {
    this.#prefix = prefix;
    this.#find = find;
  }

  /** @param name without the prefix */
  of(name: string): Kind {
    let kind = this.#known.get(name);
    if (kind === undefined) {
      kind = this.#find(this.#prefix + name);
      this.#known.set(name, kind);
    }
    return kind;
  }
}
