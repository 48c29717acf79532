/** A map from keys to values, as every replica keeps it. */
import type { Value } from '../protocol.ts';
import { hashText, withMember, withoutMember } from './hash.ts';
import type { Operation, Result } from './messages.ts';

interface Slot {
  readonly value: Value;
  readonly hash: number;
}

export class KeyValues {
  readonly #slots = new Map<string, Slot>();
  #hash = 0;

  /** Hash of the whole map: equal maps have equal hashes, whatever their history. */
  get hash(): number {
    return this.#hash;
  }

  /** The value, or null if there is none. */
  get(key: string): Value {
    return this.#slots.get(key)?.value ?? null;
  }

  apply(operation: Operation): Result {
    switch (operation.kind) {
      case 'put':
        this.#set(operation.key, operation.value);
        return null;
      case 'delete':
        this.#set(operation.key, null);
        return null;
      case 'cas':
        if (this.get(operation.key) !== operation.from) return false;
        this.#set(operation.key, operation.to);
        return true;
    }
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
