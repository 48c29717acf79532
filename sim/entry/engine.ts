/** Composes engine, catalogue and platform: loads scenarios, runs them in workers, judges the sweep. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { catalogue } from '../../scenarios/catalogue.ts';
import {
  isModulePath,
  judgeSweep,
  type Outcome,
  type Problem,
  parseScenario,
  protocolNameOf,
  protocolNameOfValue,
  type RunOptions,
  readScenario,
  type Scenario,
  type ShrinkBudget,
  type ShrinkProgress,
  type Shrunk,
  type Sweep,
  withModule,
} from '../index.ts';
import { FailureFileError, readFailure } from '../platform/failures.ts';
import { type LoadedModule, loadModule, ModuleError } from '../platform/modules.ts';
import { type Crew, withCrew } from './crew.ts';
import type { Difference } from './difference.ts';
import type { Job, JobResult } from './job.ts';
import { ownProgramHash } from './program.ts';

/** A scenario, ready to run. */
export interface Loaded {
  /** As reports call it: `raft/partition`. */
  readonly name: string;
  /** Where it came from, as it was asked for. */
  readonly file: string;
  readonly scenario: Scenario;
  /** SHA-256 in hexadecimal of the scenario's value. */
  readonly hash: string;
  /** The user's module that its protocol comes from. */
  readonly module?: string;
  /** The source files of that module, for failure files. */
  readonly modules: readonly string[];
  /** SHA-256 in hexadecimal of all code that decides a run. */
  readonly programHash: string;
  /**
   * It comes from a failure file: it is run with its own seed, unless others are asked for. `shrunk`: it is the smallest
   * failure in the file.
   */
  readonly regression?: 'shrunk' | 'whole';
}

export type Loading =
  | { readonly ok: true; readonly loaded: Loaded }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface LoadOptions {
  /** Values written over those of the file: `network.loss=5%`. */
  readonly set?: readonly string[];
}

