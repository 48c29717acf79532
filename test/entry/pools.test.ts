/** Simulations run in whatever pool somebody's vitest has: processes, threads, and the contexts of both. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

function vitest(...args: string[]): Promise<string> {
  const environment = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, VITEST: undefined };
  const program = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
    cwd: root,
    env: environment,
  });
  return new Promise((resolve, reject) => {
    let text = '';
    for (const stream of [program.stdout, program.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk;
      });
    }
    program.on('error', reject);
    program.on('close', () => resolve(text));
  });
}

const pools =
  process.env.SKERRY_LONG === '1' ? ['forks', 'threads', 'vmForks', 'vmThreads'] : ['threads', 'vmForks'];

test.each(pools)('--pool %s', async (pool) => {
  const file = 'test/entry/fixtures/pool.test.ts';
  const text = await vitest('--pool', pool, '--config', 'test/entry/fixtures/vitest.config.ts', file);
  expect(text).toMatch(/Tests {2}1 failed \| 4 passed/);
  expect(text).toContain(`real chance is noticed: seed 1 of 3 is not deterministic`);
  expect(text).toMatch(/test used Math\.random, in .*pool\.test\.ts:14:8/);
});
