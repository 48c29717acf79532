/** Which scenarios the arguments of a command mean. */
import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Loaded, loadScenario, type Problem } from '../entry/main.ts';
import { findScenarios } from '../platform/files.ts';
import { runsFromSource } from '../platform/installation.ts';
import { near } from './arguments.ts';
import { badScenarios, Mistake } from './mistake.ts';

/**
 * The scenarios that are meant, each once: files, folders with all in them, or built-in ones by name.
 * @throws Mistake with every problem of every file: nothing is run before all of it is understood
 */
export async function loadScenarios(
  targets: readonly string[],
  options: { readonly set?: readonly string[] } = {},
): Promise<Loaded[]> {
  const loaded: Loaded[] = [];
  const problems: Problem[] = [];
  for (const file of await scenarioFiles(targets)) {
    const loading = await loadScenario(file, options);
    if (loading.ok) loaded.push(loading.loaded);
    else problems.push(...loading.problems);
  }
  if (problems.length > 0) throw badScenarios(distinct(problems));
  return loaded;
}

/**
 * The one scenario that is meant.
 * @param deed what is done with one at a time: `replayed`
 */
export async function oneScenario(target: string, set: readonly string[], deed: string): Promise<Loaded> {
  const scenarios = await loadScenarios([target], { set });
  const [loaded] = scenarios;
  if (loaded !== undefined && scenarios.length === 1) return loaded;
  const names = scenarios.map(({ file }) => file).join(', ');
  throw new Mistake(`${target} are ${scenarios.length} scenarios, and one is ${deed} at a time`, names);
}

/** What is wrong with `--set` is wrong for every file, and told once. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** @throws Mistake if nothing was named, or something that is not there */
export async function scenarioFiles(targets: readonly string[]): Promise<string[]> {
  if (targets.length === 0) {
    throw new Mistake(
      'no scenario was named',
      'Name files or folders: skerry run scenarios/raft',
      'skerry list shows the built-in ones, skerry init writes a first one of your own.',
    );
  }
  const files = new Set<string>();
  const problems: Problem[] = [];
  for (const target of targets) {
    if (target === '') throw new Mistake('an empty name is not a scenario');
    const found = await findScenarios([target]);
    const isMissing = found.problems.some(({ message }) => message.startsWith('there is no such file'));
    const builtIn = isMissing ? await builtInNamed(target) : [];
    for (const file of [...found.files, ...builtIn]) files.add(file);
    if (builtIn.length > 0) continue;
    for (const problem of found.problems) problems.push(isMissing ? await explained(problem) : problem);
  }
  if (problems.length > 0) throw badScenarios(problems);
  return [...files];
}

async function builtInNamed(target: string): Promise<string[]> {
  const folder = `${target.replace(/\/$/, '')}/`;
  const scenarios = await builtInScenarios();
  return scenarios.filter(({ name }) => name === target || name.startsWith(folder)).map(({ file }) => file);
}

/** Adds to a name that leads nowhere what is near it: a neighbour on the disk, or a built-in scenario. */
async function explained(problem: Problem): Promise<Problem> {
  const folder = dirname(problem.file);
  const neighbours = await readdir(folder).catch(() => []);
  const paths = neighbours.map((name) => (folder === '.' ? name : join(folder, name)));
  const names = (await builtInScenarios()).map(({ name }) => name);
  const hint = near(problem.file, [...paths, ...names]) ?? 'skerry list shows the built-in scenarios';
  return { ...problem, hint: hint[0]!.toLowerCase() + hint.slice(1) };
}

export interface BuiltInScenario {
  /** `raft/partition`. */
  readonly name: string;
  readonly file: string;
}

/** Failures that were kept: nobody looks for them by name. */
const regressions = 'regressions/';

/** The scenarios that come with the package. */
export async function builtInScenarios(): Promise<BuiltInScenario[]> {
  // Compiled code lies one folder deeper than its sources, and the scenarios beside the sources.
  const folder = fileURLToPath(
    new URL(runsFromSource ? '../../scenarios' : '../../../scenarios', import.meta.url),
  );
  const { files } = await findScenarios([folder]);
  return files
    .map((file) => ({
      name: relative(folder, file)
        .replaceAll('\\', '/')
        .replace(/\.ya?ml$/, ''),
      file: fromHere(file),
    }))
    .filter(({ name }) => !name.startsWith(regressions));
}

/** A path from the working directory, unless it leads out of it. */
function fromHere(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

/** What a built-in scenario calls itself. */
export async function titleOf(file: string): Promise<string> {
  const loading = await loadScenario(file);
  return loading.ok ? loading.loaded.scenario.name : 'it cannot be read; skerry validate says why';
}
