/** A disk that forgets what was not synced, as cruelly as the contract allows: any part of it, in any order. */
import type { Disk } from '../../protocols/host.ts';
import { DiskError } from '../../protocols/host.ts';

type Change = { readonly offset: number; readonly bytes: Uint8Array } | { readonly length: number };

interface File {
  durable: number[];
  seen: number[];
  unsynced: Change[];
}

/** Small, so that records straddle them. */
const sectorBytes = 8;

export class CrashDisk implements Disk {
  #names = new Map<string, File>();
  #durableNames = new Map<string, File>();
  /** Changes that still take place before the power fails. */
  #left: number;
  /** Everything that was asked of this disk, in order. */
  readonly asked: string[] = [];

  constructor(changes = Number.POSITIVE_INFINITY) {
    this.#left = changes;
  }

  get isDead(): boolean {
    return this.#left < 0;
  }

  /** From now on so many changes take place before the power fails. */
  set left(changes: number) {
    this.#left = changes;
  }

  /** The power fails, and comes back: `survives` is asked for each part of an unsynced change. */
  crash(survives: () => boolean): void {
    for (const [name, file] of [...this.#names]) {
      if (this.#durableNames.get(name) !== file && !survives()) this.#names.delete(name);
    }
    for (const [name, file] of this.#durableNames) if (!this.#names.has(name)) this.#names.set(name, file);
    for (const file of new Set(this.#names.values())) {
      for (const change of file.unsynced)
        for (const part of partsOf(change)) if (survives()) apply(file.durable, part);
      file.unsynced = [];
      file.seen = [...file.durable];
    }
    this.#durableNames = new Map(this.#names);
    this.#left = Number.POSITIVE_INFINITY;
  }

  /** Bits flip in what is durable. */
  decay(file: string, offset: number): void {
    const { durable, seen } = this.#names.get(file)!;
    durable[offset] = seen[offset] = durable[offset]! ^ 0x10;
  }

  async read(file: string, offset: number, length: number): Promise<Uint8Array> {
    return Uint8Array.from(this.#names.get(file)?.seen.slice(offset, offset + length) ?? []);
  }

  async size(file: string): Promise<number> {
    return this.#names.get(file)?.seen.length ?? 0;
  }

  async list(): Promise<string[]> {
    return [...this.#names.keys()].sort();
  }

  write(file: string, offset: number, bytes: Uint8Array): Promise<void> {
    const change = { offset, bytes: bytes.slice() };
    return this.#effect(`write ${file}`, () => this.#change(file, change));
  }

  truncate(file: string, length: number): Promise<void> {
    return this.#effect(`truncate ${file}`, () => this.#change(file, { length }));
  }

  sync(file: string): Promise<void> {
    return this.#effect(`sync ${file}`, () => {
      const stored = this.#names.get(file);
      if (stored === undefined) return;
      stored.durable = [...stored.seen];
      stored.unsynced = [];
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#effect(`rename ${from}`, () => {
      const file = this.#names.get(from);
      if (file === undefined) throw new DiskError('missing', from);
      this.#names.delete(from);
      this.#names.set(to, file);
    });
  }

  remove(file: string): Promise<void> {
    return this.#effect(`remove ${file}`, () => void this.#names.delete(file));
  }

  syncNames(): Promise<void> {
    return this.#effect('syncNames', () => {
      this.#durableNames = new Map(this.#names);
    });
  }

  async #effect(what: string, act: () => void): Promise<void> {
    if (--this.#left < 0) return new Promise(() => {});
    this.asked.push(what);
    act();
  }

  #change(name: string, change: Change): void {
    let file = this.#names.get(name);
    if (file === undefined) {
      file = { durable: [], seen: [], unsynced: [] };
      this.#names.set(name, file);
    }
    apply(file.seen, change);
    file.unsynced.push(change);
  }
}

function apply(content: number[], change: Change): void {
  if ('length' in change) {
    while (content.length < change.length) content.push(0);
    content.length = change.length;
    return;
  }
  while (content.length < change.offset) content.push(0);
  for (const [at, byte] of change.bytes.entries()) content[change.offset + at] = byte;
}

/** The parts of a change that survive one by one. */
function partsOf(change: Change): Change[] {
  if ('length' in change) return [change];
  const parts: Change[] = [];
  for (let at = 0; at < change.bytes.length; ) {
    const end = Math.min(change.bytes.length, at + sectorBytes - ((change.offset + at) % sectorBytes));
    parts.push({ offset: change.offset + at, bytes: change.bytes.slice(at, end) });
    at = end;
  }
  return parts;
}

/** Lets everything run that can run, while no time passes. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await null;
}
