/** What sagas promise, read off the effects that services expose. */
import type { ServiceView } from '../../protocols/transactions/index.ts';
import { type Check, type Sagas, sagaOrder, sagasEnd } from '../../sim/index.ts';

const sagas: Sagas = {
  effects: (state) => {
    const { effects: latest, effectsBefore: before } = state as Partial<ServiceView>;
    return latest === undefined || before === undefined ? undefined : { latest, before };
  },
  // The name of a saga ends with the number of its steps.
  steps: (saga) => Number(saga.slice(saga.lastIndexOf('/') + 1)),
};

const order = sagaOrder(
  'saga-order',
  'Every step and every compensation has its effect at most once; compensations in reverse, and only of what was done.',
  sagas,
);

const ends = sagasEnd(
  'sagas-end',
  'In the end all steps of a saga are done, or all that were done are compensated: for sagas whose every step has an ' +
    'effect, none of which stays parked.',
  sagas,
);

export const sagaChecks: readonly Check[] = [
  { name: order.name, about: order.about, kind: 'always', options: {}, claim: () => order },
  { name: ends.name, about: ends.about, kind: 'finally', options: {}, claim: () => ends },
];
