/**
 * Hashes of 32 bits by which keys find their place. They are the same on every machine and in every version: with
 * another hash all keys would move.
 */

/** MurmurHash3 for 32 bits (Appleby 2011), over UTF-16 code units, two in a block. */
export function hashText(text: string, seed = 0): number {
  let hash = seed | 0;
  const even = text.length & ~1;
  for (let at = 0; at < even; at += 2) {
    hash = absorbed(hash, text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16));
    hash = (Math.imul(rotated(hash, 13), 5) + 0xe6546b64) | 0;
  }
  if (even < text.length) hash = absorbed(hash, text.charCodeAt(even));
  return finished(hash ^ (text.length * 2));
}

/** One hash of two, in this order. */
export function hashPair(first: number, second: number): number {
  const hash = (Math.imul(rotated(absorbed(first, second), 13), 5) + 0xe6546b64) | 0;
  return finished(hash ^ 8);
}

const absorbed = (hash: number, block: number): number =>
  hash ^ Math.imul(rotated(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);

const rotated = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** Every bit of the result depends on every bit of the word. */
function finished(word: number): number {
  let hash = word ^ (word >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
