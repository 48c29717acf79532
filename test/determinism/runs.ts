/** Runs of built-in scenarios, and what two of them must have in common. */
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../scenarios/catalogue.ts';
import { type Loaded, loadScenario, makePump, type Outcome, simulate } from '../../sim/entry/main.ts';
import type { RunOptions, Scenario } from '../../sim/index.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Kills, pauses, partitions, lost and doubled packets, skewed clocks: every kind of chance has its place in these. */
export const scenarioNames = ['raft/churn', 'raft/partition', 'raft/overthrow', 'zoo/raft-forgets-vote'];

export async function loadedNamed(name: string): Promise<Loaded> {
  const loading = await loadScenario(`${root}scenarios/${name}.yaml`);
  if (!loading.ok) throw new Error(JSON.stringify(loading.problems));
  return loading.loaded;
}

/** The scenario, over sooner. */
export const shortened = (scenario: Scenario): Scenario => ({
  ...scenario,
  durationUs: 3_000_000,
  recoveryUs: 1_000_000,
});

/** One run in this thread. */
export async function outcomeOf(
  scenario: Scenario,
  seed: string,
  options: RunOptions & { readonly way?: 'drain' | 'hop' } = {},
): Promise<Outcome> {
  const { way, ...rest } = options;
  return simulate(scenario, seed, catalogue, await makePump(way === undefined ? {} : { way }), rest);
}

/** One run in this thread, with everything that was recorded. */
export const recorded = ({ scenario }: Pick<Loaded, 'scenario'>, seed: string): Promise<Outcome> =>
  outcomeOf(scenario, seed, { record: 'full' });

/** An outcome without what may differ: real time, and how much was written down. */
export function essence({ wallMs: _, full: __, ...rest }: Outcome) {
  return rest;
}
