/** Sagas with one mistake each: what the checkers of this project must be able to catch. */
import type { Protocol } from '../../protocols/protocol.ts';
import { sagaWith } from '../../protocols/transactions/index.ts';

/** Takes the first step before the saga is on disk, and after a crash knows nothing that is to be compensated. */
const forgetsCompensation: Protocol = {
  ...sagaWith({ forceBegin: async (journal) => void journal.sync() }),
  name: 'zoo/saga-forgets-compensation',
  about: 'Sagas whose orchestrator acts before its log says so, and forgets to compensate after a crash.',
};

/** Undoes what has not been done yet, when the compensation overtakes its action. */
const compensatesEarly: Protocol = {
  ...sagaWith({ onCompensation: (known) => (known === 'done' || known === undefined ? 'undo' : 'confirm') }),
  name: 'zoo/saga-compensates-early',
  about: 'Sagas whose services undo steps that they never took, when a compensation overtakes its action.',
};

/** Undoes again when the network, or the orchestrator, repeats itself. */
const compensatesTwice: Protocol = {
  ...sagaWith({
    onCompensation: (known) => (known === undefined ? 'cancel' : known === 'cancelled' ? 'confirm' : 'undo'),
  }),
  name: 'zoo/saga-compensates-twice',
  about: 'Sagas whose services undo a step each time they are told to.',
};

export const sagaSpecimens: readonly Protocol[] = [forgetsCompensation, compensatesEarly, compensatesTwice];
