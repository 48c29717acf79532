/**
 * The laws of the house: which room may import which, what portable code may not touch, and what it may not keep.
 * Each law is a function of a file's path and text, and is itself tested with a planted violation.
 */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const linesMax = 500;

/** A file as the laws see it: its path from the root of the repository, and its text, parsed once. */
interface Source {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** Says what is wrong, in sentences that begin with the place. */
type Law = (source: Source) => string[];

interface Room {
  readonly name: string;
  /** A folder, if it ends in `/`, or a file. */
  readonly at: readonly string[];
  /** Rooms, folders and files (by their path) and npm packages; `*` stands for everything but what `never` names. */
  readonly mayImport: readonly string[];
  /** What it may import types from. */
  readonly mayImportTypes?: readonly string[];
  readonly never?: readonly string[];
  /** Must load in a browser, and give the same on every machine. */
  readonly isPortable: boolean;
}

/** The first room that a path is in is its room. */
const rooms: readonly Room[] = [
  {
    name: 'protocols on Node',
    at: ['protocols/node-host.ts', 'protocols/node/'],
    mayImport: ['protocols', 'node:'],
    isPortable: false,
  },
  { name: 'protocols', at: ['protocols/'], mayImport: [], isPortable: true },
  { name: 'sim/kernel', at: ['sim/kernel/'], mayImport: ['seedrandom/lib/alea.js'], isPortable: true },
  { name: 'sim/check', at: ['sim/check/'], mayImport: [], isPortable: true },
  {
    name: 'sim/world',
    at: ['sim/world/'],
    mayImport: ['sim/kernel', 'protocols/host.ts', 'protocols/message.ts'],
    isPortable: true,
  },
  {
    name: 'sim/search',
    at: ['sim/search/'],
    mayImport: [
      ...['sim/kernel', 'sim/world', 'sim/check', 'protocols/host.ts', 'protocols/protocol.ts'],
      ...['yaml', 'zod'],
    ],
    isPortable: true,
  },
  {
    name: 'sim/index',
    at: ['sim/index.ts'],
    mayImport: ['sim/kernel', 'sim/world', 'sim/check', 'sim/search'],
    mayImportTypes: ['protocols/host.ts', 'protocols/protocol.ts'],
    isPortable: true,
  },
  {
    name: 'sim/platform',
    at: ['sim/platform/'],
    mayImport: ['sim/kernel', 'node:', 'esbuild', 'zod'],
    mayImportTypes: ['sim/search'],
    isPortable: false,
  },
  { name: 'sim/entry', at: ['sim/entry/'], mayImport: ['*'], never: ['sim/cli'], isPortable: false },
  { name: 'sim/cli', at: ['sim/cli/'], mayImport: ['*'], isPortable: false },
  { name: 'scenarios', at: ['scenarios/'], mayImport: ['sim/index', 'protocols'], isPortable: true },
  { name: 'reports', at: ['reports/'], mayImport: [], mayImportTypes: ['sim/index'], isPortable: true },
  { name: 'test', at: ['test/'], mayImport: ['*'], isPortable: false },
];

const roomOf = (path: string): Room | undefined =>
  rooms.find(({ at }) => at.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place)));

interface Import {
  readonly specifier: string;
  /** From the root of the repository if it is relative, else the specifier. */
  readonly target: string;
  readonly isType: boolean;
  readonly line: number;
}

/** Everything a file imports: static, re-exported, dynamic, and in types. */
function importsOf({ path, tree }: Source): Import[] {
  const imports: Import[] = [];
  const add = (node: ts.Node, isType: boolean) => {
    // What is put together while the program runs cannot be judged here.
    if (!ts.isStringLiteralLike(node)) return;
    const specifier = node.text;
    const target = specifier.startsWith('.')
      ? posix.normalize(posix.join(posix.dirname(path), specifier))
      : specifier;
    imports.push({ specifier, target, isType, line: lineOf(tree, node) });
  };
  each(tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node.importClause));
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      const { exportClause } = node;
      const named =
        exportClause !== undefined && ts.isNamedExports(exportClause) ? exportClause.elements : [];
      add(node.moduleSpecifier, node.isTypeOnly || allTypes(named));
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier !== undefined) add(specifier, false);
    }
  });
  return imports;
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = clause;
  return name === undefined && namedBindings !== undefined && ts.isNamedImports(namedBindings)
    ? allTypes(namedBindings.elements)
    : false;
}

const allTypes = (elements: readonly { readonly isTypeOnly: boolean }[]): boolean =>
  elements.length > 0 && elements.every(({ isTypeOnly }) => isTypeOnly);

