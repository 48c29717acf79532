/**
 * What travels over a connection: frames of `length (4 bytes, big-endian) · layout (1 byte) · body`.
 *
 * Layout 0 is plain JSON. Layout 1 carries bytes: `JSON length (4 bytes) · JSON · all byte arrays in the order of the
 * walk`; in its JSON `{"$": 5}` stands for the next five bytes, and every key that starts with `$` has one more `$`.
 */
import { Sealer } from '../message.ts';

/** Raised when two versions can no longer talk to each other. */
export const frameVersion = 1;

export type Frame =
  /** The first frame of whoever dials: who it is, and whom it believes to have reached. */
  | { readonly type: 'hello'; readonly version: number; readonly from: string; readonly to: string }
  /** The first frame of whoever was dialled: the hello was for it. */
  | { readonly type: 'welcome' }
  | { readonly type: 'send'; readonly kind: string; readonly value: unknown }
  | { readonly type: 'call'; readonly call: number; readonly kind: string; readonly value: unknown }
  | { readonly type: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly type: 'refused'; readonly call: number; readonly reason: string }
  | { readonly type: 'failed'; readonly call: number };

/** The other end does not speak our language. */
export class MalformedFrame extends Error {
  override readonly name = 'MalformedFrame';
}

const headerBytes = 5;
const layoutPlain = 0;
const layoutWithBytes = 1;

/** The bytes of a frame whose value was sealed; `holdsBytes` is what the sealer said about it. */
export function encodeFrame(frame: Frame, holdsBytes: boolean): Buffer {
  if (!holdsBytes) {
    const text = JSON.stringify(frame);
    const textBytes = Buffer.byteLength(text);
    const buffer = Buffer.allocUnsafe(headerBytes + textBytes);
    buffer.writeUInt32BE(1 + textBytes, 0);
    buffer.writeUInt8(layoutPlain, 4);
    buffer.write(text, headerBytes);
    return buffer;
  }
  const parts: Uint8Array[] = [];
  const text = Buffer.from(JSON.stringify(takeBytesOut(frame, parts)));
  const head = Buffer.allocUnsafe(headerBytes + 4);
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  head.writeUInt32BE(1 + 4 + text.length + bytes, 0);
  head.writeUInt8(layoutWithBytes, 4);
  head.writeUInt32BE(text.length, headerBytes);
  return Buffer.concat([head, text, ...parts]);
}

function takeBytesOut(value: unknown, parts: Uint8Array[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    parts.push(value as Uint8Array);
    return { $: value.byteLength };
  }
  if (Array.isArray(value)) return value.map((item) => takeBytesOut(item, parts));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.startsWith('$') ? `$${key}` : key,
      takeBytesOut(item, parts),
    ]),
  );
}

/** Hands out the byte arrays of a frame one after the other. */
class ByteTable {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  next(length: unknown): Uint8Array {
    if (!isWhole(length) || length > this.left) throw new MalformedFrame('bytes that are not in the frame');
    this.#offset += length;
    // A copy: a view would keep the whole frame alive, and show it to the handler through `.buffer`.
    return new Uint8Array(this.#bytes.subarray(this.#offset - length, this.#offset));
  }
}

/** The inverse of `takeBytesOut`, in the same order of the walk. */
function putBytesIn(value: unknown, table: ByteTable): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => putBytesIn(item, table));
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]![0] === '$') return table.next(entries[0]![1]);
  return Object.fromEntries(
    entries.map(([key, item]) => {
      if (key.startsWith('$') && !key.startsWith('$$')) throw new MalformedFrame('a key that is not escaped');
      return [key.startsWith('$') ? key.slice(1) : key, putBytesIn(item, table)];
    }),
  );
}

/** Body of a frame (after its length) to a checked frame, whose value is frozen. */
function decodeBody(body: Buffer, sealer: Sealer): Frame {
  const layout = body[0];
  let frame: unknown;
  if (layout === layoutPlain) {
    frame = JSON.parse(body.toString('utf8', 1));
  } else if (layout === layoutWithBytes && body.length >= headerBytes) {
    const textEnd = headerBytes + body.readUInt32BE(1);
    if (textEnd > body.length) throw new MalformedFrame('JSON that is longer than its frame');
    const table = new ByteTable(body.subarray(textEnd));
    frame = putBytesIn(JSON.parse(body.toString('utf8', headerBytes, textEnd)), table);
    if (table.left > 0) throw new MalformedFrame('bytes that nothing refers to');
  } else {
    throw new MalformedFrame('an unknown layout');
  }
  if (!isFrame(frame)) throw new MalformedFrame('an unknown frame');
  // What no host may send, no handler shall see: the sealer refuses -0, __proto__ and their like, and freezes the rest.
  if ('value' in frame) sealer.seal(frame.value);
  return frame;
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isFrame(value: unknown): value is Frame {
  if (typeof value !== 'object' || value === null) return false;
  const frame = value as Record<string, unknown>;
  switch (frame.type) {
    case 'hello':
      return isWhole(frame.version) && typeof frame.from === 'string' && typeof frame.to === 'string';
    case 'welcome':
      return true;
    case 'send':
      return typeof frame.kind === 'string' && 'value' in frame;
    case 'call':
      return isWhole(frame.call) && typeof frame.kind === 'string' && 'value' in frame;
    case 'answer':
      return isWhole(frame.call) && 'value' in frame;
    case 'failed':
      return isWhole(frame.call);
    case 'refused':
      return isWhole(frame.call) && typeof frame.reason === 'string';
    default:
      return false;
  }
}

/** Cuts a stream of chunks into frames. */
export class FrameReader {
  /** No frame may be longer; the reader of an unknown peer starts low. */
  bytesMax: number;
  readonly #sealer = new Sealer();
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** So many bytes are needed before another look is worth it: joining at every chunk would be quadratic. */
  #wantedBytes = headerBytes;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /**
   * Takes in a chunk and yields the frames that it completes.
   * @throws MalformedFrame if the stream makes no sense; the reader is of no use afterwards
   */
  *read(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes >= this.#wantedBytes) {
      const joined = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      this.#chunks = [joined];
      const end = 4 + joined.readUInt32BE(0);
      if (end < headerBytes || end > this.bytesMax) throw new MalformedFrame('a frame of a forbidden length');
      if (joined.length < end) {
        this.#wantedBytes = end;
        return;
      }
      this.#chunks = [joined.subarray(end)];
      this.#bytes = joined.length - end;
      this.#wantedBytes = headerBytes;
      yield this.#decode(joined.subarray(4, end));
    }
  }

  #decode(body: Buffer): Frame {
    try {
      return decodeBody(body, this.#sealer);
    } catch (error) {
      // JSON syntax, an illegal value, or nesting beyond the stack: all the same to whoever reads a stranger's bytes.
      throw error instanceof MalformedFrame ? error : new MalformedFrame(String(error));
    }
  }
}
