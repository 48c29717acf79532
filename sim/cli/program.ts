/** From argv to an exit code: finds the command, reads its options, and explains what goes wrong. */
import yargs from 'yargs';
import { hintFor, version } from '../entry/main.ts';
import { ablate } from './ablate.ts';
import { quoted, sentence } from './arguments.ts';
import { check } from './check.ts';
import { type Command, Given, type Session } from './command.ts';
import { drive } from './drive.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { explain as explainCommand } from './explain.ts';
import { commandHelp, mainHelp } from './help.ts';
import { init } from './init.ts';
import { list } from './list.ts';
import { Mistake } from './mistake.ts';
import { replay } from './replay.ts';
import { run } from './run.ts';
import { serve } from './serve.ts';
import { show } from './show.ts';
import { shrink } from './shrink.ts';
import { state } from './state.ts';
import type { Terminal } from './terminal.ts';
import { validate } from './validate.ts';

const commands: readonly Command[] = [
  ...[run, replay, shrink, explainCommand, check, ablate, validate, list, show, init],
  ...[serve, drive, state],
];

/** The command that the first word names, if it names one. */
export const commandOf = ([first]: readonly string[]): Command | undefined =>
  commands.find(({ name }) => name === first);

/** Values stay the words that were typed: what they mean is for each command to say. */
const asTyped = {
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'dot-notation': false,
  'camel-case-expansion': false,
  'boolean-negation': false,
  'short-option-groups': false,
  'greedy-arrays': false,
  'strip-aliased': true,
};

/** Runs the command line. Never throws: an error becomes an explanation and an exit code. */
export async function program(argv: readonly string[], session: Session): Promise<ExitCode> {
  try {
    return await dispatch(argv, session);
  } catch (error) {
    return explain(error, argv, session.terminal);
  }
}

async function dispatch(argv: readonly string[], session: Session): Promise<ExitCode> {
  const { terminal } = session;
  const [first, ...rest] = argv;
  if (first === undefined) {
    terminal.say(mainHelp(commands, terminal));
    return exitCodes.usage;
  }
  if (['--version', '-v', 'version'].includes(first)) {
    terminal.print(version());
    return exitCodes.ok;
  }
  if (['--help', '-h', 'help'].includes(first)) {
    const about = commands.find(({ name }) => name === rest[0]);
    if (rest[0] !== undefined && about === undefined) throw unknownCommand(rest[0]);
    terminal.print(about === undefined ? mainHelp(commands, terminal) : commandHelp(about, terminal));
    return exitCodes.ok;
  }
  const command = commandOf(argv);
  if (command === undefined) throw unknownCommand(first);
  const { given, wantsHelp } = await read(command, rest);
  if (wantsHelp) {
    terminal.print(commandHelp(command, terminal));
    return exitCodes.ok;
  }
  return command.run(given, session);
}

function unknownCommand(word: string): Mistake {
  const names = commands.map(({ name }) => name);
  const hint = hintFor(word, names);
  const noun = word.startsWith('-')
    ? 'the first word is a command, not an option'
    : 'there is no such command';
  return new Mistake(
    `${quoted(word)}: ${noun}`,
    hint && sentence(hint),
    /\.(ya?ml|json)$/.test(word) ? `To run a scenario: skerry run ${word}` : 'skerry --help explains them.',
  );
}

async function read(
  command: Command,
  words: readonly string[],
): Promise<{ given: Given; wantsHelp: boolean }> {
  const parsed: Record<string, unknown> = await parserOf(command).parse([...words]);
  const { _: positional = [], $0: _, help, ...options } = parsed;
  const values = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(command.options, name)) throw unknownOption(command, name);
    if (value !== undefined) values.set(name, [value].flat().map(String));
  }
  return {
    given: new Given(command, (positional as unknown[]).map(String), values),
    wantsHelp: help === true,
  };
}

function unknownOption(command: Command, name: string): Mistake {
  const dashes = name.length === 1 ? '-' : '--';
  const known = Object.entries(command.options).filter(([, { hidden }]) => !hidden);
  const hint = hintFor(
    name,
    known.map(([option]) => option),
  );
  const near = hint?.startsWith('did you mean') ? hint.replace(/"(.+)"/, '"--$1"') : undefined;
  return new Mistake(
    `skerry ${command.name} has no option ${dashes}${name}`,
    near && sentence(near),
    `skerry ${command.name} --help lists them.`,
  );
}

/** yargs splits words into options and the rest. It refuses nothing: its words for that are not ours. */
function parserOf(command: Command) {
  const parser = yargs([]).locale('en').parserConfiguration(asTyped).help(false).version(false);
  parser.option('help', { alias: 'h', type: 'boolean' });
  for (const [name, { value, short }] of Object.entries(command.options)) {
    const type = value === undefined ? 'boolean' : 'string';
    parser.option(name, { type, ...(short !== undefined && { alias: short }) });
  }
  return parser.exitProcess(false).fail(false);
}

/** A mistake of the user's gets an explanation; one of ours gets a stack trace and a request. */
export function explain(error: unknown, argv: readonly string[], terminal: Terminal): ExitCode {
  const { bad, faint } = terminal.sayPalette;
  if (error instanceof Mistake) {
    terminal.say(`${bad('error:')} ${error.message}`);
    for (const hint of error.hints) terminal.say(`  ${hint}`);
    return exitCodes.usage;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.say(`${bad('internal error:')} this is a mistake in skerry, not in what you did`);
  terminal.say(trace);
  terminal.say(
    faint(
      `Please report it with the lines above and these: skerry ${version()}, Node ${process.version} on ` +
        `${process.platform}, skerry ${argv.join(' ')}`,
    ),
  );
  return exitCodes.internal;
}
