/** A host's disk: real files, side by side in one folder of the machine. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disk, DiskError } from '../host.ts';

/** A file name is one entry of the folder, so it fits what file systems allow. */
const nameCharactersMax = 200;
const handlesMax = 64;

/**
 * The `/` of a name becomes `+` in the folder: `a` and `a/b` may both be files, no name leaves the folder, renaming is
 * atomic everywhere, and one `fsync` of one directory makes all names durable.
 *
 * Operations on one file happen in the order in which they were asked for; those on different files need not.
 */
export class NodeDisk implements Disk {
  readonly #folder: string;
  readonly #handles = new Map<string, FileHandle>();
  /** What was last asked of each file; the next operation on it waits for this. */
  readonly #tails = new Map<string, Promise<unknown>>();
  /** Files whose sync failed: the system may have forgotten their bytes, so no later sync can be believed. */
  readonly #unreliable = new Set<string>();
  #closed = false;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<NodeDisk> {
    await mkdir(folder, { recursive: true });
    return new NodeDisk(folder);
  }

  async read(file: string, offset: number, length: number): Promise<Uint8Array> {
    checkName(file);
    checkWhole(offset, 'offset');
    checkWhole(length, 'length');
    return await this.#inTurn([file], `read '${file}'`, async () => {
      const handle = await this.#handle(file, false);
      if (handle === undefined) return new Uint8Array(0);
      const { size } = await handle.stat();
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
        if (bytesRead === 0) return bytes.slice(0, done);
        done += bytesRead;
      }
      return bytes;
    });
  }

  async size(file: string): Promise<number> {
    checkName(file);
    return await this.#inTurn([file], `measure '${file}'`, async () => {
      const handle = await this.#handle(file, false);
      return handle === undefined ? 0 : (await handle.stat()).size;
    });
  }

  async write(file: string, offset: number, bytes: Uint8Array): Promise<void> {
    checkName(file);
    checkWhole(offset, 'offset');
    const copy = new Uint8Array(bytes);
    await this.#inTurn([file], `write '${file}'`, async () => {
      const handle = await this.#handle(file, true);
      let done = 0;
      while (done < copy.length) {
        done += (await handle.write(copy, done, copy.length - done, offset + done)).bytesWritten;
      }
    });
  }

  async truncate(file: string, length: number): Promise<void> {
    checkName(file);
    checkWhole(length, 'length');
    await this.#inTurn([file], `truncate '${file}'`, async () => {
      await (await this.#handle(file, true)).truncate(length);
    });
  }

  async sync(file: string): Promise<void> {
    checkName(file);
    await this.#inTurn([file], `sync '${file}'`, async () => {
      if (this.#unreliable.has(file)) throw new DiskError('io', `an earlier sync of '${file}' failed`);
      const handle = await this.#handle(file, false);
      try {
        await handle?.sync();
      } catch (error) {
        this.#unreliable.add(file);
        throw error;
      }
    });
  }

  async rename(from: string, to: string): Promise<void> {
    checkName(from);
    checkName(to);
    await this.#inTurn([from, to], `rename '${from}' to '${to}'`, async () => {
      await this.#forget(from);
      if (from !== to) await this.#forget(to);
      await rename(this.#path(from), this.#path(to));
      if (this.#unreliable.delete(from)) this.#unreliable.add(to);
    });
  }

  async remove(file: string): Promise<void> {
    checkName(file);
    await this.#inTurn([file], `remove '${file}'`, async () => {
      await this.#forget(file);
      this.#unreliable.delete(file);
      await unlink(this.#path(file)).catch(unlessMissing);
    });
  }

  async list(): Promise<string[]> {
    return await this.#inTurn([...this.#tails.keys()], 'list files', async () => {
      const entries = await readdir(this.#folder);
      // Whatever else somebody put into the folder is no file of this host.
      return entries
        .map((entry) => entry.replaceAll('+', '/'))
        .filter(isName)
        .sort();
    });
  }

  async syncNames(): Promise<void> {
    await this.#inTurn([...this.#tails.keys()], 'sync names', async () => {
      const folder = await open(this.#folder, constants.O_RDONLY);
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    });
  }

  /** Starts no operation any more; resolves when those under way are over and every file is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#tails.size > 0) await Promise.allSettled(this.#tails.values());
    for (const file of [...this.#handles.keys()]) await this.#forget(file);
  }

  /** Runs `work` after everything that was asked of these files before. */
  async #inTurn<T>(files: readonly string[], what: string, work: () => Promise<T>): Promise<T> {
    const before = files.map((file) => this.#tails.get(file));
    const run = async () => {
      await Promise.allSettled(before);
      if (this.#closed) throw new DiskError('io', `cannot ${what}: the host has stopped`);
      return await work();
    };
    const turn = run();
    for (const file of files) this.#tails.set(file, turn);
    try {
      return await turn;
    } catch (error) {
      throw toDiskError(error, what);
    } finally {
      for (const file of files) if (this.#tails.get(file) === turn) this.#tails.delete(file);
    }
  }

  #handle(file: string, create: true): Promise<FileHandle>;
  #handle(file: string, create: false): Promise<FileHandle | undefined>;
  async #handle(file: string, create: boolean): Promise<FileHandle | undefined> {
    const known = this.#handles.get(file);
    if (known !== undefined) return known;
    await this.#makeRoom();
    const flags = constants.O_RDWR | (create ? constants.O_CREAT : 0);
    const opening = open(this.#path(file), flags, 0o644);
    const handle = await (create ? opening : opening.catch(unlessMissing));
    if (handle !== undefined) this.#handles.set(file, handle);
    return handle;
  }

  /** Closes idle files, oldest first. */
  async #makeRoom(): Promise<void> {
    for (const file of this.#handles.keys()) {
      if (this.#handles.size < handlesMax) return;
      if (!this.#tails.has(file)) await this.#forget(file);
    }
  }

  async #forget(file: string): Promise<void> {
    const handle = this.#handles.get(file);
    this.#handles.delete(file);
    await handle?.close();
  }

  #path(file: string): string {
    return join(this.#folder, file.replaceAll('/', '+'));
  }
}

/**
 * The files whose names start with `prefix`, under what follows it.
 * @param begin starts an operation, and decides whether it may start and whether its end is heard of
 */
export function diskUnder(
  prefix: string,
  disk: Disk,
  begin: <T>(work: () => Promise<T>) => Promise<T>,
): Disk {
  return {
    read: (file, offset, length) => begin(() => disk.read(prefix + file, offset, length)),
    size: (file) => begin(() => disk.size(prefix + file)),
    write: (file, offset, bytes) => begin(() => disk.write(prefix + file, offset, bytes)),
    truncate: (file, length) => begin(() => disk.truncate(prefix + file, length)),
    sync: (file) => begin(() => disk.sync(prefix + file)),
    rename: (from, to) => begin(() => disk.rename(prefix + from, prefix + to)),
    remove: (file) => begin(() => disk.remove(prefix + file)),
    list: () =>
      begin(async () => {
        const files = await disk.list();
        return files.filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length));
      }),
    syncNames: () => begin(() => disk.syncNames()),
  };
}

const unlessMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error;
};

function toDiskError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || error instanceof DiskError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  const message = `cannot ${what}: ${error.message}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new DiskError('full', message);
  if (code === 'ENOENT' && syscall === 'rename') return new DiskError('missing', message);
  return new DiskError('io', message);
}

const isName = (file: string): boolean =>
  typeof file === 'string' &&
  file.length <= nameCharactersMax &&
  /^[\w.-]+(\/[\w.-]+)*$/.test(file) &&
  !/(^|\/)\.\.?(\/|$)/.test(file);

/** @throws TypeError that says what a file may be called */
function checkName(file: string): void {
  if (isName(file)) return;
  throw new TypeError(
    `a file is named with up to ${nameCharactersMax} letters, digits and . _ - /, not '${file}'`,
  );
}

function checkWhole(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${what} is ${value}; expected a whole number from 0 on`);
  }
}
