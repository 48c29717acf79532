/** Scenarios in tests: `check` returns what became of them, `assertHolds` throws it. */
import { availableParallelism } from 'node:os';
import { judgeSweep, type Outcome, type Sweep } from '../../index.ts';
import { firstDifference } from '../difference.ts';
import { runFully, sweep } from '../engine.ts';
import { runGuarded } from '../guarded.ts';
import { type Command, callingPlace, type Place } from './commands.ts';
import { type Input, type InputOptions, inputOf, type ScenarioValue } from './input.ts';
import { type SeedOptions, seedInFocus, seedsFor } from './seeds.ts';
import { scenarioCommand, showTrace, type Told, tell, tellSweep, testCommands } from './told.ts';

export interface CheckOptions extends SeedOptions, InputOptions {
  /**
   * How many workers run it. 0, the default for a value, runs it in this thread: a few milliseconds for a small scenario,
   * and the only way for a protocol that is a value. A file has one worker a processor unless given.
   */
  readonly jobs?: number;
  /** Real milliseconds after which no more seeds are begun. */
  readonly budgetMs?: number;
  /** Stop at the first seed that breaks. */
  readonly bail?: boolean;
  /** Run every seed twice, with another one in between, and compare. */
  readonly twice?: boolean;
}

/** What became of a scenario, as data. */
export interface CheckResult extends Sweep {
  /** Its verdict is what it expects (`held` unless it says otherwise), and every run was repeatable. */
  readonly ok: boolean;
  /** Seeds that broke although none was to, or by another check than was expected. */
  readonly failing: readonly string[];
  /** Seeds that did not give the same run twice, or used real time or chance. */
  readonly nondeterministic: readonly { readonly seed: string; readonly message: string }[];
  /** The names of the checks that were judged. */
  readonly checks: readonly string[];
  /** The first seed that failed: its run in full, its story. Absent if all is well. */
  readonly failure?: Pick<Told, 'outcome' | 'story'>;
  /** What failed, in words: the message of `assertHolds`. Empty if all is well. */
  readonly text: string;
  /** What to type to see it again. Empty if all is well. */
  readonly commands: readonly Command[];
}

/** A scenario or a test of one that is not as it should be: the message is the whole story. */
export class SimulationError extends Error {
  override readonly name: string = 'SimulationError';
  /** Undefined if no single seed is to blame. */
  readonly seed: string | undefined;
  readonly commands: readonly Command[];
  constructor(message: string, { seed, commands = [], frames = [] }: Blame = {}) {
    super(message);
    this.seed = seed;
    this.commands = commands;
    // Where skerry noticed helps nobody.
    if (frames.length > 0) this.stack = `${this.name}: ${message}\n${frames.join('\n')}`;
  }
}

interface Blame {
  readonly seed?: string;
  readonly commands?: readonly Command[];
  /** Lines of a stack. */
  readonly frames?: readonly string[];
}

/**
 * Runs a scenario, a file or a value, with many seeds. Failing is a result, not an error.
 * @throws ScenarioError if it is no scenario; RangeError if `seeds` are none
 */
export function check(scenario: string | ScenarioValue, options: CheckOptions = {}): Promise<CheckResult> {
  return checkAt(callingPlace(), scenario, options);
}

/**
 * Runs a scenario with many seeds, up to the first that fails.
 * @throws SimulationError whose message tells the seed, what broke, how it came about, and how to run it again
 */
export function assertHolds(scenario: string | ScenarioValue, options: CheckOptions = {}): Promise<void> {
  const place = callingPlace();
  return checkAt(place, scenario, { bail: true, ...options }).then((result) => throwUnlessOk(place, result));
}

/** @throws SimulationError that tells what became of it */
export function throwUnlessOk({ frames = [] }: Place, { ok, text, commands, failure }: CheckResult): void {
  if (ok) return;
  throw new SimulationError(text, { commands, frames, ...(failure && { seed: failure.outcome.seed }) });
}

export async function checkAt(
  place: Place,
  scenario: string | ScenarioValue,
  options: CheckOptions,
): Promise<CheckResult> {
  const input = await inputOf(scenario, options);
  const seeds = seedsFor(options, input.scenario.seeds);
  const { outcomes, differences } = await runs(input, seeds, options);
  const judged = judgeSweep(input.scenario, outcomes);
  const escaped = outcomes.flatMap(({ seed, escape: reached }) =>
    reached === undefined ? [] : [{ seed, message: `${reached.host} used ${reached.what}` }],
  );
  const nondeterministic = [...differences, ...escaped];
  const swept: Sweep = { scenario: input.name, file: input.file ?? input.name, outcomes, ...judged };
  const failing = surprising(input, outcomes);
  const ok = judged.expected && nondeterministic.length === 0;
  const common = {
    ...swept,
    ok,
    failing: failing.map(({ seed }) => seed),
    nondeterministic,
    checks: input.scenario.checks.map(({ name }) => name),
  };
  if (options.seed === undefined && seedInFocus() !== undefined) await look(input, seeds[0]!);
  if (ok) return { ...common, text: '', commands: [] };
  return { ...common, ...(await told(place, input, seeds, { swept, failing, nondeterministic }, options)) };
}

