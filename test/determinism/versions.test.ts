/** Other processes, in other places and on other versions of Node, must come to the same fingerprints. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { essence, loadedNamed, outcomeOf, root, scenarioNames, shortened } from './runs.ts';

const execute = promisify(execFile);
const program = join(root, 'dist/sim/cli/main.js');
const seeds = '1..3';
const scenarios = scenarioNames.map((name) => join(root, `scenarios/${name}.yaml`));

interface Elsewhere {
  readonly node?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `scenario seed fingerprint` for every run of another process. */
async function fingerprintsOf({ node = process.execPath, cwd = root, env = {} }: Elsewhere = {}) {
  if (!existsSync(program)) throw new Error('there is no compiled program: npm run build makes it');
  const shorter = ['--set', 'duration=3s', '--set', 'recovery=1s'];
  const args = [
    program,
    'run',
    ...scenarios,
    ...shorter,
    '--seeds',
    seeds,
    '--jobs',
    '1',
    '--reporter',
    'json',
  ];
  // A canary that is caught, or not caught by so few seeds, makes for another exit code.
  const { stdout } = await execute(node, args, {
    cwd,
    env: { ...process.env, ...env },
    maxBuffer: 1 << 26,
  }).catch((error: { stdout?: string }) => {
    if (error.stdout?.startsWith('{')) return { stdout: error.stdout };
    throw error;
  });
  const { results } = JSON.parse(stdout) as {
    results: Record<'scenario' | 'seed' | 'fingerprint', string>[];
  };
  return results.map(({ scenario, seed, fingerprint }) => `${scenario} ${seed} ${fingerprint}`);
}

const reference = fingerprintsOf();

/** Where that version of Node is; undefined if it is not here and cannot be had. */
async function nodeOfVersion(version: number): Promise<string | undefined> {
  if (process.versions.node.startsWith(`${version}.`)) return process.execPath;
  try {
    const args = ['-y', '-p', `node@${version}`, 'node', '-p', 'process.execPath'];
    const { stdout } = await execute('npx', args, { cwd: tmpdir(), timeout: 300_000 });
    return stdout.trim().split('\n').at(-1);
  } catch {
    return undefined;
  }
}

test('the compiled program in a process of its own runs what the sources run here', async () => {
  const here: string[] = [];
  for (const seed of ['1', '2', '3']) {
    for (const name of scenarioNames) {
      const scenario = shortened((await loadedNamed(name)).scenario);
      const { fingerprint } = essence(await outcomeOf(scenario, seed));
      here.push(`${name} ${seed} ${fingerprint}`);
    }
  }
  const found = await reference;
  expect(found.filter((line) => here.includes(line)).sort()).toEqual(here.sort());
});

test('a second process comes to the same', async () => {
  expect(await fingerprintsOf()).toEqual(await reference);
});

test('so does one elsewhere: other folder, time zone, language', async () => {
  const env = { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' };
  expect(await fingerprintsOf({ cwd: tmpdir(), env })).toEqual(await reference);
});

describe.each([20, 22, 24])('Node %i', (version) => {
  test('comes to the same', { timeout: 600_000 }, async ({ skip }) => {
    const node = await nodeOfVersion(version);
    if (node === undefined && process.env.CI)
      expect.fail(`node ${version} cannot be had, and CI must have it`);
    if (node === undefined) skip(`node ${version} is not here and cannot be fetched: this was not tested`);
    expect(await fingerprintsOf({ node: node! })).toEqual(await reference);
  });
});
