/** A binary logarithm of whole numbers that gives the same everywhere, which `Math.log` does not promise. */

const fractionBits = 24;
const tableBits = 10;

/** What stands for 1: logarithms come in units of 2^-24. */
export const logarithmOne = 1 << fractionBits;

/** log2(1 + i / 1024), from 0 to 1024. */
const table = Uint32Array.from({ length: (1 << tableBits) + 1 }, (_, at) => ofMantissa(BigInt(at)));

/** log2(1 + at / 1024), bit by bit: squaring doubles a logarithm, and a bit of it is whether that reaches 2. */
function ofMantissa(at: bigint): number {
  const precision = 62n;
  const two = 2n << precision;
  let mantissa = ((1n << BigInt(tableBits)) + at) << (precision - BigInt(tableBits));
  let logarithm = 0;
  if (mantissa >= two) return logarithmOne;
  for (let bit = 0; bit < fractionBits; bit++) {
    mantissa = (mantissa * mantissa) >> precision;
    logarithm *= 2;
    if (mantissa < two) continue;
    logarithm += 1;
    mantissa >>= 1n;
  }
  return logarithm;
}

/**
 * log2(value) in units of 2^-24, for a whole number from 1 to 2^32. It never decreases, and is off by less than one part
 * in three million.
 */
export function binaryLogarithm(value: number): number {
  if (value === 0x1_0000_0000) return 32 * logarithmOne;
  const exponent = 31 - Math.clz32(value);
  const mantissa = (value << (31 - exponent)) >>> 0;
  const at = (mantissa >>> (31 - tableBits)) & ((1 << tableBits) - 1);
  const rest = mantissa & ((1 << (31 - tableBits)) - 1);
  const [low, high] = [table[at]!, table[at + 1]!];
  return exponent * logarithmOne + low + Math.floor(((high - low) * rest) / (1 << (31 - tableBits)));
}
