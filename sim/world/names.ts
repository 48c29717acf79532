/**
 * The names of a machine's files, and which of them a power loss forgets. Changes of names are kept in order until
 * they are durable, because file systems differ in what they leave: see Pillai et al., *All File Systems Are Not Created
 * Equal*, OSDI 2014, §3.
 */
import { DiskError } from '../../protocols/host.ts';
import type { Draw } from './power-loss.ts';
import { StoredFile, type SyncFate } from './stored-file.ts';

type NameChange =
  | { readonly kind: 'create'; readonly name: string; readonly file: StoredFile }
  | { readonly kind: 'remove'; readonly name: string; readonly file: StoredFile }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly file: StoredFile };

/** What may be left of a rename that is not atomic. */
const halfRenames = ['done', 'both names', 'no target', 'empty target'] as const;

export class Names {
  #seen = new Map<string, StoredFile>();
  #durable = new Map<string, StoredFile>();
  #unsynced: NameChange[] = [];
  /** What a lying sync claimed since the last honest one. */
  #claimed: ReadonlyMap<string, StoredFile> = new Map();
  /** Syncs of the names: how many began, and the newest that completed. */
  #syncs = 0;
  #synced = 0;

  get(name: string): StoredFile | undefined {
    return this.#seen.get(name);
  }

  create(name: string): StoredFile {
    const file = new StoredFile();
    this.#seen.set(name, file);
    this.#unsynced.push({ kind: 'create', name, file });
    return file;
  }

  rename(from: string, to: string): void {
    const file = this.#seen.get(from);
    if (file === undefined) throw new DiskError('missing', `rename of "${from}": there is no such file`);
    if (from === to) return;
    this.#seen.delete(from);
    this.#seen.set(to, file);
    this.#unsynced.push({ kind: 'rename', from, to, file });
  }

  remove(name: string): void {
    const file = this.#seen.get(name);
    if (file === undefined) return;
    this.#seen.delete(name);
    this.#unsynced.push({ kind: 'remove', name, file });
  }

  list(): string[] {
    return [...this.#seen.keys()].sort();
  }

  /** Every file once, in the order of the names. */
  files(): [name: string, file: StoredFile][] {
    return this.list().map((name) => [name, this.#seen.get(name)!]);
  }

  /** Gives back what ends a sync of the present names. One that fails leaves them to the next. */
  beginSync(): (fate: SyncFate) => void {
    const names = new Map(this.#seen);
    const last = this.#unsynced.at(-1);
    this.#syncs += 1;
    const sync = this.#syncs;
    return (fate) => {
      if (fate === 'lies') this.#claimed = names;
      if (fate !== 'honest') return;
      // An overlapping sync that began later may be through already.
      if (sync < this.#synced) return;
      this.#synced = sync;
      this.#durable = names;
      this.#claimed = new Map();
      if (last !== undefined) this.#unsynced.splice(0, this.#unsynced.indexOf(last) + 1);
    };
  }

  /** The names that a lying sync claimed, and their files. */
  get claimed(): ReadonlyMap<string, StoredFile> {
    return this.#claimed;
  }

  get isDurable(): boolean {
    if (this.#seen.size !== this.#durable.size) return false;
    for (const [name, file] of this.#seen) if (this.#durable.get(name) !== file) return false;
    return true;
  }

  /** All changes since the last sync are gone. */
  forgetUnsynced(): void {
    this.#restore(new Map(this.#durable));
  }

  /** What is seen now is durable. */
  keepAll(): void {
    this.#restore(this.#seen);
  }

  forgetAll(): void {
    this.#restore(new Map());
  }

  /** Each change survives or not, whatever becomes of the others. Returns how many did not. */
  forgetSome(draw: Draw, atomicRenames: boolean): number {
    return this.#replay((change) => {
      if (draw(2, 'unsynced name lost') === 1) return 'lost';
      return change.kind === 'rename' && !atomicRenames ? halfOf(draw) : 'done';
    });
  }

  /** Renames that are under way may be left half done. Returns how many were. */
  tearRenames(draw: Draw): number {
    return this.#replay((change) => (change.kind === 'rename' ? halfOf(draw) : 'done'));
  }

  #replay(fateOf: (change: NameChange) => Fate): number {
    const names = new Map(this.#durable);
    let lost = 0;
    for (const change of this.#unsynced) {
      const fate = fateOf(change);
      if (fate !== 'done') lost += 1;
      if (fate !== 'lost') redo(change, fate, names);
    }
    this.#restore(names);
    return lost;
  }

  #restore(names: Map<string, StoredFile>): void {
    this.#seen = names;
    this.#durable = new Map(names);
    this.#unsynced = [];
    this.#claimed = new Map();
  }
}

type Fate = (typeof halfRenames)[number] | 'lost';

const halfOf = (draw: Draw): Fate => halfRenames[draw(halfRenames.length, 'rename torn')]!;

function redo(change: NameChange, fate: Fate, names: Map<string, StoredFile>): void {
  const { file } = change;
  if (change.kind === 'create') {
    names.set(change.name, file);
    return;
  }
  const old = change.kind === 'rename' ? change.from : change.name;
  if (fate === 'done') {
    if (names.get(old) === file) names.delete(old);
    if (change.kind === 'rename') names.set(change.to, file);
    return;
  }
  if (change.kind !== 'rename') return;
  names.set(change.from, file);
  if (fate === 'no target') names.delete(change.to);
  else names.set(change.to, fate === 'both names' ? file.twin() : new StoredFile());
}
