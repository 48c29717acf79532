/** From the words of a command line to values: pure, and every refusal says what was expected. */
import { cpus } from 'node:os';
import { hintFor, parseDuration } from '../entry/main.ts';
import { Mistake } from './mistake.ts';

export { shellWord } from '../entry/testing/commands.ts';

/** Seeds that run when neither --seed nor --seeds is given, after the pinned ones. */
export const seedsDefault = 20;
/** A sweep keeps an outcome for each seed. */
const seedsMax = 10_000_000;
const jobsMax = 1024;

/** Which seeds are asked for. `one` is that seed and no other; `range` comes after the seeds pinned in the file. */
export type SeedChoice =
  | { readonly kind: 'one'; readonly seed: string }
  | { readonly kind: 'range'; readonly from: number; readonly to: number };

export function seedChoice(seed: string | undefined, seeds: string | undefined): SeedChoice {
  if (seed !== undefined && seeds !== undefined) {
    throw new Mistake(
      '--seed and --seeds exclude each other',
      'Give --seed 42 for one seed or --seeds 1..500 for many.',
    );
  }
  if (seed !== undefined) return { kind: 'one', seed };
  return seeds === undefined ? { kind: 'range', from: 1, to: seedsDefault } : seedRange(seeds);
}

function seedRange(text: string): SeedChoice {
  const hint = 'Write a count (--seeds 1000) or a range (--seeds 1..5000).';
  const parts = /^(?:(\d{1,15})\.\.)?(\d{1,15})$/.exec(text);
  if (parts === null) throw new Mistake(`--seeds ${quoted(text)} is neither a count nor a range`, hint);
  const from = parts[1] === undefined ? 1 : Number(parts[1]);
  const to = Number(parts[2]);
  if (parts[1] === undefined && to === 0) throw new Mistake('--seeds 0 would run nothing', hint);
  if (from > to)
    throw new Mistake(`--seeds ${text} is empty: ${from} comes after ${to}`, `Write --seeds ${to}..${from}.`);
  if (to - from >= seedsMax) {
    throw new Mistake(`--seeds ${text} are more than ${seedsMax} seeds`, 'Run them in several ranges.');
  }
  return { kind: 'range', from, to };
}

/** The seeds of one scenario, in the order in which they run: the pinned ones first, none twice. */
export function seedsOf(choice: SeedChoice, pinned: readonly string[]): string[] {
  if (choice.kind === 'one') return [choice.seed];
  const seeds = new Set(pinned);
  for (let seed = choice.from; seed <= choice.to; seed += 1) seeds.add(String(seed));
  return [...seeds];
}

/** How many runs at a time; as many as there are processors unless told. */
export function jobCount(text: string | undefined): number {
  if (text === undefined) return Math.max(1, cpus().length);
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= jobsMax) return count;
  throw new Mistake(
    `--jobs ${quoted(text)} is not a whole number from 1 to ${jobsMax}`,
    `Leave it away for one a processor (${cpus().length} here).`,
  );
}

/** A positive stretch of real time, in milliseconds. */
export function milliseconds(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const read = parseDuration(text);
  if (!read.ok) throw new Mistake(`--${option}: ${read.message}`, read.hint && sentence(read.hint));
  if (read.value === 0)
    throw new Mistake(`--${option} ${text} leaves no time`, `For example: --${option} 60s`);
  return read.value / 1000;
}

/** Which reporters print to standard output, and which into a file. */
export interface Reporting {
  readonly printed: readonly string[];
  readonly files: readonly { readonly reporter: string; readonly path: string }[];
}

/** A reporter with a file writes there; with files only, the default one still prints. */
export function reporting(
  asked: string | undefined,
  files: ReadonlyMap<string, string>,
  known: readonly string[],
): Reporting {
  const names = asked === undefined ? [] : asked.split(',').map((name) => name.trim());
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new Mistake(
      `there is no reporter ${quoted(name)}`,
      near(name, known),
      `Reporters: ${known.join(', ')}; several are separated by commas.`,
    );
  }
  const printed = [...new Set(names)].filter((name) => !files.has(name));
  return {
    printed: asked === undefined ? ['default'] : printed,
    files: [...files].map(([reporter, path]) => ({ reporter, path })),
  };
}

/** Scenarios whose name contains the text; capitals do not matter. */
export function named<T extends { readonly name: string }>(
  scenarios: readonly T[],
  filter: string | undefined,
): readonly T[] {
  if (filter === undefined) return scenarios;
  const chosen = scenarios.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
  if (chosen.length > 0) return chosen;
  const names = scenarios.map(({ name }) => name);
  throw new Mistake(
    `-t ${quoted(filter)} matches none of ${names.length} scenarios`,
    sentence(hintFor(filter, names) ?? ''),
  );
}

/** `Did you mean "x"?`, if something is near. */
export function near(name: string, known: readonly string[]): string | undefined {
  const hint = hintFor(name, known);
  return hint?.startsWith('did you mean') ? sentence(hint) : undefined;
}

/** A hint as a sentence of its own. */
export const sentence = (text: string): string =>
  text === ''
    ? ''
    : `${text[0]!.toUpperCase()}${text.slice(1)}${/[.?!:]$/.test(text) || /\d[a-z]*$/.test(text) ? '' : '.'}`;

export const quoted = (text: string): string => JSON.stringify(text);
