/** A failing test in words: what broke, how it came about, and what to type next. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { plainPalette, storyLines, traceLines, violationText } from '../../../reports/index.ts';
import {
  directorId,
  formatScenario,
  isModulePath,
  type Operation,
  type Outcome,
  type Story,
  type Sweep,
  tellStory,
} from '../../index.ts';
import { type Command, type Place, shellWord, testCommand } from './commands.ts';
import type { Input } from './input.ts';
import { seedsText } from './seeds.ts';

const style = { palette: plainPalette, nameWidth: 0 };

const insteadInBody = 'a body has world.sleep(…), world.now and world.random';

/** A failing seed, told. */
export interface Told {
  /** The run, recorded in full. */
  readonly outcome: Outcome;
  readonly story: Story | undefined;
  /** Everything that a person needs. */
  readonly text: string;
  readonly commands: readonly Command[];
}

/**
 * `outcome` was recorded in full; `asked` are all seeds that were to be run. What the body of a test asked for belongs to
 * its story; what it threw may be said already.
 */
export function tell(
  what: string,
  outcome: Outcome,
  asked: readonly string[],
  commands: readonly Command[],
  { isBody = false, isSaid = false }: { readonly isBody?: boolean; readonly isSaid?: boolean } = {},
): Told {
  const story = isBody ? withOperations(tellStory(outcome), outcome) : tellStory(outcome);
  const of = asked.length > 1 ? ` of ${asked.length}` : '';
  const { escape: reached, violations } = outcome;
  const became = { held: 'held', broken: 'broke', unknown: 'is unknown' }[outcome.verdict];
  const sign = reached === undefined ? became : 'is not deterministic';
  const lines = [`${what}: seed ${outcome.seed}${of} ${sign}`];
  if (reached !== undefined) {
    const where = reached.where === undefined ? '' : `, in ${reached.where}`;
    const instead = reached.host === directorId ? insteadInBody : reached.instead;
    lines.push(`  ${reached.host} used ${reached.what}${where}: ${instead}`);
  } else {
    const [first] = violations;
    if (!isSaid) lines.push(...violations.map((violation) => `  ${violationText(violation)}`));
    if (story !== undefined) lines.push(...storyLines(story, first, style));
    lines.push(...outcome.reasons.map((reason) => `  ${reason}`));
  }
  return { outcome, story, text: [...lines, ...commandLines(commands)].join('\n'), commands };
}

/** So many of the last things that a body asked for are told. */
const operationsMax = 6;

function withOperations(story: Story | undefined, { full }: Outcome): Story | undefined {
  if (story === undefined || full === undefined) return story;
  const operations = full.history.slice(-operationsMax).map((operation) => ({
    atUs: operation.returnUs ?? operation.callUs ?? 0,
    text: operationText(operation),
  }));
  const [last] = story.sentences.slice(-1);
  const known = new Set(story.sentences.map(({ text }) => text));
  // A body does the next thing at the moment when it hears of the last one.
  const sentences = [...operations.filter(({ text }) => !known.has(text)), ...story.sentences.slice(0, -1)];
  sentences.sort((left, right) => left.atUs - right.atUs);
  return { ...story, sentences: last === undefined ? sentences : [...sentences, last] };
}

function operationText({ client, f, key, value, output, type }: Operation): string {
  const asked = [f, ...(key === undefined ? [] : [JSON.stringify(key)])];
  if (value !== undefined) asked.push(JSON.stringify(value));
  const ended = {
    ok: output === undefined ? '' : ` → ${JSON.stringify(output)}`,
    fail: ' was refused',
    info: ': nobody knows whether it took effect',
  }[type];
  return `${client}: ${asked.join(' ')}${ended}`;
}

/** A whole sweep that is not as it should be, although no single seed is to blame. */
export function tellSweep(what: string, { verdict, reasons }: Sweep, commands: readonly Command[]): string {
  return [`${what}: ${verdict}`, ...reasons.map((reason) => `  ${reason}`), ...commandLines(commands)].join(
    '\n',
  );
}

function commandLines(commands: readonly Command[]): string[] {
  const width = Math.max(0, ...commands.map(({ what }) => what.length));
  return commands.map(({ what, command }) => `  ${`${what}:`.padEnd(width + 1)} ${command}`);
}

/** How the test that fails is run again with one seed, and with all of them. */
export function testCommands(place: Place, seed: string, asked: readonly string[]): Command[] {
  const command = testCommand(place);
  const all = seedsText(asked);
  const range = all === undefined || asked.length < 2 ? '' : `SKERRY_SEEDS=${all} `;
  return [
    { what: 'this seed again', command: `SKERRY_SEED=${shellWord(seed)} ${command}` },
    { what: 'the whole test', command: `${range}${command}` },
  ];
}

/**
 * The command that runs a seed of a scenario without the test. A scenario that is no file becomes one, unless it has a
 * protocol that no file could name.
 */
export async function scenarioCommand(input: Input, seed: string): Promise<Command | undefined> {
  const { file, set, loaded } = input;
  const again = (path: string, overrides: readonly string[]): Command => {
    const words = ['npx skerry run', shellWord(path), '--seed', shellWord(seed)];
    return {
      what: 'without the test',
      command: [...words, ...overrides.flatMap((one) => ['--set', shellWord(one)])].join(' '),
    };
  };
  if (file !== undefined) return again(file, set);
  if (loaded === undefined) return undefined;
  const path = join(
    '.skerry',
    'failures',
    `${input.name.replace(/[^\w.]+/g, '-').replace(/^[-.]+/, '')}.yaml`,
  );
  const { protocol } = input.scenario;
  // The new file stands in another folder than the one that the path starts from.
  const named = isModulePath(protocol) ? relative(resolve(path, '..'), resolve(protocol)) : protocol;
  const text = formatScenario(input.scenario, input.content);
  const placed =
    named === protocol ? text : text.replace(/^protocol: .*$/m, `protocol: ${JSON.stringify(named)}`);
  const isWritten = await mkdir(resolve(path, '..'), { recursive: true })
    .then(() => writeFile(path, placed))
    .then(
      () => true,
      () => false,
    );
  return isWritten ? again(path, []) : undefined;
}

/** Prints what happened in the run that somebody looks at. */
export function showTrace(what: string, outcome: Outcome): void {
  console.log([`${what}, seed ${outcome.seed}: ${outcome.verdict}`, ...traceLines(outcome)].join('\n'));
}
