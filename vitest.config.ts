import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const isLong = process.env.SKERRY_LONG === '1';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Run by other tests.
    exclude: ['test/**/fixtures/**', '**/node_modules/**'],
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
