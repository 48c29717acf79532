/**
 * Kleppmann's figure: a paused holder writes after the next one. Redlock cannot keep it out; fencing tokens do. And the
 * reason for which Redlock exists: a failover that forgets a lock.
 */
import { expect, test } from 'vitest';
import { loadedNamed, outcomeOf, recorded } from '../determinism/runs.ts';

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

const failover = await loadedNamed('lessons/failover-forgets-lock');

test('a primary that copies later forgets a lock over a failover, and gives its token again', async () => {
  const outcome = await recorded(failover, '1');
  expect(outcome.violations.map(({ check }) => check)).toEqual(['mutual-exclusion']);
  expect(outcome.full!.history.map(({ f, output }) => [f, output])).toEqual([
    ['acquire', 1],
    ['acquire', 1],
  ]);
});

test('one that answers when a majority has a copy does not give the lock that nobody but it would know of', async () => {
  const scenario = { ...failover.scenario, protocol: 'locks/replicated' };
  const outcome = await recorded({ scenario }, '1');
  expect(outcome.verdict).toBe('held');
  const granted = outcome.full!.history.map(({ client, type, output }) => [client, type, output]);
  // The first client tries until it has the lock as well, from the next primary and in its turn.
  expect(granted.filter(([, type]) => type === 'ok').map(([, , token]) => token)).not.toContain(undefined);
  expect(new Set(granted.map(([, , token]) => token)).size).toBe(granted.length);
});

test.each([
  ['zoo/lock-counted-from-answer', 'broken'],
  ['locks/single-node', 'held'],
])('of a lock whose grant is slow, %s: %s', async (protocol, verdict) => {
  const { scenario } = await loadedNamed('lessons/lease-counted-late');
  for (const seed of seeds) expect((await outcomeOf({ ...scenario, protocol }, seed)).verdict).toBe(verdict);
});
