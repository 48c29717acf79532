import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findScenarios } from '../../sim/platform/files.ts';
import { terminalOf } from '../../sim/platform/terminal.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skerry-files-'));
  const files = ['b.yaml', 'a.yml', 'deep/er/c.scenario.ts', 'deep/protocol.ts', 'node_modules/x/d.yaml'];
  for (const file of [...files, '.hidden/e.yaml', 'notes/readme.md']) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), '');
  }
});
afterAll(() => rm(folder, { recursive: true }));

const find = async (...paths: string[]) => {
  const { files, problems } = await findScenarios(paths.map((path) => join(folder, path)));
  const strip = (path: string) => path.slice(folder.length + 1);
  return {
    files: files.map(strip),
    problems: problems.map(({ file, message }) => `${strip(file)}: ${message}`),
  };
};

test('a folder stands for its scenarios at any depth, sorted', async () => {
  expect(await find('')).toEqual({ files: ['a.yml', 'b.yaml', 'deep/er/c.scenario.ts'], problems: [] });
});

test('named files come first come first, each once', async () => {
  expect(await find('b.yaml', 'deep/protocol.ts', '', 'deep/').then(({ files }) => files)).toEqual([
    ...['b.yaml', 'deep/protocol.ts', 'a.yml', 'deep/er/c.scenario.ts'],
  ]);
});

test('what is not there is a problem for each argument', async () => {
  expect((await find('none.yaml', 'notes', 'notes/readme.md', 'b.yaml/x')).problems).toEqual([
    'none.yaml: there is no such file or folder',
    'notes: there is no scenario in this folder',
    'notes/readme.md: it is not a scenario file',
    'b.yaml/x: there is no such file or folder',
  ]);
});

test('a terminal is live unless CI watches, and coloured as the environment says', () => {
  const terminal = { isTTY: true, columns: 120 };
  expect(terminalOf(terminal, {})).toEqual({ isLive: true, columns: 120, hasColor: true });
  expect(terminalOf({}, {})).toEqual({ isLive: false, columns: 80, hasColor: false });
  expect(terminalOf(terminal, { CI: 'true' })).toEqual({ isLive: false, columns: 120, hasColor: false });
  expect(terminalOf(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }).hasColor).toBe(false);
  expect(terminalOf({}, { FORCE_COLOR: '1' })).toMatchObject({ isLive: false, hasColor: true });
  expect(terminalOf(terminal, { FORCE_COLOR: '0' }).hasColor).toBe(false);
  expect(terminalOf(terminal, { TERM: 'dumb' }).isLive).toBe(false);
});
