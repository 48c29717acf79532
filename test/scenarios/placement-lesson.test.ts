/** Two views of one ring: a key has two owners, unless the new one asks the old one first. */
import { expect, test } from 'vitest';
import { loadedNamed, recorded } from '../determinism/runs.ts';

const loaded = await loadedNamed('lessons/outdated-ring');
const seeds = ['1', '2', '3'];
const told = async (lesson: typeof loaded, seed: string) => {
  const { violations, full } = await recorded(lesson, seed);
  const reads = full!.history.filter(({ f }) => f === 'get').map(({ output }) => output);
  return { broken: violations.map(({ check }) => check), reads };
};

test('a client with the old view reads from the old owner what was overwritten at the new one', async () => {
  for (const seed of seeds) {
    expect(await told(loaded, seed)).toEqual({ broken: ['linearizable'], reads: [1] });
  }
});

test('an owner that was asked for its key disagrees, and answers with its newer view', async () => {
  const fixed = { ...loaded, scenario: { ...loaded.scenario, protocol: 'placement/ring' } };
  for (const seed of seeds) expect(await told(fixed, seed)).toEqual({ broken: [], reads: [2] });
});
