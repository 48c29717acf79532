/** `skerry shrink`: a failure made small, as a scenario file that anybody can run. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { shrunkText } from '../../reports/index.ts';
import {
  catalogue,
  findSmallest,
  formatScenario,
  isModulePath,
  type Loaded,
  type Smallest,
} from '../entry/main.ts';
import { failurePath, readFailure } from '../platform/failures.ts';
import { shellWord } from './arguments.ts';
import { blamed } from './blame.ts';
import type { Command, Given, Session } from './command.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { asMistake, scenarioOf } from './failure.ts';
import { fileTrouble, Mistake } from './mistake.ts';
import { shrinkBudget, shrinkingLine } from './shrinking.ts';
import { oneScenario } from './targets.ts';

const eventsDefault = 10_000_000;

export const shrink: Command = {
  name: 'shrink',
  takes: '<failure.json | scenario --seed S>',
  about: 'Make a failure smaller: fewer faults, operations, servers, less time; the same check breaks',
  options: {
    seed: { value: 'S', about: 'With a scenario: the seed that breaks it', example: '17' },
    set: {
      value: 'KEY=VALUE',
      about: 'With a scenario: replace one of its values; may be repeated',
      example: 'network.loss=5%',
      repeatable: true,
    },
    budget: {
      value: 'EVENTS|TIME',
      about: 'Most events of all runs together, or longest real time. Default: 10000000',
      example: '2m',
    },
    output: {
      value: 'PATH',
      about: 'Where the small scenario goes. Default: .skerry/shrunk/',
      example: 'scenarios/regressions/lost-vote.yaml',
    },
  },
  examples: [
    ['skerry shrink .skerry/failures/raft-partition-17.json', 'a failure that a run has kept'],
    ['skerry shrink zoo/raft-forgets-vote --seed 74 --budget 1m', 'a seed that breaks a scenario'],
  ],
  details: `The result is a scenario file of its own: faults and operations stand in it one by one, its seed is pinned, and it
expects the check to break. Kept among your scenarios it is a regression test: change its expect to held
once the mistake is gone. Exit codes: 0 done, 1 the seed does not break, 64 bad arguments, 130 interrupted.`,
  run: shrinkCommand,
};

async function shrinkCommand(given: Given, session: Session): Promise<ExitCode> {
  given.atMost(1);
  const { terminal, signal } = session;
  const budget = shrinkBudget('budget', given.text('budget'), eventsDefault);
  const { loaded, seed } = await failing(given);
  const line = shrinkingLine(terminal, loaded.name, seed);
  const { outcome, smallest, doubt } = await findSmallest(loaded, seed, {
    budget,
    onProgress: line.show,
    signal,
  })
    .catch((error) => {
      throw blamed(error, loaded);
    })
    .finally(line.stop);
  if (signal.aborted) return exitCodes.interrupted;
  const { strong, bad } = terminal.palette;
  if (outcome.verdict !== 'broken') {
    terminal.print(`${strong(loaded.name)}  seed ${seed} does not break: there is nothing to shrink`);
    return exitCodes.violation;
  }
  if (smallest === undefined) {
    terminal.print(`${strong(loaded.name)}  seed ${seed} breaks, and stays as it is: ${doubt}`);
    return exitCodes.violation;
  }
  const path =
    given.text('output') ?? failurePath(loaded.name, seed).replace(/failures(.*)\.json$/, 'shrunk$1.yaml');
  await keep(smallest, loaded, path);
  terminal.print(`${bad('✗')} ${strong(loaded.name)}  seed ${seed}`);
  terminal.print(shrunkText(smallest, { ...terminal, nameWidth: loaded.name.length }));
  terminal.print(`  run it: ${terminal.palette.command(`skerry run ${shellWord(path)}`)}`);
  return exitCodes.ok;
}

/** The scenario and the seed that were named. */
async function failing(given: Given): Promise<{ loaded: Loaded; seed: string }> {
  const [target] = given.positional;
  if (target === undefined) {
    throw new Mistake(
      'nothing was named to shrink',
      'Name a failure file (skerry shrink .skerry/failures/….json) or a scenario with a seed.',
    );
  }
  const seed = given.text('seed');
  if (/\.json$/i.test(target)) {
    for (const option of ['seed', 'set']) {
      if (given.list(option).length === 0) continue;
      throw new Mistake(`--${option} goes with a scenario, not with a failure file`, 'Leave it away.');
    }
    const failure = await readFailure(target).catch(asMistake);
    return { loaded: await scenarioOf(failure, target), seed: failure.seed };
  }
  if (seed === undefined) {
    throw new Mistake(
      'a scenario is shrunk with a seed that breaks it',
      `For example: skerry shrink ${target} --seed 17`,
    );
  }
  return { loaded: await oneScenario(target, given.list('set'), 'shrunk'), seed };
}

async function keep({ scenario, check }: Smallest, loaded: Loaded, path: string): Promise<void> {
  const folder = dirname(path);
  const protocol = isModulePath(scenario.protocol)
    ? moved(loaded.module ?? resolve(dirname(loaded.file), scenario.protocol), folder)
    : scenario.protocol;
  const about = `The smallest failure of ${loaded.name} that was found: it breaks ${check}. ${scenario.about}`;
  const name = `${scenario.name}, shrunk`.slice(0, 200);
  const text = formatScenario({ ...scenario, protocol, name, about }, catalogue);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new Mistake(`the small scenario could not be written to ${path}: ${fileTrouble(error)}`);
  }
}

/** The path of a module as a scenario in another folder writes it. */
function moved(file: string, folder: string): string {
  const path = relative(resolve(folder), file).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}