/** *What ships never imports what tests it. Judges never meet the world.* */
const importsWhatItMay: Law = (source) => {
  const { path } = source;
  const room = roomOf(path);
  if (room === undefined) return [`${path} is in no room of the house`];
  return importsOf(source).flatMap(({ specifier, target, isType, line }) => {
    const other = specifier.startsWith('.') ? roomOf(target) : undefined;
    const fits = (allowed: string) =>
      allowed === other?.name ||
      allowed === target ||
      (allowed === 'node:' && target.startsWith('node:')) ||
      (allowed === '*' && room.never?.includes(other?.name ?? '') !== true);
    const isAllowed =
      (other !== undefined && room === other) ||
      room.mayImport.some(fits) ||
      (isType && (room.mayImportTypes ?? []).some(fits));
    if (isAllowed) return [];
    const where = other === undefined ? `"${specifier}"` : `${target}, of ${other.name}`;
    const types = room.mayImportTypes?.some(fits) ? ' more than types from' : '';
    return [`${path}:${line}: ${room.name} may not import${types} ${where}`];
  });
};

const outOfReach: Readonly<Record<string, readonly string[] | 'all'>> = {
  Date: ['now', 'parse'],
  Math: ['random'],
  performance: 'all',
  process: 'all',
  crypto: 'all',
};
const outOfReachByName = ['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'require', 'Buffer'];

/** Portable code takes time, chance and the outside from whoever calls it. */
const touchesNothingReal: Law = ({ path, tree }) => {
  if (roomOf(path)?.isPortable !== true) return [];
  const own = namesDeclaredIn(tree);
  const complaints: string[] = [];
  const complain = (node: ts.Node, what: string) =>
    complaints.push(`${path}:${lineOf(tree, node)}: ${what} is real: this room is portable by law`);
  each(tree, (node) => {
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      const [object, property] = [node.expression.text, node.name.text];
      const forbidden = Object.hasOwn(outOfReach, object) ? outOfReach[object] : undefined;
      const isForbidden = forbidden === 'all' || forbidden?.includes(property);
      if (isForbidden && !own.has(object)) complain(node, `${object}.${property}`);
    } else if (ts.isNewExpression(node) && (node.arguments ?? []).length === 0) {
      if (node.expression.getText(tree) === 'Date') complain(node, 'new Date()');
    } else if (ts.isIdentifier(node) && outOfReachByName.includes(node.text)) {
      if (!isNameOfSomething(node) && !own.has(node.text)) complain(node, node.text);
    }
  });
  return complaints;
};

/** What differs between versions, engines or countries decides nothing. */
const computesTheSameEverywhere: Law = ({ path, tree }) => {
  if (['test', 'sim/cli'].includes(roomOf(path)?.name ?? '')) return [];
  const complaints: string[] = [];
  const complain = (node: ts.Node, what: string) =>
    complaints.push(`${path}:${lineOf(tree, node)}: ${what} does not give the same everywhere`);
  each(tree, (node) => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskToken) {
      const isWhole = (part: ts.Expression) => ts.isNumericLiteral(part) && /^\d+$/.test(part.text);
      const isExact = (isWhole(node.left) && isWhole(node.right)) || ts.isBigIntLiteral(node.left);
      if (!isExact) complain(node, '** of anything but whole literals');
    } else if (ts.isPropertyAccessExpression(node)) {
      const property = node.name.text;
      if (node.getText(tree) === 'Math.pow') complain(node, 'Math.pow');
      if (/^(localeCompare|toLocale\w*)$/.test(property)) complain(node, property);
    }
  });
  return complaints;
};

/** No state outside a world: many live in one process. */
const keepsNothing: Law = ({ path, tree }) => {
  const room = roomOf(path);
  if (room?.isPortable !== true && room?.name !== 'protocols on Node') return [];
  return tree.statements.filter(ts.isVariableStatement).flatMap(({ declarationList: list }) => {
    const isConstant = (list.flags & ts.NodeFlags.Const) !== 0;
    return list.declarations
      .filter((declaration) => !isConstant || isEmptyCollection(declaration, tree))
      .map(
        (declaration) =>
          `${path}:${lineOf(tree, declaration)}: "${declaration.name.getText(tree)}" is state of the module, which outlives a run`,
      );
  });
};

/** A collection that starts empty and is not read-only is there to be filled. */
function isEmptyCollection({ initializer, type }: ts.VariableDeclaration, tree: ts.SourceFile): boolean {
  if (initializer === undefined || /^readonly |^Readonly/.test(type?.getText(tree) ?? '')) return false;
  if (ts.isArrayLiteralExpression(initializer)) return initializer.elements.length === 0;
  return (
    ts.isNewExpression(initializer) &&
    // What a weak map knows is reached by its key alone, and lives no longer: a memo, if the keys do not change.
    /^(Map|Set|WeakSet)$/.test(initializer.expression.getText(tree)) &&
    (initializer.arguments ?? []).length === 0
  );
}

