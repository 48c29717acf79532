/** Chance from the operating system, under the contract's rules. */
import { randomInt } from 'node:crypto';
import type { Random, Ratio } from '../host.ts';

const limitMax = 0x1_0000_0000;

export const systemRandom: Random = {
  below(limit: number, label: string): number {
    checkLabel(label);
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > limitMax) {
      throw new RangeError(`below(${limit}, '${label}'): expected a whole number from 1 to 2^32`);
    }
    return randomInt(limit);
  },

  chance(odds: Ratio, label: string): boolean {
    checkLabel(label);
    const [hits, outOf] = odds;
    const isRatio =
      Number.isSafeInteger(hits) && Number.isSafeInteger(outOf) && hits >= 0 && hits <= outOf && outOf >= 1;
    if (!isRatio || outOf > limitMax) {
      throw new RangeError(
        `chance([${hits}, ${outOf}], '${label}'): expected whole numbers, hits of at least as many`,
      );
    }
    return randomInt(outOf) < hits;
  },
};

function checkLabel(label: string): void {
  if (typeof label !== 'string' || label === '')
    throw new TypeError('a draw needs a label that says what it is for');
}
