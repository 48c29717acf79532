/** `skerry run`: scenarios, each with many seeds. */
import { type Result, statusOf } from '../../reports/index.ts';
import { Crew, type Loaded, type SweepResult, sweep } from '../entry/main.ts';
import {
  jobCount,
  milliseconds,
  named,
  type SeedChoice,
  seedChoice,
  seedsDefault,
  seedsOf,
} from './arguments.ts';
import { blamed } from './blame.ts';
import type { Command, Given, Session } from './command.ts';
import { codeOf, type ExitCode, exitCodes, exitCodesHelp, worst } from './exit.ts';
import { lookCloser, lookQuickly, type Shrinking } from './findings.ts';
import { Mistake } from './mistake.ts';
import { Output, outputOptions } from './output.ts';
import { Progress } from './progress.ts';
import { shrinkBudget } from './shrinking.ts';
import { loadScenarios } from './targets.ts';

export const run: Command = {
  name: 'run',
  takes: '<scenario.yaml|folder …>',
  about: 'Run scenarios, each with many seeds, and judge what happened',
  options: {
    seed: { value: 'S', about: 'Run this seed and no other', example: '42' },
    seeds: {
      value: 'N|FROM..TO',
      about: `How many seeds, or which; the file's own come first. Default: ${seedsDefault}`,
      example: '1..5000',
    },
    jobs: { value: 'N', about: 'How many runs at a time. Default: one a processor', example: '4' },
    bail: { about: 'Stop at the first seed that breaks' },
    budget: { value: 'TIME', about: 'Stop after so much real time, shared by the scenarios', example: '60s' },
    filter: {
      value: 'TEXT',
      short: 't',
      about: 'Only scenarios whose name contains this',
      example: 'partition',
    },
    set: {
      value: 'KEY=VALUE',
      about: 'Replace a value of the scenario; may be repeated',
      example: 'network.loss=5%',
      repeatable: true,
    },
    shrink: { about: 'Shrink failures that are expected, too' },
    'no-shrink': { about: 'Leave failures as they are' },
    'shrink-budget': {
      value: 'EVENTS|TIME',
      about:
        'What shrinking may cost for each scenario that fails, in events of its runs or in real time. Default: 3000000',
      example: '30s',
    },
    'check-determinism': { about: 'Run every seed twice and compare the runs' },
    ...outputOptions,
    watchdog: { value: 'TIME', about: 'Longest real time at one event', example: '10s', hidden: true },
  },
  examples: [
    ['skerry run scenarios/raft --seeds 1000', 'all scenarios of a folder, a thousand seeds each'],
    ['skerry run raft/partition --seed 42', 'one built-in scenario with one seed'],
    ['skerry run my.yaml --set network.loss=5% --budget 60s', 'more loss than the file says, for a minute'],
  ],
  details: `Failures are kept in .skerry/failures; skerry replay shows them again, skerry explain tells how they came
about. The first failure of a scenario that nobody expected is made smaller before it is told. A failure file
that is kept among scenarios is a regression: it is run with its own seed, the smallest failure in it if there
is one, and expects what it says in "expect", at first what its scenario did: held, so that it fails until the
mistake is gone and guards from then on; write broken for a mistake that is known and stays.\n${exitCodesHelp}`,
  run: runCommand,
};

interface Plan {
  readonly seeds: SeedChoice;
  /** Whether seeds were asked for: otherwise a regression is run with its own. */
  readonly hasSeeds: boolean;
  readonly jobs: number;
  readonly bail: boolean;
  readonly budgetMs: number | undefined;
  readonly watchdogMs: number | undefined;
  readonly checkDeterminism: boolean;
  readonly set: readonly string[];
  readonly shrink: Shrinking;
}

const shrinkEventsDefault = 3_000_000;

function shrinkingOf(given: Given): Shrinking {
  const [all, none] = [given.flag('shrink'), given.flag('no-shrink')];
  if (all && none) throw new Mistake('--shrink and --no-shrink exclude each other', 'Give one of them.');
  const budget = shrinkBudget('shrink-budget', given.text('shrink-budget'), shrinkEventsDefault);
  return { what: all ? 'all' : none ? 'nothing' : 'unexpected', budget };
}

