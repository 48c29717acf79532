/** `skerry replay`: one run again, from its failure file or by its seed, with its story. */
import { readFile, writeFile } from 'node:fs/promises';
import { type Result, statusOf } from '../../reports/index.ts';
import {
  judgeSweep,
  type Loaded,
  loadScenario,
  type Outcome,
  operationLine,
  runFully,
  tellStory,
  version,
} from '../entry/main.ts';
import { type Failure, readFailure } from '../platform/failures.ts';
import { milliseconds, shellWord } from './arguments.ts';
import { blamed } from './blame.ts';
import type { Command, Given, Session } from './command.ts';
import { codeOf, type ExitCode, exitCodesHelp } from './exit.ts';
import { asMistake, scenarioOf } from './failure.ts';
import { fileTrouble, Mistake } from './mistake.ts';
import { Output, outputOptions } from './output.ts';
import { oneScenario } from './targets.ts';

export const replay: Command = {
  name: 'replay',
  takes: '<failure.json | scenario --seed S>',
  about: 'Show one run again: the same events, the same story',
  options: {
    seed: { value: 'S', about: 'With a scenario: which seed', example: '17' },
    set: {
      value: 'KEY=VALUE',
      about: 'With a scenario: replace one of its values; may be repeated',
      example: 'network.loss=5%',
      repeatable: true,
    },
    history: {
      value: 'PATH',
      about: 'Write what clients asked and were told, as JSON lines: skerry check reads them',
      example: 'history.jsonl',
    },
    ...outputOptions,
    watchdog: { value: 'TIME', about: 'Longest real time at one event', example: '10s', hidden: true },
  },
  examples: [
    ['skerry replay .skerry/failures/raft-partition-17.json', 'a failure that a run has kept'],
    ['skerry replay raft/partition --seed 17', 'any seed of any scenario'],
  ],
  details: `Warns if the scenario or the program has changed since the failure was written. The exit code is that of
run with this one seed: 1 if it breaks and should not, or should and does not; 0 if all is as
expected; 3 if nothing has changed and it is another run all the same.\n${exitCodesHelp}`,
  run: replayCommand,
};

async function replayCommand(given: Given, session: Session): Promise<ExitCode> {
  given.atMost(1);
  const [target] = given.positional;
  if (target === undefined) {
    throw new Mistake(
      'nothing was named to replay',
      'Name a failure file (skerry replay .skerry/failures/….json) or a scenario with a seed.',
    );
  }
  const watchdogMs = milliseconds('watchdog', given.text('watchdog'));
  const options = watchdogMs === undefined ? {} : { watchdogMs };
  const startMs = performance.now();
  if (/\.json$/i.test(target)) {
    refuseWithFile(given);
    const failure = await readFailure(target).catch(asMistake);
    const loaded = await scenarioOf(failure, target);
    const output = new Output(given, session.terminal, [loaded]);
    const isChanged = await warnOfChanges(failure, loaded, session);
    const tape = { tape: failure.tape, fallback: 'calm' } as const;
    const outcome = await runOne(loaded, failure.seed, { ...options, replay: tape });
    await writeHistory(given.text('history'), outcome);
    const result = resultOf(loaded, outcome, target, performance.now() - startMs);
    const differs = outcome.fingerprint !== failure.fingerprint;
    if (differs && isChanged) session.terminal.say(sentenceOnChange(failure, outcome));
    const message = `it was another run before (fingerprint ${failure.fingerprint}, now ${outcome.fingerprint}) although nothing has changed`;
    const doubts = differs && !isChanged ? [{ seed: failure.seed, message }] : [];
    return finish({ ...result, nondeterministic: doubts }, output);
  }
  const seed = given.text('seed');
  if (seed === undefined) {
    throw new Mistake('a scenario is replayed with a seed', `For example: skerry replay ${target} --seed 17`);
  }
  const loaded = await oneScenario(target, given.list('set'), 'replayed');
  const output = new Output(given, session.terminal, [loaded]);
  const outcome = await runOne(loaded, seed, options);
  await writeHistory(given.text('history'), outcome);
  return finish(
    resultOf(loaded, outcome, `${target} --seed ${shellWord(seed)}`, performance.now() - startMs),
    output,
  );
}

const runOne: typeof runFully = (loaded, seed, options) =>
  runFully(loaded, seed, options).catch((error) => {
    throw blamed(error, loaded);
  });

async function writeHistory(path: string | undefined, { full }: Outcome): Promise<void> {
  if (path === undefined) return;
  const lines = (full?.history ?? []).map((operation) => `${operationLine(operation)}\n`);
  await writeFile(path, lines.join('')).catch((error) => {
    throw new Mistake(`the history could not be written to ${path}: ${fileTrouble(error)}`);
  });
}

/** The file has its seed and its values. */
function refuseWithFile(given: Given): void {
  for (const option of ['seed', 'set']) {
    if (given.list(option).length === 0) continue;
    throw new Mistake(`--${option} goes with a scenario, not with a failure file`, `Leave it away.`);
  }
}

/** Says what is not as it was; true if that may change the run. */
async function warnOfChanges(failure: Failure, loaded: Loaded, { terminal }: Session): Promise<boolean> {
  const warn = (text: string): void => terminal.say(terminal.sayPalette.doubt(`warning: ${text}`));
  const { name, file, hash } = failure.scenario;
  if (await isReadable(file)) {
    const now = await loadScenario(file);
    if (!now.ok || now.loaded.hash !== hash) {
      warn(`${file} no longer says what ${name} was run with; this is a replay of what was run then`);
    }
  }
  if (failure.version !== version()) {
    warn(`the failure was written by skerry ${failure.version}, and this is ${version()}`);
  }
  const isOther = failure.program.hash !== loaded.programHash;
  if (isOther) warn('the program has changed since the failure was written; the run may be another one');
  return isOther || failure.version !== version();
}

const isReadable = (file: string): Promise<boolean> =>
  readFile(file).then(
    () => true,
    () => false,
  );

function sentenceOnChange(failure: Failure, outcome: Outcome): string {
  const check = failure.violations[0]?.check ?? 'a check';
  if (outcome.verdict !== 'broken')
    return `it broke ${check} then, and does not with the program as it is now`;
  return outcome.violations[0]?.check === check
    ? 'the run has changed, and breaks the same check'
    : `the run has changed: it broke ${check} then`;
}

function resultOf(loaded: Loaded, outcome: Outcome, what: string, wallMs: number): Result {
  const { scenario, name, file } = loaded;
  const story = tellStory(outcome);
  const finding = {
    outcome,
    ...(story !== undefined && { story }),
    replay: `skerry replay ${what}`,
  };
  return {
    sweep: { scenario: name, file, outcomes: [outcome], ...judgeSweep(scenario, [outcome]) },
    scenario,
    wallMs,
    seedsAsked: 1,
    findings: outcome.verdict === 'broken' ? [finding] : [],
    nondeterministic: [],
  };
}

async function finish(result: Result, output: Output): Promise<ExitCode> {
  output.result(result);
  await output.end();
  return codeOf(statusOf(result));
}
