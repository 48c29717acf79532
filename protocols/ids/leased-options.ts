/** What may be set from outside, of workers whose number is leased. Lease and layout must not change while ids are used. */
import type { OptionsOf, OptionTable } from '../protocol.ts';
import { idOptions } from './options.ts';

export const leasedIdOptions = {
  ...idOptions,
  // More than a lease, so that a worker seldom asks for more between two renewals.
  reserve: { ...idOptions.reserve, default: 5000 },
  lease: {
    type: 'duration',
    default: 3000,
    min: 10,
    about: 'How long a worker has its number unless it renews it, which it does three times as often.',
  },
  driftPpm: {
    type: 'integer',
    default: 10_000,
    min: 0,
    max: 500_000,
    about: 'How much faster one clock may run than another, in parts in a million; a worker believes less.',
  },
  callTimeout: {
    type: 'duration',
    default: 500,
    min: 1,
    about: 'A worker asks the allocator again after this; well below the lease.',
  },
} as const satisfies OptionTable;

export type LeasedIdOptions = OptionsOf<typeof leasedIdOptions>;
