/** What a worker does: one run of one scenario with one seed. */
import {
  type Content,
  type Outcome,
  type Probe,
  type RunOptions,
  type Scenario,
  type ShrinkBudget,
  type Shrunk,
  shrink,
  type Trial,
} from '../index.ts';
import { holdGuards } from '../platform/guards.ts';
import type { JobContext } from '../platform/job.ts';
import { Comparison, type Difference } from './difference.ts';
import { contentFor, runGuarded } from './guarded.ts';

/** The same for all jobs of a sweep. */
export interface Shared {
  readonly scenario: Scenario;
  /** The user's module that the scenario's protocol comes from. */
  readonly module?: string;
}

export interface Job {
  readonly seed: string;
  readonly record?: 'lean' | 'full';
  readonly replay?: RunOptions['replay'];
  readonly untilUs?: number;
  /** Run it again after another seed, and compare. */
  readonly twice?: boolean;
  /** Make the failure of this seed smaller. `progress` is shared memory: runs, faults, operations and servers so far. */
  readonly shrink?: { readonly budget: Partial<ShrinkBudget>; readonly progress: Int32Array };
}

export interface JobResult {
  readonly outcome: Outcome;
  /** How the second run differed from the first. */
  readonly difference?: Difference;
  /** What became of shrinking; absent if nothing could be done. */
  readonly shrunk?: Shrunk;
}

// Held for the life of the worker: modules that are loaded later cannot keep unguarded functions of Node's.
holdGuards(() => {});

let loaded: { readonly shared: unknown; readonly content: Promise<Content> } | undefined;

export async function work(job: Job, context: JobContext): Promise<JobResult> {
  const shared = context.shared as Shared;
  if (loaded?.shared !== shared) loaded = { shared, content: contentFor(shared.scenario, shared.module) };
  const content = await loaded.content;
  const run = (seed: string, record: 'lean' | 'full', probe?: Probe) =>
    runGuarded(
      shared.scenario,
      seed,
      content,
      {
        record,
        ...(job.replay === undefined ? {} : { replay: job.replay }),
        ...(job.untilUs === undefined ? {} : { untilUs: job.untilUs }),
        ...(probe === undefined ? {} : { probe }),
      },
      context.beacon,
    );
  if (job.shrink !== undefined) return shrunken(job, shared.scenario, content, context);
  if (!job.twice) return { outcome: await run(job.seed, job.record ?? 'lean') };
  const comparison = new Comparison();
  const outcome = await run(job.seed, 'full', comparison.first);
  await run(`${job.seed}, another`, 'lean');
  const again = await run(job.seed, 'full', comparison.second);
  const difference = comparison.difference(outcome, again);
  const { full, ...lean } = outcome;
  return { outcome: job.record === 'full' ? outcome : lean, ...(difference !== undefined && { difference }) };
}

async function shrunken(
  { seed, shrink: how }: Job,
  scenario: Scenario,
  content: Content,
  { beacon }: JobContext,
): Promise<JobResult> {
  const trial: Trial = (own, ownSeed, record, replay) =>
    runGuarded(own, ownSeed, content, { record, ...(replay !== undefined && { replay }) }, beacon);
  const outcome = await trial(scenario, seed, 'full');
  const shrunk = await shrink(scenario, outcome, trial, {
    nowMs: () => performance.now(),
    takesScript: content.workloads.get(scenario.workload.type)?.performer !== undefined,
    budget: how!.budget,
    onProgress: ({ runs, faults, operations, nodes }) => how!.progress.set([runs, faults, operations, nodes]),
  });
  return { outcome, ...(shrunk !== undefined && { shrunk }) };
}
