/** Every kind of fault bites: a protocol that trusts what the fault breaks is caught with it, and silent without it. */
import { describe, expect, test } from 'vitest';
import { faultKinds, loadedOf, type Scenario } from '../../sim/entry/main.ts';
import { loadedIn, seedsOf, seedsTo, sweepOver } from './zoo.ts';

const seedsWithout = seedsOf(2_000, 5);
const bites = await loadedIn('faults');
const kinds = [...faultKinds, 'buggify'];

test.each(kinds)('%s has a scenario of its own', (kind) => {
  const own = bites.filter(({ name }) => name === `faults/${kind}` || name.startsWith(`faults/${kind}-`));
  expect(own.map(({ name }) => name)).not.toEqual([]);
});

describe.each(bites.map((bite) => [bite.name, bite] as const))('%s', (_, bite) => {
  const { scenario } = bite;

  test('breaks by what the fault does, at its pinned seeds and by no other check', async () => {
    expect(scenario.expect.verdict).toBe('broken');
    expect(scenario.seeds.length).toBeGreaterThan(0);
    const { expected, reasons, outcomes } = await sweepOver(bite, scenario.seeds);
    const held = outcomes.filter(({ verdict }) => verdict !== 'broken').map(({ seed }) => seed);
    expect({ expected, reasons, held }).toEqual({ expected: true, reasons: [], held: [] });
  });

  test('does so with faults of that kind only', () => {
    const used = [
      ...scenario.faults.map(({ fault }) => fault.kind),
      ...(scenario.nemesis?.faults ?? []).map(({ kind }) => kind),
      ...(scenario.buggify === undefined ? [] : ['buggify']),
    ];
    const kind = kinds.find(
      (name) => bite.name === `faults/${name}` || bite.name.startsWith(`faults/${name}-`),
    );
    // What a disk has forgotten shows when the power goes.
    const besides = kind === 'disk' ? ['kill'] : [];
    expect(used).toContain(kind);
    expect(used.filter((name) => name !== kind && !besides.includes(name))).toEqual([]);
  });

  test(`is silent over ${seedsWithout} seeds without faults`, async () => {
    const calm = await loadedOf(bite.name, bite.file, withoutFaults(scenario));
    if (!calm.ok) throw new Error(JSON.stringify(calm.problems));
    const { outcomes } = await sweepOver(calm.loaded, seedsTo(seedsWithout));
    const broken = outcomes.filter(({ verdict }) => verdict === 'broken');
    expect(broken.map(({ seed, violations }) => `seed ${seed}: ${violations[0]?.message}`)).toEqual([]);
    // A run in which nothing succeeded would be silent too.
    expect(outcomes.filter(({ verdict }) => verdict === 'held').length).toBeGreaterThan(
      outcomes.length * 0.9,
    );
  });
});

function withoutFaults(scenario: Scenario): Scenario {
  const { nemesis: _, buggify: __, ...rest } = scenario;
  const { faults: ___, ...least } = scenario.atLeast;
  return {
    ...rest,
    faults: [],
    seeds: [],
    expect: { verdict: 'held' },
    atLeast: { ...least, faults: 0 },
  };
}
