/** Hashes that tell states apart in claims. They are whole numbers below 2^52, so that two of them add exactly. */

const range = 2 ** 52;

/** A hash of the text; a `seed` below 2^52, such as the hash of what came before, makes a chain. */
export function hashText(text: string, seed = 0): number {
  let low = (seed >>> 0) ^ 0x9e3779b9;
  let high = Math.floor(seed / 2 ** 32) ^ 0x85ebca6b;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5bd1e995);
    high ^= high >>> 15;
  }
  low = Math.imul(low ^ (low >>> 16) ^ high, 0x7feb352d);
  high = Math.imul(high ^ (high >>> 13) ^ low, 0x846ca68b);
  return ((high ^ (high >>> 16)) >>> 12) * 2 ** 32 + ((low ^ (low >>> 15)) >>> 0);
}

/** The hash of a set is the sum of the hashes of its members, whatever their order. */
export function withMember(set: number, member: number): number {
  const sum = set + member;
  return sum < range ? sum : sum - range;
}

export function withoutMember(set: number, member: number): number {
  return set >= member ? set - member : set - member + range;
}
