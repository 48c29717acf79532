/**
 * Turns a module in TypeScript or JavaScript, and whatever it imports by relative path, into one file that Node can
 * import. Packages stay outside and are named by the file that the importer would have got; `skerry` and `skerry/*`
 * mean this very installation, so that a user's module and the simulator share their classes.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildFailure, build, type Loader, type Plugin } from 'esbuild';
import type { Problem } from '../search/scenario/problem.ts';
import { resolveOwn, runsFromSource } from './installation.ts';

/** What is wrong with somebody's module; at least one problem. `formatProblem` puts them into words. */
export class ModuleError extends Error {
  override readonly name = 'ModuleError';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ file, message }) => `${file}: ${message}`).join('\n'));
    this.problems = problems;
  }
}

export interface Bundle {
  /** The one file, to be imported. */
  readonly url: string;
  /** SHA-256 of the program in hexadecimal; the same wherever the same files lie. */
  readonly hash: string;
  /** The files that went into it, relative to the entry's folder, sorted. */
  readonly modules: readonly string[];
}

/**
 * @param file the entry, an absolute path; problems call it by its path from the working directory
 * @throws ModuleError if a file is missing or cannot be understood
 */
export async function bundle(file: string): Promise<Bundle> {
  const folder = dirname(file);
  const outside = new Map<string, string>();
  const output = await build({
    entryPoints: [file],
    absWorkingDir: folder,
    bundle: true,
    write: false,
    outdir: folder,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: [],
    sourcemap: 'external',
    sourcesContent: true,
    metafile: true,
    logLevel: 'silent',
    plugins: [connections(outside), ownUrls],
  }).catch((error: BuildFailure) => {
    throw Array.isArray(error.errors) ? new ModuleError(problemsOf(error, folder)) : error;
  });
  const code = output.outputFiles.find(({ path }) => !path.endsWith('.map'))!.text;
  const map = output.outputFiles.find(({ path }) => path.endsWith('.map'))!.text;
  const hash = createHash('sha256')
    .update(portable(code, folder, outside))
    .digest('hex');
  const text = `${code}//# sourceMappingURL=data:application/json;base64,${absolute(map, folder)}\n`;
  const name = `${basename(file).replace(/\.[cm]?[jt]s$/, '')}-${digestOf(file + text)}.mjs`;
  return { url: await store(name, text), hash, modules: Object.keys(output.metafile.inputs).sort() };
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Finds imports: ours here, packages where the importer would find them, and the rest in the bundle. */
function connections(outside: Map<string, string>): Plugin {
  return {
    name: 'connections',
    setup(building) {
      building.onResolve({ filter: /^[^./]/ }, async (asked) => {
        const { path, kind, resolveDir, pluginData, namespace } = asked;
        if (pluginData === connections || kind === 'entry-point' || /^([A-Za-z]:|node:|data:|#)/.test(path))
          return;
        if (path === 'skerry' || path.startsWith('skerry/')) {
          const own = resolveOwn(path);
          if (own === undefined) return { errors: [{ text: `skerry exports no "${path}"` }] };
          return runsFromSource ? { path: own } : external(own, path);
        }
        const found = await building.resolve(path, { kind, resolveDir, namespace, pluginData: connections });
        // Node's own modules, and errors, which read best as esbuild puts them.
        if (found.external || found.errors.length > 0) return found;
        return found.path.includes(`${sep}node_modules${sep}`) ? external(found.path, path) : found;
      });
    },
  };
  function external(path: string, specifier: string) {
    const { href } = pathToFileURL(path);
    outside.set(href, specifier);
    return { path: href, external: true };
  }
}

const loaders: Readonly<Record<string, Loader>> = {
  ts: 'ts',
  mts: 'ts',
  cts: 'ts',
  js: 'js',
  mjs: 'js',
  cjs: 'js',
};

/** Each module keeps its own `import.meta.url` and kin, whatever file the bundle comes to lie in. */
const ownUrls: Plugin = {
  name: 'own urls',
  setup(building) {
    building.onLoad({ filter: /\.[cm]?[jt]s$/, namespace: 'file' }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!text.includes('import.meta.')) return undefined;
      const own: Readonly<Record<string, string>> = {
        url: pathToFileURL(path).href,
        dirname: dirname(path),
        filename: path,
      };
      const contents = text.replace(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, key: string) =>
        JSON.stringify(own[key]),
      );
      return { contents, loader: loaders[path.slice(path.lastIndexOf('.') + 1)]!, resolveDir: dirname(path) };
    });
  },
};

/** The program without a trace of where on this machine its files lie. */
function portable(code: string, folder: string, outside: ReadonlyMap<string, string>): string {
  let text = code;
  for (const [href, specifier] of outside) text = text.replaceAll(href, specifier);
  return text.replaceAll(pathToFileURL(folder).href, 'file:.').replaceAll(folder, '.');
}

/** A source map whose sources are absolute, so that stacks name the user's files; in base64. */
function absolute(map: string, folder: string): string {
  const parsed = JSON.parse(map) as { sources: string[] };
  parsed.sources = parsed.sources.map((source) => pathToFileURL(resolve(folder, source)).href);
  return Buffer.from(JSON.stringify(parsed)).toString('base64');
}

/** Writes a file whose name says what is in it, and returns its URL. */
async function store(name: string, text: string): Promise<string> {
  const owner = process.getuid?.() ?? 'all';
  const folders = [resolve('.skerry', 'cache'), join(tmpdir(), `skerry-cache-${owner}`)];
  for (let index = 0; ; index += 1) {
    const file = join(folders[index]!, name);
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const present = await readFile(file, 'utf8').catch(() => undefined);
      if (present !== text) {
        await writeWhole(file, text);
        await forget(dirname(file));
      }
      return pathToFileURL(file).href;
    } catch (error) {
      if (index === folders.length - 1) throw error;
    }
  }
}

const cacheMsMax = 7 * 24 * 3600 * 1000;

/** Removes what nobody has written anew for long: every edit of a module leaves a file behind. */
async function forget(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const age = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > cacheMsMax) await rm(file, { force: true });
  }
}

/** Writes a file so that nobody ever sees a part of it. */
export async function writeWhole(file: string, contents: string): Promise<void> {
  const unfinished = `${file}.${process.pid}-${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(unfinished, contents);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

function problemsOf({ errors }: BuildFailure, folder: string): Problem[] {
  return errors.map(({ text, location, notes }) => {
    const file = location === null ? folder : resolve(folder, location.file);
    const hint = notes[0]?.text;
    return {
      file: near(file),
      ...(location !== null && { line: location.line, column: location.column + 1 }),
      message: text,
      ...(hint !== undefined && hint !== '' && { hint }),
    };
  });
}

/** A path as people want to read it: from the working directory if it is inside. */
export function near(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') ? file : path;
}

/** A module of our own, by the URL that it has next to whoever asks, as something that Node can import. */
export async function importable(url: URL): Promise<string> {
  return url.pathname.endsWith('.ts') ? (await bundle(fileURLToPath(url))).url : url.href;
}
