/** Kleppmann's figure: a paused holder writes after the next one. Redlock cannot keep it out; fencing tokens do. */
import { expect, test } from 'vitest';
import { loadedNamed, outcomeOf } from '../determinism/runs.ts';

const { scenario } = await loadedNamed('lessons/redlock-pause');
// In others the holder writes before it is paused, or sees in time that its lock is over.
const seeds = ['1', '2', '3'];

test('under Redlock the resource is written by both, although the leases do not overlap', async () => {
  for (const seed of seeds) {
    const { violations } = await outcomeOf(scenario, seed);
    expect(violations.map(({ check }) => check)).toEqual(['fencing']);
  }
});

test('on one node with fencing tokens the late write is refused', async () => {
  const { options } = scenario;
  const fenced = {
    ...scenario,
    protocol: 'locks/single-node',
    nodes: { node: 1, resource: 1 },
    options: { ...options, persistence: 'always' },
  };
  for (const seed of seeds) {
    const { verdict, operations } = await outcomeOf(fenced, seed);
    expect({ verdict, refused: operations.fail }).toEqual({ verdict: 'held', refused: 1 });
  }
});
