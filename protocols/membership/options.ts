/** What may be set from outside. */
import type { OptionsOf, OptionTable } from '../protocol.ts';

export const swimOptions = {
  period: {
    type: 'duration',
    default: 200,
    min: 2,
    about: 'Protocol period: each member probes one other in it.',
  },
  pingTimeout: {
    type: 'duration',
    default: 50,
    min: 1,
    about: 'Without an answer after this, others are asked to probe; below half a period.',
  },
  helpers: { type: 'integer', default: 3, min: 0, about: 'How many others are asked to probe.' },
  suspicion: {
    type: 'duration',
    default: 1000,
    min: 1,
    about:
      'A suspect that does not refute it for so long is taken for dead; in a group of more than ten, for as much longer ' +
      'as the decimal logarithm of their number says.',
  },
  newsMax: {
    type: 'integer',
    default: 6,
    min: 1,
    about: 'Most news on one message; who joins or comes back is told all.',
  },
  requestTimeout: { type: 'duration', default: 2000, min: 1, about: 'A client gives up after this.' },
  attemptTimeout: {
    type: 'duration',
    default: 200,
    min: 1,
    about: 'A client tries the next member after this.',
  },
} as const satisfies OptionTable;

export type SwimOptions = OptionsOf<typeof swimOptions>;
