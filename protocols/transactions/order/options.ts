/** What may be set from outside. */
import { compactionOptions } from '../../compacted-journal.ts';
import type { OptionsOf, OptionTable } from '../../protocol.ts';
import { sagaOptions } from '../saga/options.ts';

const { stepTimeout, attempts, compensationAttempts, attemptTimeout, requestTimeout, outcomesKept } =
  sagaOptions;

export const orderOptions = {
  products: { type: 'integer', default: 4, min: 1, about: 'Products that are sold, numbered from 0.' },
  stock: { type: 'integer', default: 100, min: 0, about: 'Units of each product that there are at first.' },
  price: { type: 'integer', default: 5, min: 0, about: 'What a unit costs.' },
  customers: { type: 'integer', default: 6, min: 1, about: 'Customers with an account, numbered from 0.' },
  openingBalance: { type: 'integer', default: 2000, min: 0, about: 'What each customer has at first.' },
  stepTimeout,
  attempts,
  compensationAttempts: { ...compensationAttempts, default: 5 },
  attemptTimeout,
  requestTimeout,
  lockTimeout: {
    type: 'duration',
    default: 200,
    min: 1,
    about: 'A client gives up on the lock of an order after this.',
  },
  outcomesKept,
  ...compactionOptions,
} as const satisfies OptionTable;

export type OrderOptions = OptionsOf<typeof orderOptions>;
