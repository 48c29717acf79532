/**
 * The files of one machine as a power loss sees them: bytes and names are durable only after `sync` and `syncNames`.
 * The disk outlives the incarnations of its machine.
 */
import { Names } from './names.ts';
import { type Draw, type Loss, losePower } from './power-loss.ts';
import type { Storage } from './spec.ts';
import type { Change, StoredFile, SyncFate } from './stored-file.ts';

export type { Draw } from './power-loss.ts';

/** What is special about a disk. */
export interface DiskTraits {
  /** Bytes of all files together. */
  readonly capacityBytes: number;
  readonly atomicRenames: boolean;
}

const traitsDefault: DiskTraits = { capacityBytes: Number.POSITIVE_INFINITY, atomicRenames: true };

export class StoredFiles {
  readonly traits: DiskTraits;
  readonly #names = new Names();

  constructor(traits = traitsDefault) {
    this.traits = traits;
  }

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

  /** Gives back what makes the present content durable, or pretends to, or fails: to be called when the sync completes. */
  beginSync(name: string): (fate?: SyncFate) => void {
    const end = this.#names.get(name)?.beginSync();
    return (fate = 'honest') => end?.(fate);
  }

  rename(from: string, to: string): void {
    this.#names.rename(from, to);
  }

  remove(name: string): void {
    this.#names.remove(name);
  }

  list(prefix: string): string[] {
    const names = this.#names.list().filter((name) => name.startsWith(prefix));
    return names.map((name) => name.slice(prefix.length));
  }

  /** As `beginSync`, for the names. */
  beginSyncNames(): (fate?: SyncFate) => void {
    const end = this.#names.beginSync();
    return (fate = 'honest') => end(fate);
  }

  get namesAreDurable(): boolean {
    return this.#names.isDurable;
  }

  /** How many bytes all files have together, as readers see them. */
  usedBytes(): number {
    let used = 0;
    for (const [, file] of this.#names.files()) used += file.seen.length;
    return used;
  }

  /** The file itself, for faults that damage it. */
  file(name: string): StoredFile | undefined {
    return this.#names.get(name);
  }

  /** Whether a sync of the file has something to do. */
  isDirty(name: string): boolean {
    return (this.#names.get(name)?.unsynced.length ?? 0) > 0;
  }

  /**
   * A power loss, or with `wipe` another disk: see `Storage`.
   * @param lost is told what each file lost
   * @returns the number of changes that were lost
   */
  losePower(
    draw: Draw,
    storage: Exclude<Storage, 'keep'> = 'lose-unsynced',
    lost: (name: string, loss: Loss) => void = () => {},
  ): number {
    const { atomicRenames } = this.traits;
    return losePower(this.#names, { storage, draw, atomicRenames, lost });
  }

  #change(name: string, change: Change): void {
    (this.#names.get(name) ?? this.#names.create(name)).change(change);
  }
}
