/** What may be set from outside. */
import type { OptionsOf, OptionTable } from '../protocol.ts';

export const clockOptions = {
  requestTimeout: {
    type: 'duration',
    default: 2000,
    min: 1,
    about: 'A client gives up on an event after this, retries included.',
  },
  attemptTimeout: {
    type: 'duration',
    default: 200,
    min: 1,
    about: 'A client tries the next server after this.',
  },
} as const satisfies OptionTable;

export const lamportOptions = {
  ...clockOptions,
  reserve: {
    type: 'integer',
    default: 1000,
    min: 0,
    about: 'Stamps for which one write to the disk serves; a restart skips at most as many.',
  },
} as const satisfies OptionTable;

export const hybridOptions = {
  ...clockOptions,
  aheadMax: {
    type: 'duration',
    default: 500,
    min: 0,
    about: 'A message that is further ahead of the wall clock of its receiver is not believed.',
  },
  reserve: {
    type: 'duration',
    default: 100,
    min: 0,
    about:
      'Time for which one write to the disk serves; a restart is ahead of the wall clock by at most as much.',
  },
} as const satisfies OptionTable;

export type ClockOptions = OptionsOf<typeof clockOptions>;
export type LamportOptions = OptionsOf<typeof lamportOptions>;
export type HybridClockOptions = OptionsOf<typeof hybridOptions>;
