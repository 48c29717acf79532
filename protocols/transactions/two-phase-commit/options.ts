/** What may be set from outside. None of it makes two-phase commit unsafe; all of it may make it slow. */
import { compactionOptions } from '../../compacted-journal.ts';
import type { OptionsOf, OptionTable } from '../../protocol.ts';

export const twoPhaseCommitOptions = {
  accounts: { type: 'integer', default: 3, min: 1, about: 'Accounts that each participant holds.' },
  openingBalance: {
    type: 'integer',
    default: 100,
    min: 0,
    about: 'What is in each account at first. No balance goes below zero.',
  },
  voteTimeout: {
    type: 'duration',
    default: 300,
    min: 1,
    about: 'The coordinator aborts a transaction if a vote does not come in this time.',
  },
  retryInterval: {
    type: 'duration',
    default: 200,
    min: 1,
    about: 'The coordinator repeats a decision to commit until it is acknowledged, this often.',
  },
  inquiryTimeout: {
    type: 'duration',
    default: 400,
    min: 1,
    about: 'A participant in doubt asks the others after this, and again and again after this.',
  },
  attemptTimeout: { type: 'duration', default: 500, min: 1, about: 'A client asks again after this.' },
  requestTimeout: {
    type: 'duration',
    default: 3000,
    min: 1,
    about: 'A client gives up on a transaction after this, and does not know what became of it.',
  },
  outcomesKept: {
    type: 'integer',
    default: 1000,
    min: 1,
    about:
      'The coordinator remembers how so many transactions ended, for clients that ask again; of others it says that it ' +
      'does not know. More than clients begin in a requestTimeout.',
  },
  ...compactionOptions,
} as const satisfies OptionTable;

export type TwoPhaseCommitOptions = OptionsOf<typeof twoPhaseCommitOptions>;
