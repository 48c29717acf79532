/** `skerry ablate`: which of the faults of a scenario ever change a verdict. */
import { type Ablation, ablationJson, ablationText } from '../../reports/index.ts';
import { ablationRow, Crew, type Loaded, loadedOf, sweep, variantsOf, version } from '../entry/main.ts';
import { jobCount, near, quoted, seedChoice, seedsOf } from './arguments.ts';
import { blamed } from './blame.ts';
import type { Command, Given, Session } from './command.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { Mistake } from './mistake.ts';
import { Progress } from './progress.ts';
import { loadScenarios } from './targets.ts';

const reporters = ['default', 'json'];

export const ablate: Command = {
  name: 'ablate',
  takes: '<scenario.yaml|folder …>',
  about: 'Take one kind of fault away at a time, and say which ever changed a verdict',
  options: {
    seeds: { value: 'N|FROM..TO', about: 'How many seeds, or which. Default: 20', example: '200' },
    jobs: { value: 'N', about: 'How many runs at a time. Default: one a processor', example: '4' },
    set: {
      value: 'KEY=VALUE',
      about: 'Replace a value of the scenario; may be repeated',
      example: 'network.loss=5%',
      repeatable: true,
    },
    reporter: { value: 'NAME', about: 'default: a table; json: one object a scenario', example: 'json' },
  },
  examples: [
    ['skerry ablate zoo/raft-forgets-vote --seeds 200', 'what it takes for a forgotten vote to show'],
  ],
  details:
    'A fault that is taken away is drawn as before and then not carried out, so that all others stay as they are.\nExit codes: 0 done, 64 bad arguments or scenario, 130 interrupted.',
  run: ablateCommand,
};

async function ablateCommand(given: Given, session: Session): Promise<ExitCode> {
  const reporter = given.text('reporter') ?? 'default';
  if (!reporters.includes(reporter)) {
    throw new Mistake(
      `there is no reporter ${quoted(reporter)} for this command`,
      near(reporter, reporters),
      `Reporters: ${reporters.join(', ')}.`,
    );
  }
  const choice = seedChoice(undefined, given.text('seeds'));
  const jobs = jobCount(given.text('jobs'));
  const { terminal, signal } = session;
  const scenarios = await loadScenarios(given.positional, { set: given.list('set') });
  const crew = new Crew();
  try {
    for (const [index, loaded] of scenarios.entries()) {
      const ablation = await ablated(loaded, seedsOf(choice, loaded.scenario.seeds), { crew, jobs }, session);
      if (signal.aborted || ablation === undefined) return exitCodes.interrupted;
      if (reporter === 'json') terminal.print(JSON.stringify(ablationJson(ablation, version()), null, 2));
      else terminal.print(`${index > 0 ? '\n' : ''}${ablationText(ablation, terminal)}`);
    }
  } finally {
    await crew.close();
  }
  return exitCodes.ok;
}

/** Undefined if it was interrupted. */
async function ablated(
  loaded: Loaded,
  seeds: readonly string[],
  who: { readonly crew: Crew; readonly jobs: number },
  session: Session,
): Promise<Ablation | undefined> {
  const variants = variantsOf(loaded.scenario);
  const startMs = performance.now();
  let done = 0;
  let events = 0;
  let failures = 0;
  let title = loaded.name;
  const progress = new Progress(session.terminal, () => ({
    scenario: title,
    position: [1, 1],
    done,
    total: seeds.length * (variants.length + 1),
    events,
    failures,
    isFailureExpected: true,
    elapsedMs: performance.now() - startMs,
  }));
  const run = async (own: Loaded) => {
    const swept = await sweep(own, {
      ...who,
      seeds,
      signal: session.signal,
      onOutcome: (outcome) => {
        done += 1;
        events += outcome.events;
        if (outcome.verdict === 'broken') failures += 1;
      },
    });
    return swept.outcomes;
  };
  try {
    const baseline = await run(loaded);
    const broken = baseline.filter(({ verdict }) => verdict === 'broken');
    const rows: Ablation['rows'][number][] = [];
    for (const { without, scenario } of variants) {
      if (session.signal.aborted) return undefined;
      title = `${loaded.name} without ${without}`;
      const loading = await loadedOf(loaded.name, loaded.file, scenario);
      if (!loading.ok) throw new Error(`${loaded.name} cannot be loaded again`);
      rows.push(ablationRow(without, baseline, await run(loading.loaded)));
    }
    const counts = new Map<string, number>();
    for (const { violations } of broken)
      for (const { check } of violations) counts.set(check, (counts.get(check) ?? 0) + 1);
    const checks = [...counts].sort(([, left], [, right]) => right - left).map(([check]) => check);
    return {
      scenario: loaded.name,
      seeds: baseline.length,
      broken: broken.map(({ seed }) => seed),
      checks,
      rows,
    };
  } catch (error) {
    throw blamed(error, loaded);
  } finally {
    progress.stop();
  }
}
