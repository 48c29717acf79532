/** `skerry check`: judges a history that somebody else recorded. */
import { writeFile } from 'node:fs/promises';
import { type CheckReport, checkJson, checkText, plainPalette } from '../../reports/index.ts';
import { formats, type Judged, judgeFile, judges, judgesFor, operationLine } from '../entry/main.ts';
import { HistoryFileError } from '../platform/histories.ts';
import { milliseconds, near, quoted, reporting, sentence, shellWord } from './arguments.ts';
import { sameSettings, settingOptions, settingsOf } from './check-options.ts';
import { CheckProgress } from './check-progress.ts';
import { judgeNamed, refuse, reportOf } from './check-report.ts';
import type { Command, Given, OptionSpec, Session } from './command.ts';
import { codeOfVerdict, type ExitCode, exitCodes } from './exit.ts';
import { fileTrouble, Mistake } from './mistake.ts';

const reporterNames = ['default', 'json'];

export const check: Command = {
  name: 'check',
  takes: '<history> --model M',
  about: 'Judge a history that somebody else recorded',
  options: {
    model: { value: 'M', about: 'What it is to be judged by; see below', example: 'kv' },
    format: {
      value: 'NAME',
      about: `auto (by its content), ${[...formats].map(([name, { about }]) => `${name} (${about})`).join(', ')}`,
      example: 'json-lines',
    },
    independent: { about: 'Values of an EDN history are [key value], as of jepsen.independent' },
    'no-independent': { about: 'They are values, although every one is a pair' },
    budget: {
      value: 'TIME|STEPS',
      about: 'How long, or how many questions to a model; after that it is unknown',
      example: '60s',
    },
    core: {
      value: 'PATH',
      about: 'Write the operations that contradict each other, as JSON lines',
      example: 'core.jsonl',
    },
    ...settingOptions(),
    reporter: { value: 'NAME', about: 'default: for people; json: one JSON object', example: 'json' },
    ...Object.fromEntries(
      reporterNames.map((name): [string, OptionSpec] => [
        `output-file.${name}`,
        {
          value: 'PATH',
          about: `Write the ${name} report into a file`,
          example: `report.${name === 'json' ? 'json' : 'txt'}`,
          hidden: name !== 'json',
        },
      ]),
    ),
  },
  examples: [
    ['skerry check history.jsonl --model kv', 'a file of JSON lines'],
    ['skerry check store/lin-kv/latest --model kv --independent', 'the folder of a Maelstrom test'],
    ['zcat etcd.log.gz | skerry check - --model cas-register', 'from standard input'],
    [
      'skerry check history.edn --model list-append --level serializable',
      'transactions, as Elle judges them',
    ],
  ],
  details: `Models and judges (skerry show <name> says more about one):\n${judgeList()}\n
Exit codes: 0 it held, 1 it is broken, 2 unknown, 64 bad arguments or a history that cannot be read,
70 internal error, 130 interrupted.`,
  run: checkCommand,
};

/** The names of all judges with a line each, as help shows them. */
function judgeList(): string {
  const width = Math.max(...[...judges.keys()].map((name) => name.length));
  return [...judges.values()].map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n');
}

async function checkCommand(given: Given, session: Session): Promise<ExitCode> {
  given.atMost(1);
  const [path] = given.positional;
  if (path === undefined) {
    throw new Mistake('no history was named', 'For example: skerry check history.jsonl --model kv');
  }
  const model = given.text('model');
  const judge = model === undefined ? undefined : judgeNamed(model);
  const format = formatNamed(given.text('format'));
  const settings = judge === undefined ? {} : settingsOf(given, judge);
  const output = reporting(given.text('reporter'), outputFiles(given), reporterNames);
  const startMs = performance.now();
  let progress: CheckProgress | undefined;
  const judged = await judgeFile({
    path,
    ...(judge !== undefined && { judge: judge.name }),
    settings,
    ...(format !== undefined && { format }),
    ...(isIndependent(given) !== undefined && { independent: isIndependent(given) }),
    ...budgetOf(given.text('budget')),
    signal: session.signal,
    onStart: (standing) => {
      progress = new CheckProgress(session.terminal, path, standing);
    },
  })
    .catch((error) => {
      if (error instanceof HistoryFileError) throw new Mistake(error.message, error.hint);
      if (error instanceof RangeError) throw new Mistake(error.message);
      throw error;
    })
    .finally(() => progress?.stop());
  if (judged === undefined) {
    if (progress !== undefined) session.terminal.say(progress.last());
    return exitCodes.interrupted;
  }
  refuse(judged);
  if (judge === undefined) throw missingModel(judged);
  const plain = reportOf(judged, judge, format, performance.now() - startMs);
  const next = nextOf(plain, given, path);
  const report = next === undefined ? plain : { ...plain, next };
  await writeCore(given.text('core'), report, session);
  const { palette, columns, print } = session.terminal;
  for (const name of output.printed) {
    print(name === 'json' ? checkJson(report) : checkText(report, { palette, nameWidth: 0, columns }));
  }
  for (const { reporter, path: file } of output.files) {
    const style = { palette: plainPalette, nameWidth: 0 };
    const text = reporter === 'json' ? checkJson(report) : checkText(report, style);
    await writeInto(file, `${text}\n`, 'the report');
  }
  return codeOfVerdict(report.verdict);
}