type Failing = Pick<CheckResult, 'nondeterministic'> & { swept: Sweep; failing: readonly Outcome[] };

async function told(
  place: Place,
  input: Input,
  seeds: readonly string[],
  { swept, failing, nondeterministic }: Failing,
  options: CheckOptions,
): Promise<Pick<CheckResult, 'failure' | 'text' | 'commands'>> {
  const doubtful =
    swept.verdict === 'unknown' ? swept.outcomes.find(({ verdict }) => verdict === 'unknown') : undefined;
  const blamed = (nondeterministic[0] ?? failing[0] ?? doubtful)?.seed;
  const fixed = options.seed !== undefined;
  const own = testCommands(place, blamed ?? seeds[0]!, seeds).slice(fixed || blamed === undefined ? 1 : 0);
  if (blamed === undefined) return { text: tellSweep(input.name, swept, own), commands: own };
  const outside = await scenarioCommand(input, blamed);
  const commands = outside === undefined ? own : [own[0]!, outside];
  const difference = nondeterministic.find(({ seed }) => seed === blamed)?.message;
  const outcome = await inFull(input, blamed, options);
  const { text, story } = tell(input.name, outcome, seeds, commands);
  const failure = { outcome, story };
  if (difference === undefined || outcome.escape !== undefined) return { failure, text, commands };
  const parted = `two runs of one seed were not the same: ${difference}`;
  return {
    failure,
    text: tellSweep(`${input.name}: seed ${blamed}`, { ...swept, reasons: [parted] }, commands),
    commands,
  };
}

const surprising = ({ scenario: { expect } }: Input, outcomes: readonly Outcome[]): Outcome[] =>
  outcomes.filter(({ verdict, violations }) => {
    if (verdict !== 'broken') return false;
    return expect.verdict === 'held' || (expect.by !== undefined && violations[0]?.check !== expect.by);
  });

/** Runs one seed and keeps everything. */
function inFull(input: Input, seed: string, options: CheckOptions): Promise<Outcome> {
  if (jobsFor(input, options, 1) > 0) return runFully(input.loaded!, seed);
  return runGuarded(input.scenario, seed, input.content, { record: 'full' });
}

async function look(input: Input, seed: string): Promise<void> {
  showTrace(input.name, await runGuarded(input.scenario, seed, input.content, { record: 'full' }));
}

function jobsFor({ loaded, file }: Input, { jobs }: CheckOptions, seeds: number): number {
  if (loaded === undefined) {
    if (jobs === undefined || jobs === 0) return 0;
    throw new RangeError(
      'a protocol, workload, check or model that is a value runs in this thread only: leave jobs away, or name a module',
    );
  }
  return Math.min(seeds, jobs ?? (file === undefined ? 0 : availableParallelism()));
}

async function runs(
  input: Input,
  seeds: readonly string[],
  options: CheckOptions,
): Promise<{ outcomes: readonly Outcome[]; differences: CheckResult['nondeterministic'] }> {
  const { bail = false, budgetMs, twice = false } = options;
  const jobs = jobsFor(input, options, seeds.length);
  if (jobs > 0) {
    const { outcomes, nondeterministic } = await sweep(input.loaded!, {
      ...{ seeds, jobs, bail, checkDeterminism: twice },
      ...(budgetMs !== undefined && { budgetMs }),
    });
    return { outcomes, differences: nondeterministic };
  }
  const startMs = performance.now();
  const outcomes: Outcome[] = [];
  const differences: { seed: string; message: string }[] = [];
  for (const seed of seeds) {
    if (budgetMs !== undefined && outcomes.length > 0 && performance.now() - startMs > budgetMs) break;
    const { outcome, difference } = await once(input, seed, twice);
    outcomes.push(outcome);
    if (difference !== undefined) differences.push({ seed, message: difference });
    if (bail && (outcome.verdict === 'broken' || outcome.escape !== undefined)) break;
  }
  return { outcomes, differences };
}

async function once({ scenario, content }: Input, seed: string, twice: boolean) {
  if (!twice) return { outcome: await runGuarded(scenario, seed, content), difference: undefined };
  const first = await runGuarded(scenario, seed, content, { record: 'full' });
  await runGuarded(scenario, `${seed}, another`, content);
  const again = await runGuarded(scenario, seed, content, { record: 'full' });
  const { full: _, ...outcome } = first;
  return { outcome, difference: firstDifference(first, again) };
}
