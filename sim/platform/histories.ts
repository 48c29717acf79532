/** Histories where people keep them: files, compressed ones, folders of a test, standard input. */
import { constants, createReadStream, fstatSync, read } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A history that cannot be read at all; `message` says why, with the file. */
export class HistoryFileError extends Error {
  override readonly name = 'HistoryFileError';
  /** What to do about it. */
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

export interface HistoryPlace {
  /** The file to be read, or `-` for standard input. */
  readonly path: string;
  /** What messages call it. */
  readonly name: string;
  /** Whether it lies in the folder that Maelstrom makes of a run. */
  readonly isMaelstrom: boolean;
  /** Its size in bytes, as far as it is known before it is read. */
  readonly bytes: number | undefined;
}

/** What the folder of a test may have, the first that it has is read. */
const inFolder = ['history.edn', 'history.edn.gz', 'history.txt', 'history.jsonl'];

/**
 * The file that is meant by a path: itself, the history in a folder of Jepsen's or Maelstrom's (`store/<test>/<time>`),
 * or standard input (`-`).
 * @throws HistoryFileError if there is none
 */
export async function findHistory(path: string): Promise<HistoryPlace> {
  if (path === '-') return { path, name: 'stdin', isMaelstrom: false, bytes: undefined };
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw troubleOf(path, error);
  });
  if (!found.isDirectory()) {
    return { path, name: path, isMaelstrom: false, bytes: found.isFile() ? found.size : undefined };
  }
  for (const name of inFolder) {
    const file = join(path, name);
    const inside = await stat(file).catch(() => undefined);
    if (inside?.isFile() !== true) continue;
    const isMaelstrom = (await stat(join(path, 'node-logs')).catch(() => undefined)) !== undefined;
    return { path: file, name: file, isMaelstrom, bytes: inside.size };
  }
  throw new HistoryFileError(
    `${path} is a folder without a history`,
    `A folder of Jepsen's or Maelstrom's has ${inFolder.slice(0, 3).join(', ')}: name store/<test>/<time>, or the file itself.`,
  );
}

const chunkBytes = 1 << 20;
const options = { highWaterMark: chunkBytes };

/**
 * Reads a text piece by piece, uncompressed if it was compressed by gzip. Bytes that are no UTF-8 become U+FFFD.
 * @param onText gets each piece, and how many bytes of the file are read so far; answers whether to go on
 * @throws HistoryFileError if it cannot be read to the end
 */
export async function readText(
  place: HistoryPlace,
  onText: (text: string, bytesRead: number) => boolean,
): Promise<void> {
  const { path } = place;
  let bytesRead = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const bytes of path === '-' ? standardInput() : createReadStream(path, options)) {
      bytesRead += bytes.length;
      yield bytes;
    }
  }
  const decoder = new TextDecoder();
  try {
    for await (const bytes of await uncompressed(counted())) {
      if (!onText(decoder.decode(bytes, { stream: true }), bytesRead)) return;
    }
    onText(decoder.decode(), bytesRead);
  } catch (error) {
    throw troubleOf(place.name, error as NodeJS.ErrnoException);
  }
}

const waitMs = 5;

/**
 * Standard input as a worker may read it. It never waits inside the system, where nobody could interrupt it: what may
 * have to be waited for is opened once more for reading without waiting, and asked again and again.
 */
async function* standardInput(): AsyncGenerator<Buffer> {
  const kind = fstatSync(0);
  const mayWait = kind.isFIFO() || kind.isCharacterDevice();
  const again = mayWait
    ? await open('/dev/stdin', constants.O_RDONLY | constants.O_NONBLOCK).catch(() => {})
    : undefined;
  try {
    for (;;) {
      const bytes = Buffer.allocUnsafe(chunkBytes);
      const count = await readSome(again?.fd ?? 0, bytes);
      if (count === 0) return;
      if (count === undefined) await new Promise((resolve) => setTimeout(resolve, waitMs));
      else yield bytes.subarray(0, count);
    }
  } finally {
    await again?.close();
  }
}

/** How many bytes came; none at the end, undefined if there are none yet. */
function readSome(fd: number, bytes: Buffer): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    read(fd, bytes, 0, bytes.length, null, (error, count) => {
      if (error === null) resolve(count);
      else if (error.code === 'EAGAIN') resolve(undefined);
      else if (error.code === 'EOF') resolve(0);
      else reject(error);
    });
  });
}

/** The bytes of a stream; of a compressed one, what was in it. */
async function uncompressed(file: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const pieces = file[Symbol.asyncIterator]();
  const first = await pieces.next();
  async function* whole(): AsyncGenerator<Buffer> {
    if (first.done !== true) yield first.value;
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
  }
  if (first.done === true || first.value[0] !== 0x1f || first.value[1] !== 0x8b) return whole();
  const unpacked = createGunzip({ chunkSize: chunkBytes });
  // Errors reach whoever reads the last stream.
  pipeline(Readable.from(whole()), unpacked, () => {});
  return unpacked;
}

function troubleOf(name: string, { code, message }: NodeJS.ErrnoException): HistoryFileError {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new HistoryFileError(`there is no file ${name}`);
    case 'EACCES':
    case 'EPERM':
      return new HistoryFileError(`${name} may not be read`, 'Look at its permissions.');
    case 'EISDIR':
      return new HistoryFileError(`${name} is a folder`, 'Name the file in it.');
    case 'Z_BUF_ERROR':
      return new HistoryFileError(`${name} is compressed, and was cut off`);
    default:
      return new HistoryFileError(`${name} cannot be read (${code ?? message})`);
  }
}
