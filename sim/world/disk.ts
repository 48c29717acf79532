/**
 * The files of one machine as a power loss sees them: bytes and names are durable only after `sync` and `syncNames`.
 * The disk outlives the incarnations of its machine.
 */
import { DiskError } from '../../protocols/host.ts';

type Change =
  | { readonly offset: number; readonly bytes: Uint8Array }
  /** A truncation. */
  | { readonly length: number };

class Bytes {
  #buffer = new Uint8Array(0);
  length = 0;

  read(offset: number, length: number): Uint8Array {
    return this.#buffer.slice(Math.min(offset, this.length), Math.min(offset + length, this.length));
  }

  apply(change: Change): void {
    if ('bytes' in change) {
      const end = change.offset + change.bytes.length;
      this.#resize(Math.max(end, this.length));
      this.#buffer.set(change.bytes, change.offset);
    } else {
      if (change.length < this.length) this.#buffer.fill(0, change.length, this.length);
      this.#resize(change.length);
    }
  }

  copy(): Bytes {
    const copy = new Bytes();
    copy.#buffer = this.#buffer.slice(0, this.length);
    copy.length = this.length;
    return copy;
  }

  #resize(length: number): void {
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, this.#buffer.length * 2, 64));
      grown.set(this.#buffer.subarray(0, this.length));
      this.#buffer = grown;
    }
    this.length = length;
  }
}

/** One file: what is durable, what a reader sees, and the changes between the two, oldest first. */
class StoredFile {
  durable = new Bytes();
  seen = new Bytes();
  unsynced: Change[] = [];
}

/** Draws a whole number below the limit; 0 is calm. */
export type Draw = (limit: number, label: string) => number;

export class StoredFiles {
  #names = new Map<string, StoredFile>();
  #durableNames = new Map<string, StoredFile>();
  /** Syncs of the names: how many began, and the newest that completed. */
  #namesSyncs = 0;
  #namesSynced = 0;

  read(name: string, offset: number, length: number): Uint8Array {
    return this.#names.get(name)?.seen.read(offset, length) ?? new Uint8Array(0);
  }

  size(name: string): number {
    return this.#names.get(name)?.seen.length ?? 0;
  }

  write(name: string, offset: number, bytes: Uint8Array): void {
    this.#change(name, { offset, bytes: bytes.slice() });
  }

  truncate(name: string, length: number): void {
    this.#change(name, { length });
  }

  /** Gives back what makes the present content durable, to be called when the sync completes. */
  beginSync(name: string): () => void {
    const file = this.#names.get(name);
    if (file === undefined) return () => {};
    const last = file.unsynced.at(-1);
    return () => {
      if (last === undefined) return;
      // An overlapping sync may have taken some or all of them already.
      const count = file.unsynced.indexOf(last) + 1;
      for (const change of file.unsynced.splice(0, count)) file.durable.apply(change);
    };
  }

  rename(from: string, to: string): void {
    const file = this.#names.get(from);
    if (file === undefined) throw new DiskError('missing', `rename of "${from}": there is no such file`);
    this.#names.delete(from);
    this.#names.set(to, file);
  }

  remove(name: string): void {
    this.#names.delete(name);
  }

  list(prefix: string): string[] {
    const names = [...this.#names.keys()].filter((name) => name.startsWith(prefix));
    return names.map((name) => name.slice(prefix.length)).sort();
  }

  /** As `beginSync`, for the names. */
  beginSyncNames(): () => void {
    const names = new Map(this.#names);
    this.#namesSyncs += 1;
    const sync = this.#namesSyncs;
    return () => {
      // An overlapping sync that began later may be through already.
      if (sync < this.#namesSynced) return;
      this.#namesSynced = sync;
      this.#durableNames = names;
    };
  }

  /**
   * A power loss: unsynced names go, and of each file's unsynced changes a drawn prefix survives.
   * Returns the number of changes that were lost.
   */
  losePower(draw: Draw): number {
    let lost = 0;
    // Names are journalled together by the file system: they survive together or not at all.
    if (!sameNames(this.#names, this.#durableNames)) {
      if (draw(2, 'unsynced names lost') === 1) {
        lost += 1;
        this.#names = new Map(this.#durableNames);
      }
    }
    for (const name of [...this.#names.keys()].sort()) {
      const file = this.#names.get(name)!;
      const doomed = file.unsynced.length === 0 ? 0 : draw(file.unsynced.length + 1, 'unsynced writes lost');
      const kept = file.unsynced.length - doomed;
      for (const change of file.unsynced.slice(0, kept)) file.durable.apply(change);
      lost += doomed;
      file.unsynced = [];
      if (doomed > 0) file.seen = file.durable.copy();
    }
    this.#durableNames = new Map(this.#names);
    return lost;
  }

  #change(name: string, change: Change): void {
    let file = this.#names.get(name);
    if (file === undefined) {
      file = new StoredFile();
      this.#names.set(name, file);
    }
    file.seen.apply(change);
    file.unsynced.push(change);
  }
}

function sameNames(left: Map<string, StoredFile>, right: Map<string, StoredFile>): boolean {
  if (left.size !== right.size) return false;
  for (const [name, file] of left) if (right.get(name) !== file) return false;
  return true;
}
