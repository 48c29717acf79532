/** What once broke a protocol that is meant to be correct holds now, with the seeds that broke it. */
import { expect, test } from 'vitest';
import { loadedIn, sweepOver } from './zoo.ts';

const regressions = await loadedIn('regressions');

test.each(regressions.map((loaded) => [loaded.name, loaded] as const))('%s', async (_, loaded) => {
  const { seeds, expect: expected } = loaded.scenario;
  expect(seeds.length).toBeGreaterThan(0);
  expect(expected.verdict).toBe('held');
  const { outcomes } = await sweepOver(loaded, seeds);
  expect(outcomes.map(({ seed, verdict }) => [seed, verdict])).toEqual(seeds.map((seed) => [seed, 'held']));
});
