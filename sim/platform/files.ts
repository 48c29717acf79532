/** Finds the scenario files that people mean. */
import { readdir, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { Problem } from '../search/scenario/problem.ts';
import { isFailureFile } from './failures.ts';

export interface FoundScenarios {
  /** As the user would type them, each once: in the order of the arguments, sorted within a folder. */
  readonly files: readonly string[];
  /** What could not be found or read, one for each argument or folder concerned. */
  readonly problems: readonly Problem[];
}

const inFolder = /(\.ya?ml|\.scenario\.[cm]?[jt]s)$/;
const byName = /\.(ya?ml|[cm]?[jt]s|json)$/;
const kinds = 'scenarios end in .yaml, .yml or .scenario.ts, failure files in .json';

/**
 * Finds scenarios: files that are named, and in folders, at any depth, YAML files, modules called
 * `*.scenario.ts`, and failure files that are kept as regressions. `node_modules` and folders whose names begin with a dot are left out.
 */
export async function findScenarios(paths: readonly string[]): Promise<FoundScenarios> {
  const files = new Set<string>();
  const problems: Problem[] = [];
  for (const path of paths) {
    const name = normalize(path).replace(/(.)[/\\]$/, '$1');
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
    if (found instanceof Error) {
      problems.push({ file: path, ...reasonOf(found) });
    } else if (!found.isDirectory()) {
      if (byName.test(path)) files.add(name);
      else problems.push({ file: path, message: 'it is not a scenario file', hint: kinds });
    } else {
      const before = problems.length;
      const inside = await walk(name, problems);
      for (const file of inside) files.add(file);
      if (inside.length === 0 && problems.length === before) {
        problems.push({ file: path, message: 'there is no scenario in this folder', hint: kinds });
      }
    }
  }
  return { files: [...files], problems };
}

async function walk(folder: string, problems: Problem[]): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    problems.push({ file: folder, ...reasonOf(error) });
    return [];
  });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const isLeftOut = entry.name === 'node_modules' || entry.name.startsWith('.');
      if (!isLeftOut) files.push(...(await walk(path, problems)));
    } else if (inFolder.test(entry.name) || (entry.name.endsWith('.json') && (await isFailureFile(path)))) {
      files.push(path);
    }
  }
  return files;
}

function reasonOf({ code }: NodeJS.ErrnoException): Pick<Problem, 'message' | 'hint'> {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { message: 'there is no such file or folder' };
    case 'EACCES':
    case 'EPERM':
      return { message: 'it may not be read', hint: 'look at its permissions' };
    default:
      return { message: `it cannot be read (${code})` };
  }
}