/** Loads a scenario file or module. Whatever is wrong with it is a problem with its place. */
export async function loadScenario(file: string, options: LoadOptions = {}): Promise<Loading> {
  const set = options.set ?? [];
  try {
    if (/\.json$/i.test(file)) return await loadRegression(file, set);
    if (isModulePath(file) && /\.[cm]?[jt]s$/.test(file)) {
      const module = await loadModule(file, { wanted: ['default', 'scenario'] });
      const value = module.exports.scenario ?? module.exports.default;
      return await parsed(file, protocolNameOfValue(value, set), (content) =>
        readScenario(value, { file, catalogue: content, set }),
      );
    }
    const text = await readFile(file, 'utf8');
    return await parsed(file, protocolNameOf(text, set), (content) =>
      parseScenario(text, { file, catalogue: content, set }),
    );
  } catch (error) {
    if (error instanceof ModuleError) return { ok: false, problems: error.problems };
    if (error instanceof FailureFileError) {
      return { ok: false, problems: [{ file, message: error.reason }] };
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const message = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    return { ok: false, problems: [{ file, message }] };
  }
}

/** A scenario that is at hand as a value, as a failure file keeps it. `module` is its protocol's, if a user's. */
export async function loadedOf(name: string, file: string, scenario: Scenario): Promise<Loading> {
  const module = isModulePath(scenario.protocol)
    ? await loadModule(scenario.protocol, { from: dirname(file) })
    : undefined;
  return { ok: true, loaded: await completed(name, file, scenario, module) };
}

/**
 * A failure file as a scenario: the smallest failure in it if there is one, with its seed. It expects what the file says
 * in `expect`.
 */
async function loadRegression(file: string, set: readonly string[]): Promise<Loading> {
  const failed = (message: string): Loading => ({ ok: false, problems: [{ file, message }] });
  if (set.length > 0) return failed('--set goes with a scenario, not with a failure file');
  const { scenario, shrunk, seed, expect, violations } = await readFailure(file);
  const whole: Scenario = shrunk?.scenario ?? scenario.value;
  const by = shrunk?.check ?? violations[0]?.check;
  const value: Scenario = {
    ...whole,
    seeds: [shrunk?.seed ?? seed],
    expect: expect === 'held' ? { verdict: 'held' } : { verdict: 'broken', ...(by !== undefined && { by }) },
    atLeast: { operations: 0, overlapping: [0, 1], faults: 0 },
  };
  const loading = await loadedOf(nameOf(file), scenario.file, value);
  const regression = shrunk === undefined ? 'whole' : 'shrunk';
  return loading.ok ? { ok: true, loaded: { ...loading.loaded, file, regression } } : loading;
}

async function parsed(
  file: string,
  protocol: string | undefined,
  parse: (content: typeof catalogue) => ReturnType<typeof parseScenario>,
): Promise<Loading> {
  let content = catalogue;
  let module: LoadedModule | undefined;
  if (protocol !== undefined && isModulePath(protocol)) {
    module = await loadModule(protocol, { from: dirname(file) });
    const added = withModule(catalogue, protocol, module.exports);
    if (!added.ok) return { ok: false, problems: [{ file, message: added.message }] };
    content = added.catalogue;
  }
  const result = parse(content);
  if (!result.ok) return result;
  return { ok: true, loaded: await completed(nameOf(file), file, result.scenario, module) };
}

async function completed(
  name: string,
  file: string,
  scenario: Scenario,
  module: LoadedModule | undefined,
): Promise<Loaded> {
  const own = await ownProgramHash();
  return {
    name,
    file,
    scenario,
    hash: sha256(JSON.stringify(scenario)),
    ...(module === undefined ? {} : { module: module.file }),
    modules: module?.modules ?? [],
    programHash: module === undefined ? own : sha256(own + module.hash),
  };
}

/** `scenarios/raft/partition.yaml` is `raft/partition`. */
function nameOf(file: string): string {
  const own = basename(file).replace(/(\.scenario)?\.[a-z]+$/i, '');
  const folder = basename(dirname(resolve(file)));
  return folder === 'scenarios' || folder === '' ? own : `${folder}/${own}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Whose workers do it; without a crew they are hired for this alone. */
interface Hiring {
  readonly crew?: Crew;
}

export interface SweepOptions extends Hiring {
  readonly seeds: readonly string[];
  /** Workers. The result does not depend on it. */
  readonly jobs: number;
  /** Stop at the first seed, in the order of the seeds, that breaks. */
  readonly bail?: boolean;
  /** Real milliseconds after which no more seeds are waited for. */
  readonly budgetMs?: number;
  /** Real milliseconds at one event until a run counts as stuck. */
  readonly watchdogMs?: number;
  readonly signal?: AbortSignal;
  /** Run every seed twice, with another one in between, and compare. */
  readonly checkDeterminism?: boolean;
  /** Called as outcomes come in, in any order. */
  onOutcome?(outcome: Outcome, done: number, total: number): void;
}

export interface SweepResult extends Sweep {
  /** Seeds that did not give the same run twice. */
  readonly nondeterministic: readonly ({ readonly seed: string } & Difference)[];
}

/** Runs a scenario with many seeds, in workers. */
export async function sweep(loaded: Loaded, options: SweepOptions): Promise<SweepResult> {
  const { seeds } = options;
  const results: (JobResult | undefined)[] = seeds.map(() => undefined);
  const ending = new AbortController();
  const end = () => ending.abort();
  options.signal?.addEventListener('abort', end, { once: true });
  if (options.signal?.aborted) end();
  const timer = options.budgetMs === undefined ? undefined : setTimeout(end, options.budgetMs);
  let last = seeds.length - 1;
  let done = 0;
  const note = (index: number, result: JobResult) => {
    results[index] = result;
    done += 1;
    options.onOutcome?.(result.outcome, done, seeds.length);
    if (options.bail && result.outcome.verdict === 'broken') last = Math.min(last, index);
    // Seeds before the first broken one are under way already: they decide whether it stays the first.
    if (last < seeds.length - 1 && results.slice(0, last + 1).every((known) => known !== undefined)) end();
  };
  try {
    const job = (seed: string): Job => ({ seed, ...(options.checkDeterminism ? { twice: true } : {}) });
    await withCrew(options.crew, (crew) =>
      crew.run(loaded, {
        jobs: seeds.map(job),
        workers: options.jobs,
        onResult: note,
        onStuck: (index, event) => stuck(seeds[index]!, event),
        signal: ending.signal,
        ...watched(options.watchdogMs),
      }),
    );
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', end);
  }
  const kept = results.slice(0, last + 1).filter((result) => result !== undefined);
  const outcomes = kept.map(({ outcome }) => outcome);
  return {
    scenario: loaded.name,
    file: loaded.file,
    outcomes,
    ...judgeSweep(loaded.scenario, outcomes),
    nondeterministic: kept.flatMap(({ outcome: { seed }, difference }) =>
      difference === undefined ? [] : [{ seed, ...difference }],
    ),
  };
}

/** Runs one seed and keeps everything: trace, history and tape. */
export async function runFully(
  loaded: Loaded,
  seed: string,
  options: Pick<RunOptions, 'replay' | 'untilUs'> & Hiring & { readonly watchdogMs?: number } = {},
): Promise<Outcome> {
  const job: Job = {
    seed,
    record: 'full',
    ...(options.untilUs !== undefined && { untilUs: options.untilUs }),
    ...(options.replay === undefined ? {} : { replay: options.replay }),
  };
  return (await runOne(loaded, job, options))!.outcome;
}

/** Undefined if it was aborted. */
async function runOne(
  loaded: Loaded,
  job: Job,
  { crew, watchdogMs, signal }: Hiring & Pick<SweepOptions, 'watchdogMs' | 'signal'>,
): Promise<JobResult | undefined> {
  let result: JobResult | undefined;
  await withCrew(crew, (hired) =>
    hired.run(loaded, {
      jobs: [job],
      workers: 1,
      onResult: (_, done) => {
        result = done;
      },
      onStuck: (_, event) => stuck(job.seed, event),
      ...watched(watchdogMs),
      ...(signal && { signal }),
    }),
  );
  return result;
}

const watched = (watchdogMs: number | undefined) => (watchdogMs === undefined ? {} : { watchdogMs });

/** What became of shrinking a failure, and the run that it started from. */
export interface Shrinking {
  readonly outcome: Outcome;
  /** Undefined if the seed does not break, or its run cannot be written out as a script. */
  readonly shrunk: Shrunk | undefined;
}

/** Makes the failure of a seed as small as the budget allows, in a worker. */
export async function shrinkSeed(
  loaded: Loaded,
  seed: string,
  options: {
    readonly budget?: Partial<ShrinkBudget>;
    readonly onProgress?: (progress: ShrinkProgress) => void;
    readonly signal?: AbortSignal;
  } & Hiring = {},
): Promise<Shrinking> {
  const progress = new Int32Array(new SharedArrayBuffer(16));
  const job: Job = { seed, shrink: { budget: options.budget ?? {}, progress } };
  const timer = setInterval(() => {
    const [runs = 0, faults = 0, operations = 0, nodes = 0] = progress;
    options.onProgress?.({ runs, faults, operations, nodes });
  }, 100);
  let result: JobResult | undefined;
  try {
    result = await runOne(loaded, job, options);
  } finally {
    clearInterval(timer);
  }
  return { outcome: result?.outcome ?? stuck(seed, 0).outcome, shrunk: result?.shrunk };
}

/** What is known of a run that never came back from an event. */
function stuck(seed: string, event: number): JobResult {
  const message = `event ${event} never ended: a program loops without an end, or awaits in an endless loop`;
  return {
    outcome: {
      seed,
      verdict: 'broken',
      violations: [{ check: 'no-livelock', message }],
      reasons: [],
      fingerprint: '0'.repeat(16),
      events: event,
      virtualUs: 0,
      wallMs: 0,
      faults: {},
      messages: { sent: 0, delivered: 0, lost: 0, duplicated: 0 },
      operations: { invoked: 0, ok: 0, fail: 0, info: 0, overlapping: 0 },
      sometimes: {},
    },
  };
}
