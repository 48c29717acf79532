import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const isLong = process.env.SKERRY_LONG === '1';

/** Tests that start whole programs, and take longer for it than all others together. */
const programs = [
  'test/cli/**/*.test.ts',
  'test/determinism/versions.test.ts',
  'test/entry/pools.test.ts',
  'test/package.test.ts',
  'test/protocols/real-hosts.test.ts',
  'test/readme.test.ts',
];
/** `too`: with all others; `only`: without them. Else they are left out, unless files are named on the command line. */
const asked = process.env.SKERRY_PROGRAMS;
const namesFiles = process.argv.slice(2).some((word) => word.startsWith('test/'));
const leavesOut = asked === undefined && !namesFiles;

export default defineConfig({
  test: {
    include: asked === 'only' ? programs : ['test/**/*.test.ts'],
    // Fixtures are run by other tests.
    exclude: ['test/**/fixtures/**', '**/node_modules/**', ...(leavesOut ? programs : [])],
    ...(leavesOut && { globalSetup: 'test/left-out.ts' }),
    // Processes rather than threads: a run drains the queues of the main thread, and its guards stand in for globals.
    pool: 'forks',
    // All of them: one less, as is usual, is half of a machine of two.
    maxWorkers: availableParallelism(),
    // A machine of two cores may have other things to do.
    testTimeout: isLong ? 60 * 60_000 : 120_000,
    hookTimeout: 120_000,
    // One line a test, so that a log of CI tells where it is.
    reporters: process.env.CI ? ['verbose'] : ['default'],
    env: { TZ: 'UTC' },
  },
});
