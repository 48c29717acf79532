/**
 * The README runs. Fences with `file=NAME` are written to a folder; every `$` line of a `console` fence is run there, and
 * what it prints must be what the README shows, numbers aside.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { freePorts } from './contract/node.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

interface Fence {
  readonly language: string;
  readonly file: string | undefined;
  readonly body: string;
}

const fences: Fence[] = [...readme.matchAll(/^```(\w*)(?: file=(\S+))?\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', file, body = '']) => ({ language, file, body }),
);

/** Others on this machine may use the ports that the README names. */
const ports = await freePorts(3);
const elsewhere = (body: string): string =>
  body.replace(/\b700([1-3])\b/g, (_, number: string) => String(ports[Number(number) - 1]));

/** What needs a clean clone or minutes; `.ci/run` runs these. */
const runByCi = [/^npm (test|run check|run bench|run test:\w+)\b/, /^git clone\b/];

const workshop = (() => {
  const folder = join(mkdtempSync(join(tmpdir(), 'skerry-readme-')), 'try');
  mkdirSync(folder);
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(join(root, 'dist/sim/cli/main.js'), join(folder, 'node_modules/.bin/skerry'));
  symlinkSync(join(root, 'node_modules/vitest/vitest.mjs'), join(folder, 'node_modules/.bin/vitest'));
  symlinkSync(root, join(folder, 'node_modules', 'skerry'), 'dir');
  for (const name of ['fast-check', 'vitest']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'scenarios'), join(folder, 'scenarios'), 'dir');
  for (const { file, body } of fences)
    if (file !== undefined) writeFileSync(join(folder, file), elsewhere(body));
  return folder;
})();

function run(command: string): string {
  const inPlace = command
    .replace(/^npm ci && npm run demo$/, 'npx skerry run scenarios/demo')
    .replace(/^npx skerry\b/, `"${process.execPath}" "${join(root, 'dist/sim/cli/main.js')}"`);
  const { stdout, stderr, status } = spawnSync('bash', ['-c', inPlace], {
    cwd: workshop,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, VITEST: undefined, CI: 'true' },
  });
  if (status !== 0 && status !== 1) throw new Error(`${command} exited with ${status}:\n${stderr}`);
  return stdout;
}

/** The same shape: figures differ from machine to machine. */
const shape = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map((line) =>
      line
        .replace(/(\d[\d.]*(us|ms|s|m|h|k|M)?)+(?=\b|×)/g, '#')
        .replace(/(# ?)+/g, '#')
        // Which engines it takes depends on what overlaps: real servers make another history each time.
        .replace(/judged by [a-z, ]+ in/, 'judged by # in')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .join('\n');

describe('every fence of the README is executed', () => {
  test('there is no fence of a kind that nothing executes', () => {
    const loose = fences.filter(({ language, file }) => language !== 'console' && file === undefined);
    expect(loose.map(({ body }) => body.split('\n')[0])).toEqual([]);
    expect(fences.length).toBeGreaterThan(3);
  });

  const ci = readFileSync(join(root, '.ci/run'), 'utf8');
  for (const { body } of fences.filter(({ language }) => language === 'console')) {
    for (const part of body.split(/^(?=\$ )/m)) {
      const [first = '', ...rest] = part.split('\n');
      const command = first.replace(/^\$ /, '').trim();
      if (runByCi.some((pattern) => pattern.test(command))) {
        test(`${command} (run by .ci/run)`, () => {
          const step = command.split(' && ').at(-1) as string;
          expect(ci.includes(step) || /^git clone/.test(command)).toBe(true);
        });
        continue;
      }
      test(command, { timeout: 300_000 }, () => {
        const shown = rest.join('\n').trim();
        const printed = run(command);
        if (shown !== '') expect(shape(printed)).toBe(shape(shown));
      });
    }
  }

  test('its TypeScript type-checks', { timeout: 120_000 }, () => {
    const files = fences.filter(({ file }) => file?.endsWith('.ts')).map(({ file }) => file as string);
    expect(files.length).toBeGreaterThan(0);
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'NodeNext', '--target', 'ES2022', '--skipLibCheck'];
    options.push('--allowImportingTsExtensions');
    execFileSync(process.execPath, [compiler, ...options, ...files], { cwd: workshop, encoding: 'utf8' });
  });
});