function formatNamed(name: string | undefined): string | undefined {
  if (name === undefined || name === 'auto') return undefined;
  if (formats.has(name)) return name;
  const names = ['auto', ...formats.keys()];
  throw new Mistake(`there is no format ${quoted(name)}`, near(name, names), `Formats: ${names.join(', ')}`);
}

function isIndependent(given: Given): boolean | undefined {
  const [yes, no] = [given.flag('independent'), given.flag('no-independent')];
  if (yes && no)
    throw new Mistake('--independent and --no-independent exclude each other', 'Give one of them.');
  return yes ? true : no ? false : undefined;
}

function budgetOf(text: string | undefined): { steps?: number; budgetMs?: number } {
  if (text === undefined) return {};
  if (!/^\d+$/.test(text)) return { budgetMs: milliseconds('budget', text) };
  const steps = Number(text);
  if (steps > 0 && Number.isSafeInteger(steps)) return { steps };
  throw new Mistake(
    `--budget ${text} leaves no work to be done`,
    'For example: --budget 60s, or --budget 50000000',
  );
}

function outputFiles(given: Given): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of reporterNames) {
    const path = given.text(`output-file.${name}`);
    if (path !== undefined) files.set(name, path);
  }
  return files;
}

function missingModel({ functions, operations }: Judged): Mistake {
  const fitting = judgesFor(functions);
  const its = `its ${operations === 1 ? 'operation is' : 'operations are'} ${functions.join(', ')}`;
  const hint =
    fitting.length === 0
      ? `Models: ${[...judges.keys()].join(', ')}`
      : `${sentence(`${its}: that may be ${fitting.join(', ')}`)}`;
  return new Mistake(
    '--model is missing: what is the history to be judged by?',
    hint,
    'skerry check --help explains them.',
  );
}

/** What to type after a verdict that is not good. */
function nextOf({ verdict, violations }: CheckReport, given: Given, path: string): CheckReport['next'] {
  const words = ['skerry check', shellWord(path), ...sameSettings(given)];
  if (verdict === 'unknown') {
    const budget = given.text('budget');
    if (budget === undefined)
      return { command: [...words, '--budget 1000000000'].join(' '), about: 'more work' };
    return undefined;
  }
  if (verdict === 'held' || violations[0]?.witnesses.length === 0) return undefined;
  const core = given.text('core');
  if (core !== undefined) {
    const command = ['skerry check', shellWord(core), ...sameSettings(given, true)].join(' ');
    return { command, about: `the ${violations[0]!.witnesses.length} operations above are in ${core}` };
  }
  return { command: [...words, '--core core.jsonl'].join(' '), about: 'keep these operations alone' };
}

async function writeCore(
  path: string | undefined,
  { violations }: CheckReport,
  { terminal }: Session,
): Promise<void> {
  if (path === undefined) return;
  const [first] = violations;
  if (first === undefined || first.witnesses.length === 0) {
    terminal.say(
      terminal.sayPalette.doubt(`warning: nothing was written to ${path}: there is no contradiction to show`),
    );
    return;
  }
  const lines = first.witnesses.map(({ operation }) => operationLine(operation));
  await writeInto(path, `${lines.join('\n')}\n`, 'the core');
}

async function writeInto(path: string, text: string, what: string): Promise<void> {
  await writeFile(path, text).catch((error) => {
    throw new Mistake(`${what} could not be written to ${path}: ${fileTrouble(error)}`);
  });
}
