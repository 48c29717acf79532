/** A host's copy of the map, and what it has seen. No effects. */
import type { Value } from '../protocol.ts';
import { type Entry, type Seen, type Stamp, supersedes, union } from './entries.ts';
import type { DigestLine } from './messages.ts';
import { ownRules, type Standing, type TombstoneRules } from './tombstones.ts';

const nothing: readonly Entry[] = [];

export class Replica {
  readonly #rules: TombstoneRules;
  readonly #entries = new Map<string, Entry>();
  /** When each tombstone was learnt, by key. */
  readonly #tombstones = new Map<string, number>();
  #seen: Seen = {};
  /** The highest version that was seen or given (Lamport 1978, IR2). */
  #version = 0;
  forgotten = 0;
  /** Counts the changes of the entries. */
  revision = 0;

  constructor(rules: TombstoneRules = ownRules) {
    this.#rules = rules;
  }

  /** Tombstones included. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries;
  }

  get seen(): Seen {
    return this.#seen;
  }

  value(key: string): Value {
    return this.#entries.get(key)?.value ?? null;
  }

  /** A new entry, which takes effect with `apply`. Each has a higher version than the one before. */
  compose(writer: string, key: string, value: Value): Entry {
    this.#version += 1;
    return { key, value, version: this.#version, writer };
  }

  digest(): DigestLine[] {
    return [...this.#entries.values()].map(({ key, version, writer }) => ({ key, version, writer }));
  }

  /** Whether this would be news. */
  lacks(line: Stamp & { readonly key: string }): boolean {
    const known = this.#entries.get(line.key);
    if (known === undefined) return !this.#rules.wasForgotten(line, this.#seen);
    return supersedes(line, known);
  }

  /** The entries that whoever has this digest lacks. */
  newerThan(digest: readonly DigestLine[]): Entry[] {
    const theirs = new Map(digest.map((line) => [line.key, line]));
    return [...this.#entries.values()].filter((entry) => supersedes(entry, theirs.get(entry.key)));
  }

  entriesOf(keys: readonly string[]): Entry[] {
    return keys.flatMap((key) => this.#entries.get(key) ?? []);
  }

  /** Takes in entries that supersede what is there, and then what was seen with them. */
  apply(entries: readonly Entry[], seen: Seen, nowMs: number): void {
    for (const entry of entries) {
      this.#version = Math.max(this.#version, entry.version);
      // Also what was news when it came: its deletion may have been learnt, and forgotten, while it waited for the disk.
      if (!this.lacks(entry)) continue;
      this.#entries.set(entry.key, entry);
      this.revision += 1;
      if (entry.value === null) this.#tombstones.set(entry.key, nowMs);
      else this.#tombstones.delete(entry.key);
    }
    this.#seen = union(this.#seen, seen);
    for (const version of Object.values(seen)) this.#version = Math.max(this.#version, version);
  }

  /**
   * Drops the tombstones that may be dropped.
   * @param seenBy asked once, and only if a rule wants to know
   * @returns them
   */
  forget(nowMs: number, lifetime: number, seenBy: () => Standing['seenBy']): readonly Entry[] {
    if (this.#tombstones.size === 0) return nothing;
    const forgotten: Entry[] = [];
    let known: Standing['seenBy'] | undefined;
    const standing = {
      age: 0,
      lifetime,
      seen: this.#seen,
      // Hosts may be many, and most tombstones are too young for it to matter what they have seen.
      get seenBy() {
        known ??= seenBy();
        return known;
      },
    };
    for (const [key, learntAt] of this.#tombstones) {
      const tombstone = this.#entries.get(key)!;
      standing.age = nowMs - learntAt;
      if (!this.#rules.mayForget(tombstone, standing)) continue;
      this.#entries.delete(key);
      this.#tombstones.delete(key);
      this.forgotten += 1;
      this.revision += 1;
      forgotten.push(tombstone);
    }
    return forgotten;
  }
}
