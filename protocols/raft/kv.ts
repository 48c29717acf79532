/** A map from keys to values, as every replica keeps it. */
import type { Value } from '../protocol.ts';
import { hashText, withMember, withoutMember } from './hash.ts';
import type { Machine } from './machine.ts';

/** A change of the map. */
export type KvOperation =
  | { readonly kind: 'put'; readonly key: string; readonly value: Value }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'cas'; readonly key: string; readonly from: Value; readonly to: Value };

/** What an operation answers: whether a cas found what it expected, else null. */
export type KvResult = boolean | null;

export type KvQuery = { readonly key: string };

interface Slot {
  readonly value: Value;
  readonly hash: number;
}

export class KeyValues implements Machine<KvOperation, KvQuery> {
  readonly #slots = new Map<string, Slot>();
  #hash = 0;

  /** Hash of the whole map: equal maps have equal hashes, whatever their history. */
  get hash(): number {
    return this.#hash;
  }

  /** The value of a key, or null if there is none. */
  read({ key }: KvQuery): Value {
    return this.#slots.get(key)?.value ?? null;
  }

  apply(operation: KvOperation): KvResult {
    switch (operation.kind) {
      case 'put':
        this.#set(operation.key, operation.value);
        return null;
      case 'delete':
        this.#set(operation.key, null);
        return null;
      case 'cas':
        if (this.read(operation) !== operation.from) return false;
        this.#set(operation.key, operation.to);
        return true;
    }
  }

  /** All keys and their values, ready to be stored. */
  snapshot(): (readonly [key: string, value: Value])[] {
    return [...this.#slots].map(([key, { value }]) => [key, value]);
  }

  /** Null is the absence of a value. */
  #set(key: string, value: Value): void {
    const old = this.#slots.get(key);
    if (old !== undefined) this.#hash = withoutMember(this.#hash, old.hash);
    if (value === null) {
      this.#slots.delete(key);
      return;
    }
    const hash = hashText(JSON.stringify([key, value]));
    this.#slots.set(key, { value, hash });
    this.#hash = withMember(this.#hash, hash);
  }
}
