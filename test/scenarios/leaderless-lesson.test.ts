/** A read that has seen a write under way must not be followed by one that has not. */
import { expect, test } from 'vitest';
import { loadedNamed, outcomeOf } from '../determinism/runs.ts';

const { scenario } = await loadedNamed('lessons/leaderless-quorums');
const seeds = ['1', '2', '3'];
const readsOf = async (options: object, seed: string) => {
  const outcome = await outcomeOf({ ...scenario, options: { ...scenario.options, ...options } }, seed, {
    record: 'full',
  });
  const reads = outcome.full!.history.filter(({ f }) => f === 'get').map(({ output }) => output);
  return { verdict: outcome.verdict, reads };
};

test('R + W > N alone lets a reader see the old value after another one has seen the new', async () => {
  for (const seed of seeds) {
    expect(await readsOf({}, seed)).toEqual({ verdict: 'broken', reads: [2, 1, 2] });
  }
});

test('a reader that writes back waits until the new value is where the next one will look', async () => {
  for (const seed of seeds) {
    expect(await readsOf({ writeBack: true }, seed)).toMatchObject({ verdict: 'held' });
  }
});
