/** Loads modules that users write (protocols, scenarios) in TypeScript or JavaScript while the program runs. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { bundle, ModuleError, near } from './bundle.ts';
import { whereOf } from './escape.ts';
import { whileLoading } from './guards.ts';

export { ModuleError } from './bundle.ts';

export interface LoadedModule {
  /** What it exports. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** Its absolute path. */
  readonly file: string;
  /** SHA-256 in hexadecimal of the program: the module with all that it imports by relative path. */
  readonly hash: string;
  /** The files of the program, relative to the folder of `file`, sorted. */
  readonly modules: readonly string[];
}

export interface LoadOptions {
  /** The module must have one of these exports. */
  readonly wanted?: readonly string[];
  /** What a relative path starts from; default: the working directory. */
  readonly from?: string;
}

const kinds = /\.[cm]?[jt]s$/;

/**
 * Loads a module; stacks of its errors name the lines of its sources. The same sources give the same instance.
 * @throws ModuleError if it is missing, cannot be understood, throws while it loads, or lacks a wanted export
 */
export async function loadModule(path: string, options: LoadOptions = {}): Promise<LoadedModule> {
  const file = resolve(options.from ?? '.', path);
  const name = near(file);
  await mustExist(file, name);
  const { url, hash, modules } = await bundle(file);
  process.setSourceMapsEnabled(true);
  let exports: Record<string, unknown>;
  try {
    exports = (await whileLoading(() => import(url))) as Record<string, unknown>;
  } catch (error) {
    throw new ModuleError([loadProblem(error, name)]);
  }
  const { wanted } = options;
  if (wanted !== undefined && !wanted.some((key) => Object.hasOwn(exports, key))) {
    const found = Object.keys(exports);
    const message = `it exports no ${wanted.map((key) => `"${key}"`).join(' or ')}`;
    const hint = found.length === 0 ? 'it exports nothing' : `it exports ${found.join(', ')}`;
    throw new ModuleError([{ file: name, message, hint }]);
  }
  return { exports, file, hash, modules };
}

async function mustExist(file: string, name: string): Promise<void> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    const message = found.code === 'ENOENT' ? 'there is no such module' : `it cannot be read (${found.code})`;
    throw new ModuleError([{ file: name, message }]);
  }
  if (!found.isFile() || !kinds.test(file)) {
    const message = found.isFile()
      ? 'it is neither TypeScript nor JavaScript'
      : 'it is a folder, not a module';
    throw new ModuleError([{ file: name, message, hint: 'a module ends in .ts, .mts, .js or .mjs' }]);
  }
}

function loadProblem(error: unknown, name: string) {
  const { message } = error instanceof Error ? error : { message: String(error) };
  const said = `it threw while it was loaded: ${message.split('\n')[0]}`;
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/.exec(whereOf(error) ?? '') ?? [];
  if (file === undefined) return { file: name, message: said };
  return { file, line: Number(line), column: Number(column), message: said };
}
