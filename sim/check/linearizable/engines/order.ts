/** Putting a million numbers in order without comparing them one by one in JavaScript. */

/**
 * The positions of `keys` in ascending order of key; equal keys keep their order. Keys are any numbers; infinite ones
 * come first or last.
 */
export function ascending(keys: Float64Array): Int32Array {
  const count = keys.length;
  const order = new Int32Array(count);
  let isSorted = true;
  let isWhole = true;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at++) {
    const key = keys[at];
    if (at > 0 && key < keys[at - 1]) isSorted = false;
    if (key < low) low = key;
    if (key > high) high = key;
    if (!Number.isSafeInteger(key)) isWhole = false;
  }
  const span = high - low + 1;
  if (isSorted) for (let at = 0; at < count; at++) order[at] = at;
  else if (isWhole && span <= 4 * count + 1024) byCounting(keys, low, span, order);
  else if (isWhole && span * count <= Number.MAX_SAFE_INTEGER) byPacking(keys, low, order);
  else
    for (const [at, position] of [...keys.keys()].sort((a, b) => compare(keys, a, b)).entries())
      order[at] = position;
  return order;
}

// A difference of two infinities would be no number.
const compare = (keys: Float64Array, a: number, b: number): number =>
  keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b;

function byCounting(keys: Float64Array, low: number, span: number, order: Int32Array): void {
  const starts = new Int32Array(span + 1);
  for (let at = 0; at < keys.length; at++) starts[keys[at] - low + 1]++;
  for (let key = 0; key < span; key++) starts[key + 1] += starts[key];
  for (let at = 0; at < keys.length; at++) order[starts[keys[at] - low]++] = at;
}

/** Key and position in one whole number, so that the engine's own sort for numbers can do it. */
function byPacking(keys: Float64Array, low: number, order: Int32Array): void {
  const count = keys.length;
  const packed = new Float64Array(count);
  for (let at = 0; at < count; at++) packed[at] = (keys[at] - low) * count + at;
  packed.sort();
  for (let at = 0; at < count; at++) order[at] = packed[at] % count;
}

/** The first position in ascending `sorted`, from `from` on, whose number is at least `limit`; its length if none is. */
export function firstAtLeast(sorted: Float64Array, limit: number, from = 0): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
