/** Transactions over several hosts. */

export { twoPhaseCommit, twoPhaseCommitWith } from './two-phase-commit/index.ts';
export { type TwoPhaseCommitOptions, twoPhaseCommitOptions } from './two-phase-commit/options.ts';
export type { Rules as TwoPhaseCommitRules } from './two-phase-commit/rules.ts';
export type { BallotView, CommitmentView } from './two-phase-commit/view.ts';
