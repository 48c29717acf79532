/**
 * The bytes of one file: what is durable, what readers see, and the changes between the two.
 *
 * A sync that lies leaves the changes where they are and remembers that it claimed them. A sync that fails drops the
 * writes that it should have made durable: readers go on seeing them, later syncs know nothing of them. So it is on
 * Linux, whose page cache marks pages clean that it failed to write (Rebello et al., *Can Applications Recover from
 * fsync Failures?*, USENIX ATC 2020, §3). Truncations are metadata, and stay for the next sync.
 */

export type Change =
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

  /** Changes bytes that are there; what would lie behind the end is left out. */
  overwrite(offset: number, bytes: Uint8Array): void {
    if (offset < this.length) this.#buffer.set(bytes.subarray(0, this.length - offset), offset);
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

/** How a sync ends. */
export type SyncFate = 'honest' | 'lies' | 'fails';

/** Stored bytes that were changed behind everybody's back, as they were before. */
interface Wound {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export class StoredFile {
  durable = new Bytes();
  seen = new Bytes();
  /** Oldest first. */
  unsynced: Change[] = [];

  /** The newest change that a lying sync claimed. */
  #claimed: Change | undefined;
  /** Whether readers see changes that no sync will make durable. */
  #hasDropped = false;
  /** Where the writes of the last sync start and end. */
  #lastStart = 0;
  #lastEnd = 0;
  #wounds: Wound[] = [];

  /**
   * Something synced later than the bytes before this offset can vouch for them: a reader who finds it, and not them,
   * knows that they were there.
   */
  get vouchedTo(): number {
    return Math.min(this.#lastStart, this.durable.length);
  }

  /** How many bytes syncs have answered for, honest ones and liars. */
  get claimedBytes(): number {
    let bytes = this.durable.length;
    for (const change of this.unsynced.slice(0, this.#claimedCount())) bytes += sizeOf(change);
    return bytes;
  }

  change(change: Change): void {
    if ('length' in change) this.#cut(change.length);
    else if (this.#wounds.length > 0) this.#cover(change.offset, change.bytes.length);
    this.seen.apply(change);
    this.unsynced.push(change);
  }

  /** Gives back what ends a sync of the present content. */
  beginSync(): (fate: SyncFate) => void {
    const last = this.unsynced.at(-1);
    return (fate) => {
      // An overlapping sync may have taken some or all of them already.
      const count = last === undefined ? 0 : this.unsynced.indexOf(last) + 1;
      if (count === 0) return;
      if (fate === 'lies') {
        if (this.#claimedCount() < count) this.#claimed = last;
        return;
      }
      if (this.#claimedCount() <= count) this.#claimed = undefined;
      const synced = this.unsynced.splice(0, count);
      if (fate === 'fails') this.#drop(synced);
      else this.#settle(synced);
    };
  }

  /**
   * A power loss that leaves these of the unsynced changes, or these parts of them, in order. Returns how many bytes
   * went although a sync had claimed them.
   */
  losePower(survivors: readonly Change[], changesLost: boolean): number {
    const claimed = this.unsynced.slice(0, this.#claimedCount());
    let syncedBytes = 0;
    for (const change of claimed) syncedBytes += sizeOf(change);
    for (const change of survivors) {
      this.durable.apply(change);
      if (claimed.length > 0)
        syncedBytes -= claimed.some((whole) => isPart(change, whole)) ? sizeOf(change) : 0;
    }
    this.unsynced = [];
    this.#claimed = undefined;
    if (changesLost || this.#hasDropped) this.seen = this.durable.copy();
    this.#hasDropped = false;
    return syncedBytes;
  }

  /**
   * Changes what is stored, as decay does: no sync, no write, no trace of it but the bytes. Unless it is `forGood` it
   * heals when the file is cut so short that nothing would show it any more.
   */
  wound(offset: number, bytes: Uint8Array, forGood: boolean): void {
    if (!forGood) this.#wounds.push({ offset, bytes: this.seen.read(offset, bytes.length) });
    this.seen.overwrite(offset, bytes);
    this.durable.overwrite(offset, bytes);
  }

  /** A file of its own with the same content, durable and not. */
  twin(): StoredFile {
    const twin = new StoredFile();
    twin.durable = this.durable.copy();
    twin.seen = this.seen.copy();
    twin.unsynced = [...this.unsynced];
    return twin;
  }

  #settle(synced: readonly Change[]): void {
    let [start, end] = [Number.POSITIVE_INFINITY, 0];
    for (const change of synced) {
      this.durable.apply(change);
      if ('length' in change) continue;
      start = Math.min(start, change.offset);
      end = Math.max(end, change.offset + change.bytes.length);
    }
    if (end === 0) return;
    // What a cut that is under way takes away vouches for nothing.
    const isCut = this.unsynced.some((change) => 'length' in change && change.length < end);
    this.#lastStart = isCut ? 0 : start;
    this.#lastEnd = end;
  }

  #drop(changes: readonly Change[]): void {
    const cuts = changes.filter((change) => 'length' in change);
    this.unsynced.unshift(...cuts);
    if (cuts.length < changes.length) this.#hasDropped = true;
  }

  /** What vouched for the rest is gone, and with it the wounds that it would have shown. */
  #cut(length: number): void {
    if (length >= this.#lastEnd) return;
    this.#lastStart = 0;
    for (const { offset, bytes } of this.#wounds.reverse()) {
      this.seen.overwrite(offset, bytes);
      this.durable.overwrite(offset, bytes);
    }
    this.#wounds = [];
  }

  #cover(offset: number, length: number): void {
    this.#wounds = this.#wounds.filter(
      (wound) => wound.offset + wound.bytes.length <= offset || wound.offset >= offset + length,
    );
  }

  #claimedCount(): number {
    return this.#claimed === undefined ? 0 : this.unsynced.indexOf(this.#claimed) + 1;
  }
}

const sizeOf = (change: Change): number => ('bytes' in change ? change.bytes.length : 0);

function isPart(part: Change, whole: Change): boolean {
  if (part === whole) return true;
  return 'bytes' in part && 'bytes' in whole && part.bytes.buffer === whole.bytes.buffer;
}
