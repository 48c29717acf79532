/** `skerry explain`: how a violation came about, as a story of at most twelve sentences. */
import { type Explained, explanationJson, explanationText } from '../../reports/index.ts';
import { findSmallest, promiseOf, runFully, tellStory } from '../entry/main.ts';
import { readFailure } from '../platform/failures.ts';
import { quoted, shellWord } from './arguments.ts';
import { blamed } from './blame.ts';
import type { Command, Given, Session } from './command.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { asMistake } from './failure.ts';
import { Mistake } from './mistake.ts';
import { shrinkBudget, shrinkingLine } from './shrinking.ts';
import { oneScenario } from './targets.ts';

const eventsDefault = 3_000_000;

export const explain: Command = {
  name: 'explain',
  takes: '<failure.json | scenario --seed S>',
  about: 'Tell how a violation came about: what was promised, what was seen, and what led to it',
  options: {
    seed: { value: 'S', about: 'With a scenario: the seed that breaks it', example: '17' },
    set: {
      value: 'KEY=VALUE',
      about: 'With a scenario: replace one of its values; may be repeated',
      example: 'network.loss=5%',
      repeatable: true,
    },
    'no-shrink': { about: 'Tell the run as it was, not the smallest one that breaks in the same way' },
    budget: {
      value: 'EVENTS|TIME',
      about: 'With a scenario: what making it smaller may cost, in events or real time. Default: 3000000',
      example: '30s',
    },
    reporter: { value: 'NAME', about: 'default: text; json: the story as data', example: 'json' },
  },
  examples: [
    ['skerry explain .skerry/failures/raft-partition-17.json', 'a failure that a run has kept'],
    ['skerry explain zoo/raft-forgets-vote --seed 82', 'a seed that breaks a scenario'],
  ],
  details: `A failure file is told as it was recorded, whatever the program has become since; skerry replay runs it again.
Exit codes: 0 it is told, 1 the seed does not break, 64 bad arguments, 130 interrupted.`,
  run: explainCommand,
};

async function explainCommand(given: Given, session: Session): Promise<ExitCode> {
  given.atMost(1);
  const reporter = given.text('reporter') ?? 'default';
  if (!['default', 'json'].includes(reporter)) {
    throw new Mistake(`there is no reporter ${quoted(reporter)} for explain`, 'There are default and json.');
  }
  const [target] = given.positional;
  if (target === undefined) {
    throw new Mistake(
      'nothing was named to explain',
      'Name a failure file (skerry explain .skerry/failures/….json) or a scenario with a seed.',
    );
  }
  const explained = /\.json$/i.test(target)
    ? await kept(target, given)
    : await sought(target, given, session);
  if (explained === 'interrupted') return exitCodes.interrupted;
  const { terminal } = session;
  if (explained === undefined) {
    terminal.print(`seed ${given.text('seed')} of ${target} does not break: there is nothing to explain`);
    return exitCodes.violation;
  }
  const style = { ...terminal, nameWidth: explained.scenario.length };
  terminal.print(reporter === 'json' ? explanationJson(explained) : explanationText(explained, style));
  return exitCodes.ok;
}

/** What a failure file says. */
async function kept(file: string, given: Given): Promise<Explained> {
  for (const option of ['seed', 'set', 'budget']) {
    if (given.list(option).length === 0) continue;
    throw new Mistake(`--${option} goes with a scenario, not with a failure file`, 'Leave it away.');
  }
  const { scenario, seed, violations, story, shrunk } = await readFailure(file).catch(asMistake);
  const [violation] = violations;
  if (violation === undefined) throw new Mistake(`${file}: it keeps a run that broke nothing`);
  const plain = {
    headline: violation.check,
    sentences: [{ atUs: violation.atUs ?? 0, text: violation.message }],
  };
  return {
    ...{ scenario: scenario.name, seed, violations, story: story ?? plain },
    ...(shrunk !== undefined && !given.flag('no-shrink') && { shrunk }),
    replay: `skerry replay ${shellWord(file)}`,
  };
}

/** Runs a seed, and makes its failure smaller. */
async function sought(
  target: string,
  given: Given,
  { terminal, signal }: Session,
): Promise<Explained | undefined | 'interrupted'> {
  const seed = given.text('seed');
  if (seed === undefined) {
    throw new Mistake(
      'a scenario is explained with a seed that breaks it',
      `For example: skerry explain ${target} --seed 17`,
    );
  }
  const budget = shrinkBudget('budget', given.text('budget'), eventsDefault);
  const loaded = await oneScenario(target, given.list('set'), 'explained');
  const fail = (error: unknown): never => {
    throw blamed(error, loaded);
  };
  const outcome = await runFully(loaded, seed).catch(fail);
  if (outcome.verdict !== 'broken') return undefined;
  const promise = promiseOf(outcome.violations[0]?.check);
  const story = tellStory(outcome, promise === undefined ? {} : { promise });
  if (story === undefined) return undefined;
  const values = given
    .list('set')
    .map((value) => ` --set ${shellWord(value)}`)
    .join('');
  const replay = `skerry replay ${shellWord(target)} --seed ${shellWord(seed)}${values}`;
  const explained = { scenario: loaded.name, seed, violations: outcome.violations, story, replay };
  if (given.flag('no-shrink')) return explained;
  const line = shrinkingLine(terminal, loaded.name, seed);
  const { smallest } = await findSmallest(loaded, seed, {
    budget,
    onProgress: line.show,
    signal,
  })
    .catch(fail)
    .finally(line.stop);
  if (signal.aborted) return 'interrupted';
  return { ...explained, ...(smallest !== undefined && { shrunk: smallest }) };
}
