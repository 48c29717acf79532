/** One process: the same scenario and seed are the same run, whatever ran before, beside or how it is driven. */
import { describe, expect, test } from 'vitest';
import { sweep } from '../../sim/entry/main.ts';
import { essence, loadedNamed, outcomeOf, scenarioNames, shortened } from './runs.ts';

describe.each(scenarioNames)('%s', async (name) => {
  const loaded = await loadedNamed(name);
  const scenario = shortened(loaded.scenario);
  const once = async (seed: string) => essence(await outcomeOf(scenario, seed));

  test('a seed gives the same run again, even after another', async () => {
    const first = await once('7');
    const other = await once('8');
    expect(other.fingerprint).not.toBe(first.fingerprint);
    expect(await once('7')).toEqual(first);
  });

  test('what is written down changes nothing, nor does reading the choices from a tape', async () => {
    const lean = await once('7');
    const full = await outcomeOf(scenario, '7', { record: 'full' });
    expect(essence(full)).toEqual(lean);
    expect(
      essence(await outcomeOf(scenario, '7', { replay: { tape: full.full!.tape, fallback: 'calm' } })),
    ).toEqual(lean);
  });

  test('runs that take turns in one process do not meet', async () => {
    const seeds = ['1', '2', '3', '4'];
    const alone: unknown[] = [];
    for (const seed of seeds) alone.push(await once(seed));
    expect(await Promise.all(seeds.map(once))).toEqual(alone);
  });

  test('drain and hop are two ways to the same run', async () => {
    const [drain, hop] = [
      await outcomeOf(scenario, '5', { way: 'drain' }),
      await outcomeOf(scenario, '5', { way: 'hop' }),
    ];
    expect(essence(hop)).toEqual(essence(drain));
  });

  test('1, 2 and 4 workers find what one thread finds, in the same order', async () => {
    const seeds = ['1', '2', '3', '4', '5', '6'];
    const alone: unknown[] = [];
    for (const seed of seeds) alone.push(await once(seed));
    for (const jobs of [1, 2, 4]) {
      const { outcomes, nondeterministic } = await sweep({ ...loaded, scenario }, { seeds, jobs });
      expect(outcomes.map(essence), `${jobs} workers`).toEqual(alone);
      expect(nondeterministic).toEqual([]);
    }
  });
});

test('whoever repeats every seed after another finds no difference', async () => {
  const loaded = await loadedNamed('raft/churn');
  const swept = await sweep(
    { ...loaded, scenario: shortened(loaded.scenario) },
    { seeds: ['1', '2', '3'], jobs: 2, checkDeterminism: true },
  );
  expect(swept.nondeterministic).toEqual([]);
});
