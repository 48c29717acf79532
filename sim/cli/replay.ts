/** `skerry replay`: one run again, from its failure file or by its seed, with its story. */
import { readFile, writeFile } from 'node:fs/promises';
import { logLines, type Result, stateText, statusOf } from '../../reports/index.ts';
import {
  judgeSweep,
  type Loaded,
  loadScenario,
  type Outcome,
  operationLine,
  type RunOptions,
  runFully,
  tellStory,
  version,
} from '../entry/main.ts';
import { type Failure, readFailure } from '../platform/failures.ts';
import { milliseconds, shellWord } from './arguments.ts';
import { blamed } from './blame.ts';
import type { Command, Given, Session } from './command.ts';
import { codeOf, type ExitCode, exitCodes, exitCodesHelp } from './exit.ts';
import { asMistake, scenarioOf } from './failure.ts';
import { fileTrouble, Mistake } from './mistake.ts';
import { Output, outputOptions } from './output.ts';
import { oneScenario } from './targets.ts';
import type { Terminal } from './terminal.ts';

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
    shrunk: { about: 'With a failure file: the smallest failure in it, not the run that was found' },
    until: {
      value: 'TIME',
      about: 'Stop at this virtual time, and show the state of every host',
      example: '7.4s',
    },
    log: {
      value: 'HOST',
      about: 'Print what a host logged and what befell it, with virtual times; may be repeated',
      example: 'n2',
      repeatable: true,
    },
    trace: {
      value: 'PATH',
      about: 'Write every event of the trace, one JSON object a line',
      example: 'trace.ndjson',
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
    [
      'skerry replay raft/partition --seed 17 --until 7.4s --log n2',
      'the state at a time, and how n2 got there',
    ],
  ],
  details: `Warns if the scenario or the program has changed since the failure was written. The exit code is that of
run with this one seed: 1 if it breaks and should not, or should and does not; 0 if all is as
expected; 3 if nothing has changed and it is another run all the same. With --until nothing is judged: 0.\n${exitCodesHelp}`,
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
  const untilMs = milliseconds('until', given.text('until'));
  const options = {
    ...(watchdogMs !== undefined && { watchdogMs }),
    ...(untilMs !== undefined && { untilUs: Math.round(untilMs * 1000) }),
  };
  const startMs = performance.now();
  const isFile = /\.json$/i.test(target);
  const chosen = isFile ? await fromFile(target, given, session) : await fromScenario(target, given);
  const { loaded, seed, replay, what } = chosen;
  const output = new Output(given, session.terminal, [loaded]);
  const outcome = await runOne(loaded, seed, { ...options, ...(replay !== undefined && { replay }) });
  await writeHistory(given.text('history'), outcome);
  await writeTrace(given.text('trace'), outcome);
  printLogs(given.list('log'), outcome, session.terminal);
  if (untilMs !== undefined) {
    session.terminal.print(stateText(loaded.name, outcome, { ...session.terminal, nameWidth: 0 }));
    return exitCodes.ok;
  }
  const result = resultOf(loaded, outcome, what, performance.now() - startMs);
  return finish({ ...result, nondeterministic: doubts(chosen, outcome, session) }, output);
}

/** What is replayed. */
interface Chosen {
  readonly loaded: Loaded;
  readonly seed: string;
  readonly replay?: RunOptions['replay'];
  /** How the command names it. */
  readonly what: string;
  /** What it was when it was recorded, and whether anything has changed since that may change the run. */
  readonly before?: Pick<Failure, 'fingerprint' | 'violations'> & { readonly isChanged: boolean };
}

async function fromFile(file: string, given: Given, session: Session): Promise<Chosen> {
  refuseWithFile(given);
  const failure = await readFailure(file).catch(asMistake);
  const loaded = await scenarioOf(failure, file);
  const isChanged = await warnOfChanges(failure, loaded, session);
  const what = shellWord(file);
  if (!given.flag('shrunk')) {
    const replay = { tape: failure.tape, fallback: 'calm' } as const;
    return { loaded, seed: failure.seed, replay, what, before: { ...failure, isChanged } };
  }
  const { shrunk } = failure;
  if (shrunk === undefined) {
    throw new Mistake(`${file} keeps no shrunk failure`, `To make one: skerry shrink ${what}`);
  }
  return {
    loaded: { ...loaded, scenario: shrunk.scenario },
    ...{ seed: shrunk.seed, what: `${what} --shrunk`, before: { ...shrunk, isChanged } },
  };
}

async function fromScenario(target: string, given: Given): Promise<Chosen> {
  if (given.flag('shrunk')) {
    throw new Mistake('--shrunk goes with a failure file, not with a scenario', 'Leave it away.');
  }
  const seed = given.text('seed');
  if (seed === undefined) {
    throw new Mistake('a scenario is replayed with a seed', `For example: skerry replay ${target} --seed 17`);
  }
  const loaded = await oneScenario(target, given.list('set'), 'replayed');
  return { loaded, seed, what: `${shellWord(target)} --seed ${shellWord(seed)}` };
}

/** Says how the run has changed, if it has; without a reason it is not deterministic. */
function doubts(
  { before, seed }: Chosen,
  outcome: Outcome,
  { terminal }: Session,
): Result['nondeterministic'] {
  if (before === undefined || before.fingerprint === outcome.fingerprint) return [];
  if (before.isChanged) {
    terminal.say(sentenceOnChange(before, outcome));
    return [];
  }
  const prints = `fingerprint ${before.fingerprint}, now ${outcome.fingerprint}`;
  return [{ seed, message: `it was another run before (${prints}) although nothing has changed` }];
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

async function writeTrace(path: string | undefined, { full }: Outcome): Promise<void> {
  if (path === undefined) return;
  const lines = (full?.trace ?? []).map((event) => `${JSON.stringify(event)}\n`);
  await writeFile(path, lines.join('')).catch((error) => {
    throw new Mistake(`the trace could not be written to ${path}: ${fileTrouble(error)}`);
  });
}

function printLogs(hosts: readonly string[], { full }: Outcome, terminal: Terminal): void {
  if (hosts.length === 0) return;
  const known = full?.hosts.map(({ host }) => host) ?? [];
  for (const host of hosts) {
    if (known.includes(host)) continue;
    throw new Mistake(`--log ${host}: there is no such host in this run`, `Hosts: ${known.join(', ')}.`);
  }
  for (const line of logLines(full?.trace ?? [], hosts)) terminal.print(line);
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

function sentenceOnChange({ violations }: Pick<Failure, 'violations'>, outcome: Outcome): string {
  const check = violations[0]?.check ?? 'a check';
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
