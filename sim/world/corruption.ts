/**
 * A message with one bit flipped. It stays a message of the same shape: a number becomes another number, a letter of a
 * text another letter, a byte another byte. `null`, empty texts and the names of fields are left alone.
 */

const wordView = new Uint32Array(2);
const floatView = new Float64Array(wordView.buffer);

/**
 * @param body a frozen message; what comes back is frozen too, and shares with it what did not change
 * @param drawn 32 bits that say which value is flipped, and which bit of it; 0 flips nothing
 */
export function flipped(body: unknown, drawn: number): unknown {
  const values = drawn === 0 ? 0 : countOf(body);
  if (values === 0) return body;
  return flipAt(body, drawn % values, Math.floor(drawn / values));
}

/** How many values in it can be flipped. */
function countOf(value: unknown): number {
  switch (typeof value) {
    case 'number':
    case 'boolean':
      return 1;
    case 'string':
      return value === '' ? 0 : 1;
    default:
      break;
  }
  if (value === null) return 0;
  if (isBytes(value)) return value.length === 0 ? 0 : 1;
  let count = 0;
  for (const part of Object.values(value as object)) count += countOf(part);
  return count;
}

/** Copies what lies on the way to the value of this number, in order. */
function flipAt(value: unknown, number: number, bits: number): unknown {
  if (typeof value !== 'object' || value === null || isBytes(value)) return flipValue(value, bits);
  let before = 0;
  for (const [key, part] of Object.entries(value)) {
    const count = countOf(part);
    if (number < before + count) {
      const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...value };
      copy[key] = flipAt(part, number - before, bits);
      return Object.freeze(copy);
    }
    before += count;
  }
  return value;
}

function flipValue(value: unknown, bits: number): unknown {
  switch (typeof value) {
    case 'boolean':
      return !value;
    case 'number':
      return flipNumber(value, bits);
    case 'string':
      return flipText(value, bits);
    default: {
      const copy = new Uint8Array(value as Uint8Array);
      const at = (bits >>> 3) % copy.length;
      copy[at] = copy[at]! ^ (1 << (bits & 7));
      return copy;
    }
  }
}

/** A whole number stays whole, and keeps its sign: one of its sixteen lowest bits flips. */
function flipNumber(value: number, bits: number): number {
  if (Number.isSafeInteger(value)) {
    const size = Math.abs(value);
    const low = size % 65_536;
    const flippedAt = (bit: number) => size - low + (low ^ (1 << (bit & 15)));
    if (value >= 0) return flippedAt(bits);
    // There is no -0 in a message.
    return -(flippedAt(bits) || flippedAt(bits + 1));
  }
  floatView[0] = value;
  // Only bits of the fraction: the number stays finite.
  const low = wordView[0]!;
  wordView[0] = low ^ (1 << (bits & 31));
  // The smallest numbers are one bit, without which nothing is left.
  if (floatView[0] === 0) wordView[0] = low ^ (1 << ((bits + 1) & 31));
  return floatView[0]!;
}

/** One of the three lowest bits of a letter flips: no half of a surrogate pair becomes anything else. */
function flipText(text: string, bits: number): string {
  const at = (bits >>> 2) % text.length;
  const unit = text.charCodeAt(at) ^ (1 << (bits % 3));
  return text.slice(0, at) + String.fromCharCode(unit) + text.slice(at + 1);
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === '[object Uint8Array]';
}