const isOfReadableLength: Law = ({ path, text }) => {
  const lines = text.split('\n').length - 1;
  return lines <= linesMax ? [] : [`${path} has ${lines} lines: past ${linesMax}, look for a wall`];
};

const laws = {
  'each room imports only what the table allows': importsWhatItMay,
  'portable rooms touch no real time, chance or outside': touchesNothingReal,
  'nothing is computed that differs from engine to engine': computesTheSameEverywhere,
  'no module keeps state': keepsNothing,
  'files are of readable length': isOfReadableLength,
} satisfies Record<string, Law>;

/** The rooms in a ring of imports, by name; undefined if there is none. */
function ringOfRooms(sources: readonly Source[]): string[] | undefined {
  const graph = new Map<string, Set<string>>();
  for (const source of sources) {
    const from = roomOf(source.path)?.name;
    for (const { target } of importsOf(source)) {
      const to = roomOf(target)?.name;
      if (from === undefined || to === undefined || from === to) continue;
      graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
  }
  const visit = (path: readonly string[], done: Set<string>): string[] | undefined => {
    const room = path.at(-1)!;
    const start = path.indexOf(room);
    if (start < path.length - 1) return path.slice(start);
    if (done.has(room)) return undefined;
    for (const next of graph.get(room) ?? []) {
      const ring = visit([...path, next], done);
      if (ring !== undefined) return ring;
    }
    done.add(room);
    return undefined;
  };
  const done = new Set<string>();
  for (const room of graph.keys()) {
    const ring = visit([room], done);
    if (ring !== undefined) return ring;
  }
  return undefined;
}

function each(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => each(child, look));
}

const lineOf = (tree: ts.SourceFile, node: ts.Node): number =>
  tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;

/** Names that the file gives to things of its own, anywhere in it. */
function namesDeclaredIn(tree: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  each(tree, (node) => {
    const isDeclaration =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isImportSpecifier(node);
    if (isDeclaration && ts.isIdentifier(node.name)) names.add(node.name.text);
  });
  return names;
}

/** Whether an identifier is the name of a property, a method or a type rather than a value that is used. */
function isNameOfSomething(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  return 'name' in parent && parent.name === node && !ts.isShorthandPropertyAssignment(parent);
}

const sourceOf = (path: string, text: string): Source => ({
  path,
  text,
  tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
});

async function house(): Promise<Source[]> {
  const sources: Source[] = [];
  for (const folder of ['protocols', 'sim', 'scenarios', 'reports', 'test']) {
    for (const name of (await readdir(join(root, folder), { recursive: true })).sort()) {
      if (!/(?<!\.d)\.ts$/.test(name) || name.includes('node_modules')) continue;
      const path = posix.join(folder, name.replaceAll('\\', '/'));
      sources.push(sourceOf(path, readFileSync(join(root, path), 'utf8')));
    }
  }
  return sources;
}

describe('the house', async () => {
  const sources = await house();

  test('has files in every room', () => {
    const inhabited = new Set(sources.map(({ path }) => roomOf(path)?.name));
    expect(rooms.map(({ name }) => name).filter((name) => !inhabited.has(name))).toEqual([]);
  });

  test.each(Object.entries(laws))('%s', (_, law) => {
    expect(sources.flatMap(law)).toEqual([]);
  });

  test('no two rooms import each other, even around corners', () => {
    expect(ringOfRooms(sources)?.join(' → ')).toBeUndefined();
  });
});

