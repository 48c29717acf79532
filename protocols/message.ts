/** What happens to a value on its way into a message: checked, frozen, hashed and measured in one walk. */

/** Deeper nesting than this is taken for a cycle. */
const depthMax = 64;

// What stands for the kind of a value in the hashes: large, since small integers stand for themselves.
const kinds = {
  true: 0x5bd1e995,
  false: 0x3c6ef372,
  null: 0x1f83d9ab,
  text: 0x510e527f,
  array: 0x6a09e667,
  object: 0x71374491,
  end: 0x243185be,
  bytes: 0x550c7dc3,
} as const;

const floatView = new Float64Array(1);
const wordView = new Uint32Array(floatView.buffer);

/**
 * Walks a message once: freezes every object and array in place (a later write throws), hashes the content, and
 * counts its bytes roughly as JSON would. The fields describe the value sealed last.
 */
export class Sealer {
  /** Two independent 32-bit hashes of the content, keys in the order of insertion. */
  hash = 0;
  hash2 = 0;
  bytes = 0;
  /** Whether there is a Uint8Array in it: then each receiver needs a `copyMessage` of its own. */
  holdsBytes = false;

  /** @throws TypeError that names the path of the first part that no message may hold */
  seal(value: unknown): void {
    this.hash = 0x811c9dc5;
    this.hash2 = 0x2545f491;
    this.bytes = 0;
    this.holdsBytes = false;
    if (!this.#walk(value, 0)) throw new TypeError(describeIllegal(value));
  }

  #mix(word: number): void {
    this.hash = Math.imul(this.hash ^ word, 0x9e3779b1);
    this.hash ^= this.hash >>> 15;
    this.hash2 = Math.imul((this.hash2 + word) | 0, 0x85ebca6b);
    this.hash2 ^= this.hash2 >>> 13;
  }

  #mixText(text: string): void {
    let a = this.hash ^ text.length;
    let b = this.hash2;
    for (let i = 0; i < text.length; i += 1) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x01000193);
      b = (Math.imul(b, 31) + unit) | 0;
    }
    this.hash = a;
    this.hash2 = b;
    this.bytes += text.length + 2;
    this.#mix(kinds.text ^ text.length);
  }

  #walk(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case 'number':
        return this.#walkNumber(value);
      case 'string':
        this.#mixText(value);
        return true;
      case 'boolean':
        this.bytes += 4;
        this.#mix(value ? kinds.true : kinds.false);
        return true;
      case 'object': {
        if (value === null) {
          this.bytes += 4;
          this.#mix(kinds.null);
          return true;
        }
        if (depth === depthMax) return false;
        if (Array.isArray(value)) return this.#walkArray(value, depth);
        return this.#walkObject(value as Record<string, unknown>, depth);
      }
      default:
        return false;
    }
  }

  #walkNumber(value: number): boolean {
    this.bytes += 6;
    if ((value | 0) === value) {
      if (value === 0 && Object.is(value, -0)) return false;
      this.#mix(value);
      return true;
    }
    if (!Number.isFinite(value)) return false;
    floatView[0] = value;
    this.#mix(wordView[0]!);
    this.#mix(wordView[1]!);
    return true;
  }

  #walkArray(value: readonly unknown[], depth: number): boolean {
    this.bytes += 2;
    this.#mix(kinds.array ^ value.length);
    for (let i = 0; i < value.length; i += 1) if (!this.#walk(value[i], depth + 1)) return false;
    Object.freeze(value);
    return true;
  }

  #walkObject(value: Record<string, unknown>, depth: number): boolean {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && !isPlainPrototype(prototype)) return this.#walkBytes(value);
    this.bytes += 2;
    this.#mix(kinds.object);
    for (const key in value) {
      if (key === '__proto__') return false;
      this.#mixText(key);
      if (!this.#walk(value[key], depth + 1)) return false;
    }
    // Or { a: { b: 1 } } would be { a: {}, b: 1 }.
    this.#mix(kinds.end);
    Object.freeze(value);
    return true;
  }

  #walkBytes(value: unknown): boolean {
    if (!isBytes(value)) return false;
    let a = this.hash ^ value.length;
    let b = this.hash2;
    for (let i = 0; i < value.length; i += 1) {
      a = Math.imul(a ^ value[i]!, 0x01000193);
      b = (Math.imul(b, 31) + value[i]!) | 0;
    }
    this.hash = a;
    this.hash2 = b;
    this.#mix(kinds.bytes ^ value.length);
    this.bytes += value.length + 8;
    this.holdsBytes = true;
    return true;
  }
}

/** A copy of a message in which every Uint8Array is the receiver's own; frozen like every message. */
export function copyMessage<T>(value: T): T {
  // Not `slice`: of a Buffer that is a view of the same memory.
  if (isBytes(value)) return new Uint8Array(value) as T;
  if (Array.isArray(value)) return Object.freeze(value.map(copyMessage)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = copyMessage((value as Record<string, unknown>)[key]);
  return Object.freeze(copy) as T;
}

// A plain object of another realm has a prototype whose own prototype is null.
function isPlainPrototype(prototype: object | null): boolean {
  return prototype === null || (Object.getPrototypeOf(prototype) === null && 'hasOwnProperty' in prototype);
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === '[object Uint8Array]';
}

/** Walks again, slowly, to say what is wrong and where. */
function describeIllegal(root: unknown): string {
  const rule = 'a message holds plain JSON data and Uint8Array only';
  const found = findIllegal(root, 'message', 0);
  return found === undefined ? `${rule}` : `${found.path} is ${found.what}; ${rule}`;
}

function findIllegal(
  value: unknown,
  path: string,
  depth: number,
): { path: string; what: string } | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') {
    if (Object.is(value, -0)) return { path, what: '-0' };
    return Number.isFinite(value) ? undefined : { path, what: String(value) };
  }
  if (typeof value !== 'object')
    return { path, what: value === undefined ? 'undefined' : `a ${typeof value}` };
  if (depth === depthMax) return { path, what: `nested deeper than ${depthMax} levels, or part of a cycle` };
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) {
      const found = findIllegal(value[i], `${path}[${i}]`, depth + 1);
      if (found) return found;
    }
    return undefined;
  }
  if (isBytes(value)) return undefined;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && !isPlainPrototype(prototype)) {
    return { path, what: `an instance of ${prototype?.constructor?.name || 'a class'}` };
  }
  for (const key of Object.keys(value)) {
    const place = /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
    if (key === '__proto__') return { path: place, what: 'not allowed as a key' };
    const found = findIllegal((value as Record<string, unknown>)[key], place, depth + 1);
    if (found) return found;
  }
  return undefined;
}
