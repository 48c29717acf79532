/** Two-phase commit with one mistake each: what the checkers of this project must be able to catch. */
import type { Protocol } from '../../protocols/protocol.ts';
import { twoPhaseCommitWith } from '../../protocols/transactions/index.ts';

/** Participants wait for the coordinator to call: if it died before it decided, they wait for ever. */
const blocks: Protocol = {
  ...twoPhaseCommitWith({ whomToAsk: () => [] }),
  name: 'zoo/two-phase-commit-blocks',
  about: 'Two-phase commit whose participants in doubt ask nobody (Bernstein, Hadzilacos & Goodman §7.4).',
};

/** Says commit before that is on its disk, and presumes after a crash that it aborted. */
const forgetsDecision: Protocol = {
  ...twoPhaseCommitWith({ forceCommit: async (journal) => void journal.sync() }),
  name: 'zoo/two-phase-commit-forgets-decision',
  about: 'Two-phase commit whose coordinator sends its decision before it is on disk (Mohan et al. §2.1).',
};

/** Votes yes before that is on its disk, and knows nothing of it after a crash. */
const forgetsVote: Protocol = {
  ...twoPhaseCommitWith({ forcePrepared: async (journal) => void journal.sync() }),
  name: 'zoo/two-phase-commit-forgets-vote',
  about: 'Two-phase commit whose participants vote before their vote is on disk (Mohan et al. §2.1).',
};

/** Takes a missing acknowledgement for a failed transaction, and says so, though some have committed. */
const deniesCommit: Protocol = {
  ...twoPhaseCommitWith({
    report: async (decision, acknowledged) => ((await acknowledged) ? decision : 'abort'),
  }),
  name: 'zoo/two-phase-commit-denies-commit',
  about: 'Two-phase commit that reports an abort when its decision to commit did not reach everybody.',
};

/** Commits that somebody has not acknowledged are gone with the old log, and presumed after a crash to have aborted. */
const rewritesTooLittle: Protocol = {
  ...twoPhaseCommitWith({ mayForget: ({ kind }) => kind === 'commit' }),
  name: 'zoo/two-phase-commit-rewrites-too-little',
  about:
    'Two-phase commit whose coordinator leaves out open commits when it writes its log anew (Mohan et al. §3.2).',
};

export const twoPhaseCommitSpecimens: readonly Protocol[] = [
  blocks,
  forgetsDecision,
  forgetsVote,
  deniesCommit,
  rewritesTooLittle,
];
