/** Transactions over several hosts. */

export { saga, sagaWith } from './saga/index.ts';
export { type SagaOptions, sagaOptions } from './saga/options.ts';
export type { Rules as SagaRules } from './saga/rules.ts';
export type { EffectView, ServiceView } from './saga/service.ts';
export { twoPhaseCommit, twoPhaseCommitWith } from './two-phase-commit/index.ts';
export { type TwoPhaseCommitOptions, twoPhaseCommitOptions } from './two-phase-commit/options.ts';
export type { Rules as TwoPhaseCommitRules } from './two-phase-commit/rules.ts';
export type { BallotView, CommitmentView } from './two-phase-commit/view.ts';
