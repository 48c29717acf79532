/** What people get: the packed package, in a folder of theirs, with nothing but its declared dependencies. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** A user's project, with skerry in it. */
let project: string;
let installed: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'skerry-package-'));
  installed = join(project, 'node_modules/skerry');
  await writeFile(
    join(project, 'package.json'),
    '{ "name": "project", "type": "module", "private": true }\n',
  );
  // dist is built by whoever runs the tests.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', project];
  const [{ filename }] = JSON.parse((await execute('npm', pack, { cwd: root })).stdout);
  const tarball = join(project, filename);
  if (process.env.CI) {
    await execute('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: project });
  } else await installOffline(tarball);
  await link('@types/node');
}, 300_000);

afterAll(() => rm(project, { recursive: true }));

/** Puts beside the package what it declares to need, and nothing else. */
async function installOffline(tarball: string): Promise<void> {
  await mkdir(installed, { recursive: true });
  await execute('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed]);
  for (const name of Object.keys(manifest.dependencies)) await link(name);
}

async function link(name: string): Promise<void> {
  const path = join(project, 'node_modules', name);
  await mkdir(dirname(path), { recursive: true });
  await symlink(join(root, 'node_modules', name), path);
}

const node = (...args: string[]) => execute(process.execPath, args, { cwd: project, maxBuffer: 1 << 26 });
const skerry = (...args: string[]) => node(join(installed, manifest.bin.skerry), ...args);

/** Everything that can be imported wherever skerry is: `skerry/protocols/*` once for each protocol. */
async function specifiers(): Promise<string[]> {
  const folders = await readdir(join(installed, 'dist/protocols'), { withFileTypes: true });
  const protocols: string[] = [];
  for (const folder of folders.filter((entry) => entry.isDirectory())) {
    const files = await readdir(join(installed, 'dist/protocols', folder.name));
    if (files.includes('index.js')) protocols.push(folder.name);
  }
  expect(protocols).toContain('raft');
  const forTests = Object.keys(manifest.peerDependencies).map((name) => `./${name}`);
  const keys = Object.keys(manifest.exports).filter((key) => !forTests.includes(key));
  return keys.flatMap((key) => {
    const specifier = key.replace(/^\./, 'skerry');
    return specifier.includes('*') ? protocols.map((name) => specifier.replace('*', name)) : [specifier];
  });
}

test('it holds what runs and what is read, not what it is made of', async () => {
  const files = await readdir(installed);
  expect(files.sort()).toEqual(
    ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'scenarios', 'schema.json'].concat(
      files.filter((name) => name === 'node_modules'),
    ),
  );
  const all = await readdir(installed, { recursive: true });
  expect(all.filter((name) => /(?<!\.d)\.ts$/.test(name) && !name.includes('node_modules'))).toEqual([]);
  expect(all).toContain(join('scenarios', 'raft', 'partition.yaml'));
});

test('every export can be imported', async () => {
  const lines = (await specifiers()).map((specifier) => {
    const attributes = specifier.endsWith('.json') ? `, { with: { type: 'json' } }` : '';
    return `console.log('${specifier}', Object.keys(await import('${specifier}'${attributes})).length > 0);`;
  });
  await writeFile(join(project, 'imports.mjs'), lines.join('\n'));
  const { stdout } = await node('imports.mjs');
  expect(stdout.trim().split('\n')).toEqual((await specifiers()).map((specifier) => `${specifier} true`));
});

test('what is not exported cannot', async () => {
  await writeFile(join(project, 'inside.mjs'), `await import('skerry/dist/sim/index.js');`);
  await expect(node('inside.mjs')).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
});

test('its types suit a strict project', async () => {
  const source = `
    import { catalogue, loadScenario, makePump, type Outcome, simulate, sweep } from 'skerry';
    import { historyOf, kv, linearizable } from 'skerry/check';
    import type { Host, Program } from 'skerry/host';
    import { Refused } from 'skerry/host';
    import * as node from 'skerry/node';
    import { raft, raftOptions } from 'skerry/protocols/raft';
    import * as reports from 'skerry/reports';

    type Wire = { ping(ask: { round: number }): { round: number } };
    export const program: Program<Wire> = async (host: Host<Wire>) => {
      host.on('ping', ({ round }) => ({ round: round + 1 }));
      const { round } = await host.call('n2', 'ping', { round: 1 }, { timeoutMs: 100 });
      // @ts-expect-error an answer has the type that the wire says
      const text: string = round;
      if (text === '') throw new Refused();
    };

    export async function seeds(file: string): Promise<readonly Outcome[]> {
      const loading = await loadScenario(file);
      if (!loading.ok) return [];
      const { scenario } = loading.loaded;
      const one = await simulate(scenario, '1', catalogue, await makePump());
      const { outcomes } = await sweep(loading.loaded, { seeds: ['1'], jobs: 1 });
      return [one, ...outcomes];
    }
    export const verdict: 'held' | 'broken' | 'unknown' = linearizable(historyOf([]), kv).verdict;
    export const rest = { node, raft: raft.options === raftOptions, reports };
  `;
  await writeFile(join(project, 'consumer.ts'), source);
  const compilerOptions = {
    ...{ target: 'ES2022', lib: ['ES2023', 'ESNext.Disposable'], module: 'NodeNext', types: ['node'] },
    ...{ strict: true, skipLibCheck: false, noEmit: true, exactOptionalPropertyTypes: true },
  };
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
  );
  const compiled = await node(join(root, 'node_modules/typescript/bin/tsc'), '-p', '.').catch(
    (error) => error,
  );
  expect(compiled.stdout).toBe('');
});

