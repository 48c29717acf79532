/** Transactions over several hosts. */

export type { ShopClient } from './order/client.ts';
export { order, ordersWith } from './order/index.ts';
export { type OrderOptions, orderOptions } from './order/options.ts';
export { identityOf, type Order, stepsOf } from './order/order.ts';
export { admits, type HoldingsView, type OrderRules } from './order/services.ts';
export type { ServiceView } from './saga/booking.ts';
export { saga, sagaWith } from './saga/index.ts';
export { type SagaOptions, sagaOptions } from './saga/options.ts';
export type { OrchestratorView } from './saga/orchestrator.ts';
export type { EffectView } from './saga/records.ts';
export type { Rules as SagaRules } from './saga/rules.ts';
export type { StepsView } from './saga/service.ts';
export { twoPhaseCommit, twoPhaseCommitWith } from './two-phase-commit/index.ts';
export { type TwoPhaseCommitOptions, twoPhaseCommitOptions } from './two-phase-commit/options.ts';
export type { Rules as TwoPhaseCommitRules } from './two-phase-commit/rules.ts';
export type { BallotView, CommitmentView } from './two-phase-commit/view.ts';
