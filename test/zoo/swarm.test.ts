/** Raft under every kind of fault there is, a part of them in each seed. */
import { expect, test } from 'vitest';
import { faultKinds } from '../../sim/entry/main.ts';
import { loadedNamed } from '../determinism/runs.ts';
import { seedsOf, seedsTo, sweepOver } from './zoo.ts';

const seeds = seedsOf(5_000, 40);
const swarm = await loadedNamed('raft/swarm');

test('the swarm draws from every kind of fault', () => {
  const drawn = swarm.scenario.nemesis!.faults.map(({ kind }) => kind);
  expect([...drawn].sort()).toEqual([...faultKinds].sort());
  expect(swarm.scenario.nemesis).toMatchObject({ swarm: true });
});

test(`over ${seeds} seeds nothing is lost, and a healed majority gets going again`, async () => {
  const { outcomes, verdict, reasons } = await sweepOver(swarm, seedsTo(seeds));
  const alarms = outcomes.filter((outcome) => outcome.verdict === 'broken');
  expect(alarms.map(({ seed, violations }) => `seed ${seed}: ${violations[0]?.message}`)).toEqual([]);
  expect({ verdict, reasons }).toEqual({ verdict: 'held', reasons: [] });
  const struck = new Set(outcomes.flatMap(({ faults }) => Object.keys(faults)));
  expect([...struck].sort(), 'every kind took effect in some seed').toEqual([...faultKinds].sort());
});
