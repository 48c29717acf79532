/** What atomic commitment promises, read off what coordinators, participants and clients expose. */
import type { CommitmentView } from '../../protocols/transactions/index.ts';
import { atomicCommitment, type Check, pendingAtMost, sumConserved } from '../../sim/index.ts';

const viewOf = (state: unknown): CommitmentView | undefined =>
  (state as CommitmentView).ballots === undefined ? undefined : (state as CommitmentView);

/** A client that is told an outcome counts as a process that decides: it must not be told another one. */
const commitment = atomicCommitment(
  'atomic-commitment',
  'All who decide, and all clients who are told, agree; commit only if all voted yes; nobody changes its mind (AC1 to AC3).',
  (state) => viewOf(state)?.ballots,
);

const inDoubt = (withinMs: number) =>
  pendingAtMost(
    'in-doubt',
    'No participant that is up is in doubt about a transaction for longer than a bound (AC5).',
    'transaction',
    { withinUs: withinMs * 1000 },
    (state) => viewOf(state)?.inDoubt,
  );

const conserved = sumConserved(
  'money-conserved',
  'In the end there is as much money in all accounts as at first.',
  'money that was made or lost',
  0,
  (state) => viewOf(state)?.gained,
);

export const commitmentChecks: readonly Check[] = [
  {
    name: commitment.name,
    about: commitment.about,
    kind: 'always',
    options: {},
    claim: () => commitment,
  },
  {
    name: 'in-doubt',
    about: inDoubt(0).about,
    kind: 'always',
    options: {
      within: { type: 'duration', default: 5000, min: 1, about: 'How long; time spent down does not count.' },
    },
    claim: ({ within }) => inDoubt(Number(within)),
  },
  { name: conserved.name, about: conserved.about, kind: 'finally', options: {}, claim: () => conserved },
];
