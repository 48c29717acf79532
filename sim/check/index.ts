/**
 * The judges: whether a history is linearizable, and whether claims hold while a run goes on. They know nothing of
 * the simulator, so they may judge a history or watch a cluster of anybody's.
 */
export {
  type CacheView,
  cacheCoherent,
  type ReplicaView,
  sameUpdatesSameState,
  sumConserved,
  viewsConverge,
} from './claims/agreement.ts';
export {
  type Bound,
  eventuallyWithin,
  type GoodputOptions,
  type Growth,
  goodputRecovers,
  growsAtMost,
  pendingAtMost,
} from './claims/bounds.ts';
export {
  type AlwaysClaim,
  type Claim,
  type EventuallyClaim,
  type FinallyClaim,
  type Observation,
  type RecoveryUs,
  type SometimesClaim,
  sometimes,
} from './claims/claim.ts';
export {
  clockConditionProblem,
  type HybridReading,
  hybridClockSound,
  type StampedEvent,
  vectorClockProblem,
} from './claims/clocks.ts';
export { atomicCommitment, type Ballot, type CommitmentOptions } from './claims/commitment.ts';
export { leaderCompleteness } from './claims/completeness.ts';
export { type Detector, failuresDetected } from './claims/detection.ts';
export { atMostOneInFlight, type Holding, mutualExclusion } from './claims/exclusion.ts';
export {
  atMostOneHolder,
  type Counter,
  holderReplaced,
  neverGoesBack,
  type Office,
} from './claims/holders.ts';
export {
  type LogView,
  leaderAppendOnly,
  logMatching,
  type ReplicatedLog,
  stateMachineSafety,
} from './claims/logs.ts';
export { type Assignment, imbalance, needlessMove } from './claims/placement.ts';
export { type ProgressOptions, progress } from './claims/progress.ts';
export {
  type Configuration,
  disjointQuorums,
  type NumberedConfiguration,
  quorumSizesProblem,
  successiveQuorumsMeet,
} from './claims/quorums.ts';
export { type Effect, type Sagas, sagaOrder, sagasEnd } from './claims/saga.ts';
export { deletedStaysDeleted, type Entry, type NumberTable, tableNeverGoesBack } from './claims/tables.ts';
export { type CausalOptions, causal } from './consistency/causal.ts';
export { type ConvergenceOptions, convergence } from './consistency/convergence.ts';
export type { ConsistencyEvidence } from './consistency/explain.ts';
export {
  type ConsistencyJudge,
  consistencyJudges,
  type JudgeOption,
  type JudgeOptionValues,
} from './consistency/judges.ts';
export {
  monotonicReads,
  monotonicWrites,
  readYourWrites,
  type SessionOptions,
  writesFollowReads,
} from './consistency/sessions.ts';
export { siblingsKept } from './consistency/siblings.ts';
export { boundedStaleness, type StalenessOptions } from './consistency/staleness.ts';
export { formats } from './formats/detect.ts';
export { type Finding, formatFinding } from './formats/findings.ts';
export type { Format } from './formats/format.ts';
export { HistoryReader, type ReadOptions, type RecordedHistory, readHistory } from './formats/read.ts';
export { operationLine } from './formats/write.ts';
export {
  assertWellFormed,
  type History,
  HistoryError,
  type HistoryEvent,
  historyOf,
  type Operation,
  type Overlap,
  overlap,
} from './history.ts';
export { type BankEvidence, type BankOptions, type BankVerdict, bank } from './jepsen/bank.ts';
export { type Fork, type LongForkOptions, type LongForkVerdict, longFork } from './jepsen/long-fork.ts';
export {
  type ElementEvidence,
  type SetFullOptions,
  type SetFullVerdict,
  setFull,
} from './jepsen/set-full.ts';
export { type UniqueIdsVerdict, uniqueIds } from './jepsen/unique-ids.ts';
export {
  type Asked,
  type Judge,
  type Judgement,
  type JudgeSetting,
  judges,
  judgesFor,
  refusedOperation,
} from './judges.ts';
export type { Evidence, Obstacle } from './linearizable/explain.ts';
export { type LinearizableOptions, type LinearizableVerdict, linearizable } from './linearizable/judge.ts';
export type { SearchBudget } from './linearizable/search.ts';
export { casRegister, illegal, kv, type Model, modelNamed, models, register } from './models/index.ts';
export { timeline } from './timeline.ts';
export type { Anomaly, Dependency, DependencyKind } from './transactions/anomalies.ts';
export type { Inference, InferenceStrength, KeyAssumption } from './transactions/inference.ts';
export { type IsolationOptions, type IsolationVerdict, isolated } from './transactions/isolated.ts';
export {
  type TransactionJudge,
  type TransactionJudgeOptions,
  transactionJudges,
} from './transactions/judges.ts';
export {
  type AnomalyName,
  anomaliesAbout,
  type IsolationLevel,
  isolationLevelNamed,
  isolationLevels,
  type Levels,
} from './transactions/levels.ts';
export type { Key, MicroOperation, TransactionWorkload } from './transactions/transaction.ts';
export {
  type Broken,
  broken,
  combined,
  type Held,
  held,
  type Unknown,
  unknown,
  type Verdict,
  type Violation,
} from './verdict.ts';
export { type Witness, witnessesOf } from './witnesses.ts';