function planOf(given: Given): Plan {
  return {
    shrink: shrinkingOf(given),
    seeds: seedChoice(given.text('seed'), given.text('seeds')),
    hasSeeds: given.list('seed').length + given.list('seeds').length > 0,
    jobs: jobCount(given.text('jobs')),
    bail: given.flag('bail'),
    budgetMs: milliseconds('budget', given.text('budget')),
    watchdogMs: milliseconds('watchdog', given.text('watchdog')),
    checkDeterminism: given.flag('check-determinism'),
    set: given.list('set'),
  };
}

async function runCommand(given: Given, session: Session): Promise<ExitCode> {
  const plan = planOf(given);
  const filter = given.text('filter');
  const scenarios = named(await loadScenarios(given.positional, plan), filter);
  const output = new Output(given, session.terminal, scenarios);
  const startMs = performance.now();
  const codes: ExitCode[] = [];
  const crew = new Crew();
  try {
    for (const [index, loaded] of scenarios.entries()) {
      if (session.signal.aborted) break;
      const spentMs = performance.now() - startMs;
      // What one scenario does not use up is left for those after it.
      const shareMs = plan.budgetMs && Math.max(1, (plan.budgetMs - spentMs) / (scenarios.length - index));
      const place = { position: [index + 1, scenarios.length], budgetMs: shareMs } as const;
      const result = await runScenario(loaded, plan, session, crew, place);
      output.result(result);
      const status = statusOf(result);
      codes.push(codeOf(status));
      if (plan.bail && status === 'failed') break;
    }
  } finally {
    await crew.close();
  }
  await output.end();
  if (session.signal.aborted) codes.push(exitCodes.interrupted);
  return worst(codes);
}

interface Place {
  /** Which of how many scenarios, from 1. */
  readonly position: readonly [index: number, count: number];
  readonly budgetMs: number | undefined;
}

async function runScenario(
  loaded: Loaded,
  plan: Plan,
  session: Session,
  crew: Crew,
  { position, budgetMs }: Place,
): Promise<Result> {
  const seeds =
    loaded.regression !== undefined && !plan.hasSeeds
      ? [...loaded.scenario.seeds]
      : seedsOf(plan.seeds, loaded.scenario.seeds);
  const startMs = performance.now();
  let done = 0;
  let events = 0;
  let failures = 0;
  const progress = new Progress(session.terminal, () => ({
    scenario: loaded.name,
    position,
    done,
    total: seeds.length,
    events,
    failures,
    isFailureExpected: loaded.scenario.expect.verdict === 'broken',
    elapsedMs: performance.now() - startMs,
    ...(budgetMs !== undefined && { limitMs: budgetMs }),
  }));
  try {
    const swept = await sweep(loaded, {
      crew,
      seeds,
      jobs: plan.jobs,
      bail: plan.bail,
      checkDeterminism: plan.checkDeterminism,
      signal: session.signal,
      ...(budgetMs !== undefined && { budgetMs }),
      ...(plan.watchdogMs !== undefined && { watchdogMs: plan.watchdogMs }),
      onOutcome: (outcome, count) => {
        done = count;
        events += outcome.events;
        if (outcome.verdict === 'broken') failures += 1;
      },
    });
    const wallMs = performance.now() - startMs;
    // From here on the line tells how far shrinking is.
    progress.stop();
    return await resultOf(loaded, swept, plan, { seedsAsked: seeds.length, wallMs }, session, crew);
  } catch (error) {
    throw blamed(error, loaded);
  } finally {
    progress.stop();
  }
}

async function resultOf(
  loaded: Loaded,
  swept: SweepResult,
  plan: Plan,
  figures: { readonly seedsAsked: number; readonly wallMs: number },
  { signal, terminal }: Session,
  crew: Crew,
): Promise<Result> {
  const { outcomes } = swept;
  const isShort = outcomes.length < figures.seedsAsked;
  const isBroken = outcomes.some(({ verdict }) => verdict === 'broken');
  // Whoever interrupts does not want to wait for more runs.
  const seen = signal.aborted
    ? { findings: lookQuickly(loaded, outcomes, plan.set), nondeterministic: [] }
    : await lookCloser(loaded, outcomes, {
        ...{ crew, set: plan.set, terminal, signal, shrink: plan.shrink },
        ...(plan.watchdogMs !== undefined && { watchdogMs: plan.watchdogMs }),
      });
  const stopped = signal.aborted ? 'interrupt' : plan.bail && isBroken ? 'bail' : 'budget';
  return {
    sweep: swept,
    scenario: loaded.scenario,
    ...figures,
    ...(isShort && { stopped }),
    findings: seen.findings,
    nondeterministic: [...swept.nondeterministic, ...seen.nondeterministic],
  };
}
