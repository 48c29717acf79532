/** Writes that land in another place, for one machine. */
import type { Ratio } from '../../../protocols/host.ts';
import type { Stream } from '../../kernel/choices.ts';
import type { Atlas } from '../atlas.ts';
import type { DiskTrouble } from '../disk-trouble.ts';
import type { Machine } from '../machine.ts';
import type { StoredFile } from '../stored-file.ts';

/** A write that is to turn out to have gone astray. */
interface Stray {
  readonly name: string;
  readonly file: StoredFile;
  readonly offset: number;
  readonly old: Uint8Array;
  readonly bytes: Uint8Array;
}

/**
 * With free hand (`forGood`) a write goes astray at once. Under a budget it must be noticed: the write takes place, and
 * only when something synced later vouches for it do its bytes turn out to be elsewhere, in a place that is vouched
 * for as well.
 */
export class Misdirection implements DiskTrouble {
  readonly #machine: Machine;
  readonly #draws: Stream;
  readonly #odds: Ratio;
  readonly #forGood: boolean;
  readonly #atlas: Atlas;
  readonly #bite: (isOne: boolean) => void;
  #strays: Stray[] = [];

  constructor(
    machine: Machine,
    draws: Stream,
    odds: Ratio,
    forGood: boolean,
    atlas: Atlas,
    bite: (isOne: boolean) => void,
  ) {
    this.#machine = machine;
    this.#draws = draws;
    this.#odds = odds;
    this.#forGood = forGood;
    this.#atlas = atlas;
    this.#bite = bite;
  }

  misdirects(name: string, offset: number, bytes: Uint8Array): boolean {
    if (bytes.length === 0 || !this.#draws.chance(this.#odds)) return false;
    const { files } = this.#machine;
    const end = offset + bytes.length;
    if (this.#forGood) {
      // The file system believes that the file has grown.
      if (end > files.size(name)) files.truncate(name, end);
      this.#land(name, offset, bytes);
      return true;
    }
    const old = new Uint8Array(bytes.length);
    old.set(files.read(name, offset, bytes.length));
    files.write(name, offset, bytes);
    this.#strays.push({ name, file: files.file(name)!, offset, old, bytes: bytes.slice() });
    return true;
  }

  synced(): void {
    if (this.#strays.length === 0) return;
    this.#strays = this.#strays.filter((stray) => {
      const { name, file, offset, old, bytes } = stray;
      const isStill = this.#machine.files.file(name) === file && isAt(file, offset, bytes);
      if (isStill && offset + bytes.length > file.vouchedTo) return true;
      if (isStill) {
        file.wound(offset, old, false);
        this.#land(name, offset, bytes);
      }
      return false;
    });
  }

  #land(name: string, offset: number, bytes: Uint8Array): void {
    const { files, id } = this.#machine;
    this.#bite(true);
    this.#atlas.misdirected(id, name, bytes.length);
    const names = [name, ...files.list('').filter((other) => other !== name)];
    const victim = files.file(this.#draws.pick(names))!;
    const room = this.#forGood ? victim.seen.length : victim.vouchedTo;
    if (room === 0) return;
    const at = this.#draws.below(room);
    // There it was meant to be: the bytes are lost in a place that nobody reads.
    if (at === offset && victim === files.file(name)) return;
    const landed = bytes.subarray(0, room - at);
    const isOver = victim === files.file(name) && at < offset + bytes.length && offset < at + landed.length;
    if (!isOver) victim.wound(at, landed, this.#forGood);
  }
}

function isAt(file: StoredFile, offset: number, bytes: Uint8Array): boolean {
  const found = file.seen.read(offset, bytes.length);
  return found.length === bytes.length && found.every((byte, index) => byte === bytes[index]);
}