describe('each law rejects what breaks it', () => {
  const verdict = (law: Law, path: string, text: string) => law(sourceOf(path, text)).join('\n');

  test.each([
    ['protocols/x.ts', `import { World } from '../sim/world/world.ts';`, 'sim/world/world.ts, of sim/world'],
    ['protocols/x.ts', `import { readFile } from 'node:fs/promises';`, '"node:fs/promises"'],
    [
      'protocols/raft/x.ts',
      `export * from '../node-host.ts';`,
      'protocols/node-host.ts, of protocols on Node',
    ],
    ['protocols/node/x.ts', `import { z } from 'zod';`, '"zod"'],
    ['sim/kernel/x.ts', `import seedrandom from 'seedrandom';`, '"seedrandom"'],
    ['sim/kernel/x.ts', `import type { Host } from '../../protocols/host.ts';`, 'protocols/host.ts'],
    ['sim/check/x.ts', `type A = import('../world/spec.ts').Fault;`, 'sim/world/spec.ts, of sim/world'],
    [
      'sim/world/x.ts',
      `const raft = await import('../../protocols/raft/index.ts');`,
      'protocols/raft/index.ts',
    ],
    [
      'sim/search/x.ts',
      `export { raft } from '../../scenarios/catalogue.ts';`,
      'scenarios/catalogue.ts, of scenarios',
    ],
    [
      'sim/platform/x.ts',
      `import { simulate } from '../search/run.ts';`,
      'more than types from sim/search/run.ts',
    ],
    ['scenarios/x.ts', `import { Loop } from '../sim/kernel/loop.ts';`, 'sim/kernel/loop.ts, of sim/kernel'],
    ['reports/x.ts', `import { timeline } from '../sim/index.ts';`, 'more than types from sim/index.ts'],
    ['reports/x.ts', `import chalk from 'chalk';`, '"chalk"'],
    ['sim/entry/x.ts', `import { run } from '../cli/run.ts';`, 'sim/cli/run.ts, of sim/cli'],
    ['sim/platform/x.ts', `import { sweep } from '../entry/main.ts';`, 'sim/entry/main.ts, of sim/entry'],
    ['sim/utils/x.ts', ``, 'is in no room of the house'],
  ])('%s: %s', (path, text, complaint) => {
    expect(verdict(importsWhatItMay, path, text)).toContain(complaint);
  });

  test('types may pass where the table says types', () => {
    const text = `import { type Outcome } from '../search/outcome.ts';\nexport type { Tape } from '../kernel/choices.ts';`;
    expect(verdict(importsWhatItMay, 'sim/platform/x.ts', text)).toBe('');
  });

  test.each([
    ['Date.now()', 'Date.now'],
    ['new Date()', 'new Date()'],
    ['Math.random()', 'Math.random'],
    ['performance.now()', 'performance.now'],
    ['process.exit(1)', 'process.exit'],
    ['setTimeout(f, 1)', 'setTimeout'],
    ['const later = { setImmediate };', 'setImmediate'],
  ])('portable rooms: %s', (text, what) => {
    expect(verdict(touchesNothingReal, 'sim/world/x.ts', text)).toContain(`${what} is real`);
    expect(verdict(touchesNothingReal, 'protocols/node/x.ts', text)).toBe('');
  });

  test('what only sounds real is let pass', () => {
    const text = `// Date.now()\nconst process = 1; process.toFixed(); new Date(0); clock.setTimeout(1); const words = 'Math.random()';`;
    expect(verdict(touchesNothingReal, 'sim/search/x.ts', text)).toBe('');
  });

  test.each(['2 ** x', 'Math.pow(2, 3)', 'a.localeCompare(b)', '(1).toLocaleString()', '1.5 ** 2'])(
    '%s',
    (text) => {
      expect(verdict(computesTheSameEverywhere, 'reports/x.ts', text)).toContain('the same everywhere');
    },
  );

  test('whole powers are exact', () => {
    expect(verdict(computesTheSameEverywhere, 'sim/kernel/x.ts', '2 ** 32; 10n ** BigInt(x);')).toBe('');
  });

  test.each(['let calls = 0;', 'export let a;', 'const seen = new Map();', 'const queue: number[] = [];'])(
    'module state: %s',
    (text) => {
      expect(verdict(keepsNothing, 'protocols/raft/x.ts', text)).toContain('is state of the module');
    },
  );

  test('constants are no state, nor is what a function keeps', () => {
    const text = `const none: readonly number[] = [];\nconst table = new Map([[1, 2]]);\nconst memo = new WeakMap<Spec, Table>();\nfunction f() { let x = 0; return x; }`;
    expect(verdict(keepsNothing, 'sim/check/x.ts', text)).toBe('');
  });

  test('501 lines', () => {
    expect(verdict(isOfReadableLength, 'sim/world/x.ts', '\n'.repeat(501))).toContain('501 lines');
    expect(verdict(isOfReadableLength, 'sim/world/x.ts', '\n'.repeat(500))).toBe('');
  });

  test('a ring of three rooms', () => {
    const ring = ringOfRooms([
      sourceOf('sim/kernel/a.ts', `import '../world/b.ts';`),
      sourceOf('sim/world/b.ts', `import type { C } from '../search/c.ts';`),
      sourceOf('sim/search/c.ts', `export * from '../kernel/a.ts';`),
    ]);
    expect(ring).toEqual(['sim/kernel', 'sim/world', 'sim/search', 'sim/kernel']);
  });
});
