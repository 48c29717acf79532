/** What may be set from outside. None of it makes sagas unsafe; all of it may make them slow. */
import type { OptionsOf, OptionTable } from '../../protocol.ts';

export const sagaOptions = {
  items: { type: 'integer', default: 300, min: 1, about: 'Items that each service has to give.' },
  stepTimeout: { type: 'duration', default: 150, min: 1, about: 'An attempt at a step fails after this.' },
  attempts: {
    type: 'integer',
    default: 3,
    min: 1,
    about:
      'So often an action is tried before the saga is compensated. Compensations are tried until they succeed.',
  },
  attemptTimeout: { type: 'duration', default: 800, min: 1, about: 'A client asks again after this.' },
  requestTimeout: {
    type: 'duration',
    default: 4000,
    min: 1,
    about: 'A client gives up on a saga after this, and does not know how it ends.',
  },
} as const satisfies OptionTable;

export type SagaOptions = OptionsOf<typeof sagaOptions>;
