/** Histories where people keep them: files, compressed ones, folders of a test, standard input. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
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
  const file =
    path === '-'
      ? createReadStream('', { fd: 0, autoClose: false, highWaterMark: chunkBytes })
      : createReadStream(path, { highWaterMark: chunkBytes });
  const decoder = new TextDecoder();
  try {
    for await (const bytes of await uncompressed(file)) {
      if (!onText(decoder.decode(bytes, { stream: true }), file.bytesRead)) return;
    }
    onText(decoder.decode(), file.bytesRead);
  } catch (error) {
    throw troubleOf(place.name, error as NodeJS.ErrnoException);
  } finally {
    file.destroy();
  }
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
