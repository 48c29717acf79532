/** The package's front door: the engine, the built-in catalogue, and how to run scenarios on this platform. */
export { catalogue } from '../../scenarios/catalogue.ts';
export * from '../index.ts';
export { version } from '../platform/installation.ts';
export { makePump } from '../platform/pump.ts';
export {
  type Loaded,
  type Loading,
  type LoadOptions,
  loadedOf,
  loadScenario,
  runFully,
  type Shrinking,
  type SweepOptions,
  type SweepResult,
  shrinkSeed,
  sweep,
} from './engine.ts';
export {
  type Judged,
  type JudgingOptions,
  type JudgingStanding,
  judgeFile,
  soFar,
  type TracedViolation,
} from './judging.ts';
export { type FoundSmallest, findSmallest, promiseOf } from './smallest.ts';
