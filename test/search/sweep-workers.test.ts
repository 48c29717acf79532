/** Sweeps as people run them: in workers, with an end before the end. */
import { expect, test } from 'vitest';
import { type SweepOptions, sweep } from '../../sim/entry/main.ts';
import { loadedNamed, shortened } from '../determinism/runs.ts';

const canary = await loadedNamed('zoo/raft-acknowledges-unsynced');
const pinned = canary.scenario.seeds[0]!;
const twin = await loadedNamed('raft/churn');
const short = { ...twin, scenario: shortened(twin.scenario) };

async function seedsOf(options: SweepOptions): Promise<string[]> {
  const { outcomes } = await sweep(canary, options);
  return outcomes.map(({ seed }) => seed);
}

test('bail ends with the first seed, in their order, that breaks, whatever the number of workers', async () => {
  const all = await sweep(canary, { seeds: ['a', 'b', pinned, 'c', 'd', 'e'], jobs: 2 });
  const first = all.outcomes.findIndex(({ verdict }) => verdict === 'broken');
  const expected = all.outcomes.slice(0, first + 1).map(({ seed }) => seed);
  expect(first).toBeGreaterThanOrEqual(0);
  for (const jobs of [1, 2, 3]) {
    expect(await seedsOf({ seeds: ['a', 'b', pinned, 'c', 'd', 'e'], jobs, bail: true })).toEqual(expected);
  }
});

test('a sweep that is cut short judges what there is', async () => {
  const ending = new AbortController();
  const seeds = Array.from({ length: 500 }, (_, index) => String(index));
  const swept = await sweep(short, {
    seeds,
    jobs: 2,
    signal: ending.signal,
    onOutcome: (_, done, total) => {
      expect(total).toBe(500);
      if (done === 4) ending.abort();
    },
  });
  expect(swept.outcomes.length).toBeGreaterThanOrEqual(4);
  expect(swept.outcomes.length).toBeLessThan(500);
  expect(swept.verdict).not.toBe('broken');
});

test('a budget of no time runs nothing, and proves nothing', async () => {
  const swept = await sweep(short, { seeds: ['1', '2', '3', '4'], jobs: 1, budgetMs: 1 });
  expect(swept).toMatchObject({ outcomes: [], verdict: 'unknown', reasons: ['no seed was run'] });
});

test('one outcome a seed, in the order in which they were asked for', async () => {
  const seeds = ['9', 'pear', '3', '9', ''];
  const { outcomes, scenario } = await sweep(short, { seeds, jobs: 2 });
  expect(outcomes.map(({ seed }) => seed)).toEqual(seeds);
  expect(outcomes[0]!.fingerprint).toBe(outcomes[3]!.fingerprint);
  expect(new Set(outcomes.map(({ fingerprint }) => fingerprint)).size).toBe(4);
  expect(scenario).toBe('raft/churn');
});
