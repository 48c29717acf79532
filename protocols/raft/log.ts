/**
 * The replicated log in memory. Indexes count from 1. The log may have been compacted: then it begins after some entry of
 * which only term and prefix hash are known. In a whole log that is place 0, with term 0.
 */
import { hashText } from './hash.ts';
import type { Entry } from './messages.ts';

/** Where a log ends, which is what elections compare. */
export interface LogEnd {
  readonly lastIndex: number;
  readonly lastTerm: number;
}

const none: readonly Entry[] = [];

export class RaftLog implements LogEnd {
  #firstIndex = 1;
  /** Term and prefix hash of the entry before the first one. */
  #baseTerm = 0;
  #baseHash = 0;
  readonly #entries: Entry[] = [];
  /** Characters of each entry's text, to bound messages with. */
  readonly #sizes: number[] = [];
  /** Hash of everything up to and including each entry. */
  readonly #hashes: number[] = [];

  get firstIndex(): number {
    return this.#firstIndex;
  }

  get lastIndex(): number {
    return this.firstIndex - 1 + this.#entries.length;
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#baseTerm;
  }

  /** The term of the entry at `index`, from the one before the first on; 0 elsewhere. */
  termAt(index: number): number {
    return (
      this.#entries[index - this.firstIndex]?.term ?? (index === this.firstIndex - 1 ? this.#baseTerm : 0)
    );
  }

  at(index: number): Entry | undefined {
    return this.#entries[index - this.firstIndex];
  }

  /** Hash of the entries 1 to `index`, from the one before the first on: equal hashes mean equal prefixes. 0 elsewhere. */
  prefixHashAt(index: number): number {
    return this.#hashes[index - this.firstIndex] ?? (index === this.firstIndex - 1 ? this.#baseHash : 0);
  }

  /** Adds an entry whose text is `textOf(entry)`. */
  append(entry: Entry, text: string): void {
    this.#hashes.push(hashText(text, this.prefixHashAt(this.lastIndex)));
    this.#sizes.push(text.length);
    this.#entries.push(entry);
  }

  /** Forgets every entry after `index`. */
  truncateAfter(index: number): void {
    const length = Math.max(0, index - this.firstIndex + 1);
    if (length >= this.#entries.length) return;
    this.#entries.length = length;
    this.#sizes.length = length;
    this.#hashes.length = length;
  }

  /** Forgets every entry up to `index`, which is in the log or before it. */
  compactTo(index: number): void {
    const count = index - this.firstIndex + 1;
    if (count <= 0) return;
    this.#baseTerm = this.termAt(index);
    this.#baseHash = this.prefixHashAt(index);
    this.#firstIndex = index + 1;
    for (const column of [this.#entries, this.#sizes, this.#hashes]) column.splice(0, count);
  }

  /** Forgets everything: the log begins after an entry of this term and prefix hash. */
  startAfter(index: number, term: number, hash: number): void {
    for (const column of [this.#entries, this.#sizes, this.#hashes]) column.length = 0;
    this.#firstIndex = index + 1;
    this.#baseTerm = term;
    this.#baseHash = hash;
  }

  /** Entries from `index` on: at most `count`, and at most `size` characters unless the first alone is longer. */
  slice(index: number, count: number, size: number): readonly Entry[] {
    const start = index - this.firstIndex;
    const limit = Math.min(this.#entries.length, start + count);
    if (start >= limit) return none;
    let end = start + 1;
    let total = this.#sizes[start]!;
    while (end < limit && total + this.#sizes[end]! <= size) total += this.#sizes[end++]!;
    return this.#entries.slice(start, end);
  }

  /** The first index whose term is at least `term`, or the one after the last; terms never go down along a log. */
  firstIndexFrom(term: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.term < term) low = middle + 1;
      else high = middle;
    }
    return this.firstIndex + low;
  }
}

/** The text of an entry, the same on every server: it is stored, and hashed. */
export function textOf(entry: Entry): string {
  return JSON.stringify([entry.term, entry.command]);
}

/** @throws SyntaxError not the text of an entry */
export function entryOf(text: string): Entry {
  const [term, command] = JSON.parse(text) as [number, Entry['command']];
  return { term, command };
}
