import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EscapeError } from '../../sim/platform/escape.ts';
import { holdGuards } from '../../sim/platform/guards.ts';
import { type LoadedModule, loadModule, ModuleError } from '../../sim/platform/modules.ts';
import { formatProblem } from '../../sim/search/scenario/problem.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skerry-modules-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, ...lines: string[]): Promise<string> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** What people read about a module that does not load. */
async function problemOf(file: string, wanted?: string[]): Promise<string> {
  const error = await loadModule(file, wanted && { wanted }).then(
    () => expect.fail('it loaded'),
    (error) => error,
  );
  expect(error).toBeInstanceOf(ModuleError);
  return (error as ModuleError).problems.map(formatProblem).join('\n').replaceAll(folder, '…');
}

test('a module in TypeScript loads with what it imports', async () => {
  await write('a/limits.ts', 'export const limit: number = 7;');
  const file = await write(
    'a/protocol.ts',
    "import { limit } from './limits.ts';",
    "import { parse } from './text.js';",
    'enum Color { Red = 3 }',
    'export const protocol = { limit: limit as number, color: Color.Red, parse };',
  );
  await write('a/text.js', 'export const parse = (text) => text.trim();');
  const { exports, modules, hash } = await loadModule(file, { wanted: ['protocol', 'default'] });
  expect(exports.protocol).toMatchObject({ limit: 7, color: 3 });
  expect(modules).toEqual(['limits.ts', 'protocol.ts', 'text.js']);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
});

test('the hash is that of the program, wherever it lies', async () => {
  const load = async (name: string, value: number): Promise<LoadedModule> => {
    await write(`${name}/part.mts`, `export const part = ${value};`, 'export const here = import.meta.url;');
    return loadModule(
      await write(
        `${name}/main.mts`,
        "export * from './part.mts';",
        'export const here2 = import.meta.filename;',
      ),
    );
  };
  const [one, elsewhere, other] = [await load('b1', 1), await load('b2', 1), await load('b3', 2)];
  expect(elsewhere.hash).toBe(one.hash);
  expect(other.hash).not.toBe(one.hash);
  expect(one.exports.here).toContain('b1/part.mts');
  expect(one.exports.here2).toBe(join(folder, 'b1', 'main.mts'));
});

test('packages are found from the module that imports them, and skerry is this installation', async () => {
  await write(
    'c/node_modules/grain/package.json',
    '{ "name": "grain", "exports": { "import": "./grain.js" }, "type": "module" }',
  );
  await write('c/node_modules/grain/grain.js', 'export const grain = 5;');
  const file = await write(
    'c/main.ts',
    "import { sep } from 'node:path';",
    "import { grain } from 'grain';",
    "import { Refused, isRefused } from 'skerry/host';",
    'export default { grain, sep, branded: isRefused(new Refused()), Refused };',
  );
  const { exports, modules } = await loadModule(file);
  expect(exports.default).toMatchObject({ grain: 5, branded: true });
  expect(modules).toContain('main.ts');
  const { isRefused } = await import('../../protocols/host.ts');
  const { Refused } = exports.default as { Refused: new () => Error };
  expect(isRefused(new Refused())).toBe(true);
  const bad = await write('c/bad.ts', "import 'skerry/nowhere';");
  expect(await problemOf(bad)).toBe('…/c/bad.ts:1:8: skerry exports no "skerry/nowhere"');
});

test('errors name the line, and what to do', async () => {
  expect(await problemOf(join(folder, 'none.ts'))).toBe('…/none.ts: there is no such module');
  expect(await problemOf(folder)).toBe(
    '…: it is a folder, not a module (a module ends in .ts, .mts, .js or .mjs)',
  );
  expect(await problemOf(await write('notes.txt', 'hello'))).toMatch(/neither TypeScript nor JavaScript/);
  expect(await problemOf(await write('syntax.ts', 'const a = 1;', 'const b = = 2;'))).toBe(
    '…/syntax.ts:2:11: Unexpected "="',
  );
  expect(await problemOf(await write('import.ts', '', "import './missing.ts';"))).toBe(
    '…/import.ts:2:8: Could not resolve "./missing.ts"',
  );
  expect(await problemOf(await write('package.ts', "import 'no-such-package';"))).toMatch(
    /^…\/package\.ts:1:8: Could not resolve "no-such-package"/,
  );
  expect(await problemOf(await write('export.ts', 'export const a = 1, b = 2;'), ['protocol'])).toBe(
    '…/export.ts: it exports no "protocol" (it exports a, b)',
  );
  expect(await problemOf(await write('empty.ts', ''), ['protocol', 'default'])).toBe(
    '…/empty.ts: it exports no "protocol" or "default" (it exports nothing)',
  );
});

test('a module that throws while it loads is named by the line that throws', async () => {
  await write(
    'd/part.ts',
    'interface Gone { a: number }',
    '',
    'export function part(): never {',
    "  throw new Error('no luck');",
    '}',
  );
  const file = await write('d/main.ts', "import { part } from './part.ts';", 'part();');
  expect(await problemOf(file)).toMatch(/d\/part\.ts:4:\d+: it threw while it was loaded: no luck$/);
});

test('what a module keeps a copy of is guarded in slices, and nowhere else', async () => {
  const file = await write(
    'e/keeper.ts',
    "import { promisify } from 'node:util';",
    'const { random } = Math;',
    'const { now } = Date;',
    'const later = setTimeout;',
    'const Day = Date;',
    'const loadedAt = Day.now();',
    'export const tasks = [() => random(), () => now(), () => later(() => {}, 0), () => new Day(), () => loadedAt];',
    'export const sleep = promisify(setTimeout);',
  );
  const reports: string[] = [];
  const guards = holdGuards(({ what, where }) => reports.push(`${what} at ${where}`));
  const { Math: before } = globalThis;
  const original = [Math.random, Date, setTimeout];
  const { exports } = await loadModule(file);
  expect([Math.random, Date, setTimeout]).toEqual(original);
  expect(before).toBe(Math);
  const [random, now, later, day, loadedAt] = exports.tasks as (() => unknown)[];
  guards.on();
  for (const task of [random, now, later, day]) expect(task).toThrow(EscapeError);
  expect(() => (exports.sleep as (ms: number) => unknown)(1)).toThrow(EscapeError);
  expect(loadedAt!()).toBeGreaterThan(0);
  guards.off();
  expect(reports).toEqual([expect.stringMatching(/^Math\.random at .*e\/keeper\.ts:7:\d+$/)]);
  for (const task of [random, now, later, day]) expect(task).not.toThrow();
  guards.release();
});