test('its program runs a scenario of the package', async () => {
  const { stdout } = await skerry('run', 'raft/partition', '--seed', '1', '--reporter', 'json');
  const { tool, version, ok, results } = JSON.parse(stdout);
  expect({ tool, version, ok }).toEqual({ tool: 'skerry', version: manifest.version, ok: true });
  expect(results).toMatchObject([{ scenario: 'raft/partition', seed: '1', verdict: 'held' }]);
});

describe('with vitest and fast-check beside it', () => {
  test('without them the rest works, and it says what is missing', async () => {
    await writeFile(join(project, 'missing.mjs'), `await import('skerry/fast-check');`);
    await expect(node('missing.mjs')).rejects.toThrow("Cannot find package 'fast-check'");
  });

  test('tests are simulations, properties and matchers, and their types suit', {
    timeout: 120_000,
  }, async () => {
    for (const name of Object.keys(manifest.peerDependencies)) await link(name);
    const source = `
      import fc from 'fast-check';
      import { assertHolds } from 'skerry';
      import { holds, scenario } from 'skerry/fast-check';
      import { raft } from 'skerry/protocols/raft';
      import { simulate } from 'skerry/vitest';
      import { expect, test } from 'vitest';

      simulate('a write survives its leader', { protocol: raft, seeds: 3 }, async (world) => {
        await world.client().put('x', 1);
        world.kill(await world.leader());
        expect(await world.client('c2').get('x')).toBe(1);
        expect(world.history).toBeLinearizable('kv');
      });

      test('a property', async () => {
        const drawn = scenario({ protocol: 'raft', duration: '1s', recovery: '1s', checks: ['linearizable'] });
        await fc.assert(fc.asyncProperty(drawn, holds()), { numRuns: 3, seed: 1 });
      });

      test('a scenario', async () => {
        await expect({ protocol: raft, duration: '1s', checks: ['linearizable'] }).toHold('linearizable', { seeds: 2 });
        await assertHolds('raft.yaml', { seeds: 2 });
      });
    `;
    await writeFile(join(project, 'raft.test.ts'), source);
    await writeFile(
      join(project, 'raft.yaml'),
      'schema: 1\nname: raft\nprotocol: raft\nduration: 1s\nchecks: [linearizable]\n',
    );
    // It starts workers, which takes more than vitest's five seconds where a machine has other things to do.
    const command = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--test-timeout=60000'] as const;
    const vitest = await node(...command).catch((error) => error);
    expect(vitest.stdout + vitest.stderr).toMatch(/Tests .*3 passed/);
    const options = ['--noEmit', '--strict', '--module', 'NodeNext', '--target', 'ES2022', '--skipLibCheck'];
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const compiled = await node(compiler, ...options, '--ignoreConfig', 'raft.test.ts').catch(
      (error) => error,
    );
    expect(compiled.stdout).toBe('');
  });

  test('plain functions serve node:test', async () => {
    const source = `
      import { test } from 'node:test';
      import { assertBody, assertHolds } from 'skerry';
      import { raft } from 'skerry/protocols/raft';

      test('holds', () => assertHolds({ protocol: raft, duration: '1s', checks: ['linearizable'] }, { seeds: 2 }));
      test('fails', () =>
        assertBody('a body', { protocol: raft, seeds: 2 }, async (world) => {
          await world.client().put('x', 1);
          throw new Error('no');
        }));
    `;
    await writeFile(join(project, 'raft.test.mjs'), source);
    const { stdout } = await execute(process.execPath, ['--test', 'raft.test.mjs'], {
      cwd: project,
      env: { ...process.env, VITEST: undefined, NODE_TEST_CONTEXT: undefined },
    }).catch((error) => error);
    expect(stdout).toMatch(/pass 1\b[\s\S]*fail 1\b/);
    expect(stdout).toContain('a body: seed 1 of 2 broke');
    expect(stdout).toContain('SKERRY_SEED=1 node --test raft.test.mjs');
  });
});

test("its program runs a user's own protocol", async () => {
  await skerry('init', 'my-protocol');
  expect(await readFile(join(project, 'my-protocol.yaml'), 'utf8')).toContain('protocol: ./my-protocol.ts');
  const { stdout } = await skerry('run', 'my-protocol.yaml', '--seeds', '3', '--reporter', 'json');
  const { ok, results } = JSON.parse(stdout);
  expect(ok).toBe(true);
  expect(results.map(({ verdict }: { verdict: string }) => verdict)).toEqual(['held', 'held', 'held']);
});
