/** What may be set from outside. The layout of the ids must never change while ids of the old one are in use. */
import type { OptionsOf, OptionTable } from '../protocol.ts';

export const idOptions = {
  workerBits: { type: 'integer', default: 10, min: 1, max: 20, about: 'Bits of the number of the worker.' },
  sequenceBits: {
    type: 'integer',
    default: 12,
    min: 1,
    max: 22,
    about: 'Bits of the number of an id in its millisecond: 12 give 4,096 ids a millisecond.',
  },
  reserve: {
    type: 'integer',
    default: 1000,
    min: 0,
    about: 'Milliseconds of ids for which one write to the disk serves; a restart skips at most as many.',
  },
  requestTimeout: {
    type: 'duration',
    default: 2000,
    min: 1,
    about: 'A client gives up on an id after this, retries included.',
  },
  attemptTimeout: {
    type: 'duration',
    default: 200,
    min: 1,
    about: 'A client tries the next server after this.',
  },
} as const satisfies OptionTable;

export type IdOptions = OptionsOf<typeof idOptions>;
