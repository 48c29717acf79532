/** A disk over the world's model of one, for properties: any operation may fail, and a process may die at any of them. */
import { type Disk, DiskError } from '../../protocols/host.ts';
import { StoredFiles } from '../../sim/world/disk.ts';
import type { SyncFate } from '../../sim/world/stored-file.ts';

export type PowerLossKind = 'keep' | 'lose-unsynced' | 'lose-all' | 'torn';

export class FaultyDisk implements Disk {
  readonly files = new StoredFiles();
  /** Whether the next operation fails. */
  fails: () => boolean = () => false;
  /** Operations until the process dies. */
  left = Number.POSITIVE_INFINITY;

  /** The process is dead: nothing that it asked for settles any more. */
  get isDead(): boolean {
    return this.left <= 0;
  }

  /** The next process may begin. */
  crash(storage: PowerLossKind, draw: (limit: number) => number): void {
    if (storage !== 'keep') this.files.losePower(draw, storage);
    this.left = Number.POSITIVE_INFINITY;
    this.fails = () => false;
  }

  read(file: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#operate(() => this.files.read(file, offset, length));
  }

  size(file: string): Promise<number> {
    return this.#operate(() => this.files.size(file));
  }

  list(): Promise<string[]> {
    return this.#operate(() => this.files.list(''));
  }

  write(file: string, offset: number, bytes: Uint8Array): Promise<void> {
    return this.#operate(() => this.files.write(file, offset, bytes));
  }

  truncate(file: string, length: number): Promise<void> {
    return this.#operate(() => this.files.truncate(file, length));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#operate(() => this.files.rename(from, to));
  }

  remove(file: string): Promise<void> {
    return this.#operate(() => this.files.remove(file));
  }

  sync(file: string): Promise<void> {
    return this.#sync(this.files.beginSync(file));
  }

  syncNames(): Promise<void> {
    return this.#sync(this.files.beginSyncNames());
  }

  #sync(end: (fate: SyncFate) => void): Promise<void> {
    return this.#operate(
      () => end('honest'),
      () => end('fails'),
    );
  }

  async #operate<T>(act: () => T, failed: () => void = () => {}): Promise<T> {
    this.left -= 1;
    if (this.isDead) return new Promise(() => {});
    if (this.fails()) {
      failed();
      throw new DiskError('io', 'input/output error');
    }
    return act();
  }
}
