/** The engine without content: what scenarios and reports build upon. */
export type {
  BankClient,
  BookingClient,
  Clients,
  ClockClient,
  IdClient,
  KvClient,
  MembershipClient,
  Option,
  OptionsOf,
  OptionTable,
  Protocol,
  Role,
  Value,
} from '../protocols/protocol.ts';
export * from './check/index.ts';
export { Choices, type Tape } from './kernel/choices.ts';
export { type Limits as LoopLimits, limitsDefault, type Pump, type Stop } from './kernel/loop.ts';
export type { TraceEvent } from './kernel/trace.ts';
export * from './search/ablation.ts';
export * from './search/catalogue.ts';
export * from './search/content.ts';
export * from './search/outcome.ts';
export type { Moment, Probe } from './search/probe.ts';
export type { Question, Reply, Session } from './search/recorder.ts';
export { type RunOptions, simulate } from './search/run.ts';
export * from './search/scenario/index.ts';
export {
  type Necessity,
  type ShrinkBudget,
  type ShrinkProgress,
  type Shrunk,
  type Size,
  shrink,
  shrinkBudgetDefault,
  type Trial,
} from './search/shrink/shrink.ts';
export { type Smallest, smallestOf } from './search/shrink/smallest.ts';
export { type Body, type Cast, Director } from './search/stage/director.ts';
export { type Backstage, directorId, type Stage } from './search/stage/stage.ts';
export type { FaultNow, Hosts, TestWorld, Trouble, VirtualTime } from './search/stage/test-world.ts';
export { type Telling, tellStory } from './search/story.ts';
export { judgeSweep, sometimesSeedsMin } from './search/sweep.ts';
export { epochUs } from './world/clock.ts';
export type * from './world/spec.ts';
export { World, type WorldHost, type WorldSpec } from './world/world.ts';
