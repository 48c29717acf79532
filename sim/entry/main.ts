/** The package's front door: the engine, the built-in catalogue, and how to run scenarios on this platform. */
export { catalogue } from '../../scenarios/catalogue.ts';
export * from '../index.ts';
export { version } from '../platform/installation.ts';
export { makePump } from '../platform/pump.ts';
export { Crew } from './crew.ts';
export { type Abouts, type Driven, type DriveOptions, drive } from './drive.ts';
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
export type { LoadFigures } from './load.ts';
export { stateText } from './operator.ts';
export { type Chosen, chooseProtocol, optionValues } from './protocol.ts';
export { ListenError, type Served, type ServeOptions, serve } from './serve.ts';
export { inOrder, type NamedRole, namesOfRoles, roleOf } from './servers.ts';
export { type FoundSmallest, findSmallest, promiseOf } from './smallest.ts';
export { stateOf } from './state.ts';
export { assertBody, type BodyOptions, type BodyResult, checkBody } from './testing/body.ts';
export { assertHolds, type CheckOptions, type CheckResult, check, SimulationError } from './testing/check.ts';
export type { Command } from './testing/commands.ts';
export { type InputOptions, ScenarioError, type ScenarioValue } from './testing/input.ts';
export type { SeedOptions, Seeds } from './testing/seeds.ts';
