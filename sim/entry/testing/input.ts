/** What a test may give as a scenario: a file, or a value with a protocol of its own in it. */
import { resolve } from 'node:path';
import type { HostId } from '../../../protocols/host.ts';
import { catalogue } from '../../../scenarios/catalogue.ts';
import {
  type Check,
  type Content,
  formatProblem,
  isModulePath,
  type Model,
  type ModelInfo,
  type Problem,
  type Protocol,
  readScenario,
  type Scenario,
  type ScenarioFile,
  type Workload,
  withModule,
} from '../../index.ts';
import { loadModule } from '../../platform/modules.ts';
import { type Loaded, loadedOf, loadScenario } from '../engine.ts';
import { contentFor } from '../guarded.ts';

/** One operation of a client, as a scenario file writes it. */
export interface ScriptLine {
  readonly client: HostId;
  /** It begins then, or when its client is done with the one before. */
  readonly at: string;
  readonly f: string;
  readonly key?: string;
  readonly value?: unknown;
}

/** What clients do; further keys are options of the workload. */
export interface WorkloadValue {
  readonly type?: string;
  readonly clients?: number;
  /** Operations a second, of all clients together. */
  readonly rate?: number;
  readonly keys?: number;
  readonly script?: readonly ScriptLine[];
  readonly [option: string]: unknown;
}

/** A scenario as a file would say it; the protocol may be at hand as a value. */
export type ScenarioValue = Omit<ScenarioFile, 'schema' | 'name' | 'protocol' | 'workload'> & {
  readonly workload?: WorkloadValue;
  readonly schema?: 1;
  readonly name?: string;
  /** A name of the catalogue, the path of a module, or a protocol. */
  readonly protocol: string | Protocol;
};

export interface InputOptions {
  /** Values written over those of the scenario: `network.loss=5%`. */
  readonly set?: readonly string[];
  /** Besides the built-in ones; one of the same name replaces it. */
  readonly workloads?: readonly Workload[];
  readonly checks?: readonly Check[];
  readonly models?: readonly (Model & ModelInfo)[];
}

/** A scenario that can be run in this thread, and perhaps in others. */
export interface Input {
  readonly name: string;
  readonly scenario: Scenario;
  readonly content: Content;
  /** Undefined if it holds functions of this thread: no worker could run it. */
  readonly loaded?: Loaded;
  /** The scenario file, if there is one, and what is set over it. */
  readonly file?: string;
  readonly set: readonly string[];
}

/** A scenario that cannot be read. The message says what is wrong, where, and what to write instead. */
export class ScenarioError extends TypeError {
  override readonly name = 'ScenarioError';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** @throws ScenarioError if it is no scenario */
export async function inputOf(
  given: string | ScenarioValue,
  options: InputOptions,
  adapt?: (protocol: Protocol) => Protocol,
): Promise<Input> {
  const { set = [] } = options;
  if (typeof given === 'string') {
    const loading = await loadScenario(given, { set });
    if (!loading.ok) throw new ScenarioError(loading.problems);
    const { loaded } = loading;
    const { name, scenario } = loaded;
    return { name, scenario, content: await contentFor(scenario, loaded.module), loaded, file: given, set };
  }
  const { content, value, isPortable } = await contentWith(given, options, adapt);
  const { name } = value;
  const parsed = readScenario(value, { file: name, catalogue: content, set });
  if (!parsed.ok) throw new ScenarioError(parsed.problems);
  const { scenario } = parsed;
  if (!isPortable) return { name, scenario, content, set };
  const loading = await loadedOf(name, resolve('scenario'), scenario);
  return { name, scenario, content, ...(loading.ok && { loaded: loading.loaded }), set };
}

/** What a module exports. */
interface Brought {
  readonly protocol?: Protocol | undefined;
  readonly default?: Protocol;
  readonly workloads?: readonly unknown[];
  readonly checks?: readonly unknown[];
  readonly models?: readonly unknown[];
}

/** The catalogue with everything that the scenario brings along, and the scenario with a name for its protocol. */
async function contentWith(
  { protocol, ...rest }: ScenarioValue,
  { workloads = [], checks = [], models = [] }: InputOptions,
  adapt: ((protocol: Protocol) => Protocol) | undefined,
): Promise<{ content: Content; value: { readonly name: string }; isPortable: boolean }> {
  const isValue = typeof protocol !== 'string';
  const called = isValue ? protocol.name : protocol;
  const value = { name: `a test of ${called}`, ...rest, schema: 1, protocol: called };
  const hasOwn = workloads.length + checks.length + models.length > 0;
  let theirs: Brought = { protocol: isValue ? protocol : catalogue.protocols.get(protocol) };
  if (!isValue && isModulePath(protocol)) theirs = (await loadModule(protocol, { from: '.' })).exports;
  const found = theirs.protocol ?? theirs.default;
  // A name that nobody knows is for the reader to tell.
  if (found === undefined && !isModulePath(called)) return { content: catalogue, value, isPortable: true };
  const added = withModule(catalogue, called, {
    protocol: found === undefined ? undefined : (adapt?.(found) ?? found),
    workloads: [...(theirs.workloads ?? []), ...workloads],
    checks: [...(theirs.checks ?? []), ...checks],
    models: [...(theirs.models ?? []), ...models],
  });
  if (!added.ok) throw new ScenarioError([{ file: value.name, message: added.message }]);
  return { content: added.catalogue, value, isPortable: !isValue && !hasOwn && adapt === undefined };
}
