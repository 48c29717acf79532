/** Scenarios: the value that describes a sweep, and how people write it. */
export { type FaultPage, faultKinds, faultPages } from './faults/kinds.ts';
export { changesMembers, clientIds, operatorId, serverIds, spareIds } from './hosts.ts';
export { editDistance, hintFor, listed, nearest } from './nearest.ts';
export { targetsAbout } from './notation.ts';
export {
  defineScenario,
  type Parsed,
  type ParseOptions,
  parseScenario,
  protocolNameOf,
  protocolNameOfValue,
  readScenario,
} from './parse.ts';
export { formatPath, formatProblem, type Problem } from './problem.ts';
export type {
  AtLeast,
  CheckSpec,
  Expectation,
  Limits,
  OptionValues,
  Scenario,
  ScriptedOperation,
  WorkloadSpec,
} from './scenario.ts';
export { type ScenarioFile, scenarioJsonSchema } from './schema.ts';
export { formatDuration, formatOdds, parseDuration, parseOdds, type Reading } from './units.ts';
export { formatScenario, writeScenario } from './write.ts';
