/** What may be set from outside. None of it makes sagas unsafe; all of it may make them slow. */
import { compactionOptions } from '../../compacted-journal.ts';
import type { OptionsOf, OptionTable } from '../../protocol.ts';

export const sagaOptions = {
  items: { type: 'integer', default: 300, min: 1, about: 'Items that each service has to give.' },
  stepTimeout: { type: 'duration', default: 150, min: 1, about: 'An attempt at a step fails after this.' },
  attempts: {
    type: 'integer',
    default: 3,
    min: 1,
    about:
      'So often an action is tried before the saga is compensated; one that cannot be undone until it succeeds.',
  },
  compensationAttempts: {
    type: 'integer',
    default: 0,
    min: 0,
    about:
      'A saga is parked, and reported, when a compensation has failed so often; 0: it is tried until it succeeds.',
  },
  attemptTimeout: { type: 'duration', default: 800, min: 1, about: 'A client asks again after this.' },
  requestTimeout: {
    type: 'duration',
    default: 4000,
    min: 1,
    about: 'A client gives up on a saga after this, and does not know how it ends.',
  },
  outcomesKept: {
    type: 'integer',
    default: 1000,
    min: 1,
    about:
      'An orchestrator remembers how so many sagas ended, for clients that ask again; of others it says that it does not ' +
      'know. More than clients begin in a requestTimeout. Services remember as many that they need not undo any more.',
  },
  ...compactionOptions,
} as const satisfies OptionTable;

/** What an orchestrator needs to know. */
export type Patience = Pick<
  SagaOptions,
  'stepTimeout' | 'attempts' | 'compensationAttempts' | 'outcomesKept' | 'compactionRecords'
>;
export type SagaOptions = OptionsOf<typeof sagaOptions>;
