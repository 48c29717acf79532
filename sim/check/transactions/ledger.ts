/**
 * Every version that a history speaks of: what is stored under each key before the first write, and what each write
 * installs. Writes of a key have different values, so that a value that was read tells who wrote it.
 */
import { type History, HistoryError, type Operation } from '../history.ts';
import { show } from '../plain.ts';
import { identity, type Key, type MicroOperation } from './transaction.ts';

export interface VersionsOfKey {
  readonly key: Key;
  /** The version before the first write. */
  readonly initial: number;
  /** By transaction, and within one in the order of its writes. */
  readonly written: number[];
  readonly byValue: Map<unknown, number>;
}

export class Ledger {
  readonly history: History;
  readonly keys: VersionsOfKey[] = [];
  /** By version: its key (an index into `keys`), its value, and whether its writer did not replace it by itself. */
  readonly keyOf: number[] = [];
  readonly values: unknown[] = [];
  readonly isFinal: boolean[] = [];
  /** By version: what the same transaction wrote to the same key just before, -1 if nothing. */
  readonly previous: number[] = [];
  /** By version: the transaction (an index into the history) that wrote it, -1 for an initial one. */
  readonly writers: number[] = [];
  /** By transaction: 1 if it is `ok`, or if it is of unknown fate and somebody read what it wrote. */
  readonly isCommitted: Uint8Array;
  readonly #keyIds = new Map<Key, number>();

  /** @throws HistoryError if a key is written with one value twice */
  constructor(history: History) {
    this.history = history;
    this.isCommitted = Uint8Array.from(history, ({ type }) => (type === 'ok' ? 1 : 0));
    history.forEach((operation, at) => {
      this.#record(operation, at);
    });
  }

  /** The index of a key. */
  keyId(key: Key): number {
    const known = this.#keyIds.get(key);
    if (known !== undefined) return known;
    const id = this.keys.length;
    this.#keyIds.set(key, id);
    const initial = this.#version(id, null, -1, -1);
    this.keys.push({ key, initial, written: [], byValue: new Map() });
    return id;
  }

  /** The version of a key that has a value, or nothing if nobody wrote it. */
  find(keyId: number, value: unknown): number | undefined {
    return this.keys[keyId].byValue.get(identity(value));
  }

  writerType(version: number): Operation['type'] {
    return this.history[this.writers[version]].type;
  }

  /** Notes that somebody read a version: what was of unknown fate has happened. */
  observed(version: number): void {
    const writer = this.writers[version];
    if (writer >= 0 && this.history[writer].type === 'info') this.isCommitted[writer] = 1;
  }

  /** The transaction that wrote a version if it has committed, otherwise -1. */
  committedWriter(version: number): number {
    const writer = this.writers[version];
    return writer >= 0 && this.isCommitted[writer] === 1 ? writer : -1;
  }

  #version(keyId: number, value: unknown, writer: number, previous: number): number {
    this.previous.push(previous);
    this.keyOf.push(keyId);
    this.values.push(value);
    this.isFinal.push(true);
    return this.writers.push(writer) - 1;
  }

  #record(operation: Operation, at: number): void {
    for (const [f, key, value] of operation.value as readonly MicroOperation[]) {
      const keyId = this.keyId(key);
      if (f === 'r') continue;
      const { written, byValue } = this.keys[keyId];
      const id = identity(value);
      const known = byValue.get(id);
      if (known !== undefined) {
        const other = this.writers[known] + 1;
        throw new HistoryError(
          `operation ${at + 1} (txn): it writes ${show(value)} to ${show(key)}, as operation ${other} does; ` +
            'let every write of a key have a value of its own, or nobody can tell whose was read',
        );
      }
      const last = written.at(-1);
      const previous = last !== undefined && this.writers[last] === at ? last : -1;
      if (previous >= 0) this.isFinal[previous] = false;
      const version = this.#version(keyId, value, at, previous);
      byValue.set(id, version);
      written.push(version);
    }
  }
}
