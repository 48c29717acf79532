/** The canaries of `scenarios/zoo`, the scenarios of the protocols without a mistake, and sweeps over them. */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterAll } from 'vitest';
import {
  Crew,
  catalogue,
  judgeSweep,
  type Loaded,
  makePump,
  type Outcome,
  type Sweep,
  simulate,
  sweep,
} from '../../sim/entry/main.ts';
import { loadedNamed, root } from '../determinism/runs.ts';

/** Whether there is time for the numbers that are promised, rather than for a sample of them. */
export const isLong = process.env.SKERRY_LONG === '1';

/** `SKERRY_LONG_SHARE=4` runs a quarter of the long numbers, for machines with less time. */
const share = Number(process.env.SKERRY_LONG_SHARE ?? 1);

/** As many as are promised if there is time for them (or the share of it that there is), else a sample. */
export const seedsOf = (promised: number, sample: number): number =>
  isLong ? Math.ceil(promised / share) : sample;

const fewSeeds = 60;
/** Its workers stay for all sweeps of a file. */
const crew = new Crew();
afterAll(() => crew.close());

/** The scenarios of a folder. */
export const loadedIn = (folder: string): Promise<Loaded[]> => Promise.all(namesIn(folder).map(loadedNamed));

const namesIn = (folder: string): string[] =>
  readdirSync(`${root}scenarios/${folder}`)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => `${folder}/${name.slice(0, -'.yaml'.length)}`);

export const canaries: readonly Loaded[] = await loadedIn('zoo');
/** Folders of scenarios that correct protocols must pass. */
const twinFolders = [
  'raft',
  'transactions',
  'clocks',
  'ids',
  'locks',
  'membership',
  'gossip',
  'placement',
  'replication',
  'caching',
];
export const twins: readonly Loaded[] = (await Promise.all(twinFolders.map(loadedIn))).flat();

/** The scenario without the three things in which a canary differs from its twin. */
export function setting({ scenario }: Loaded): object {
  const { protocol: _, seeds: __, expect: ___, ...rest } = scenario;
  return rest;
}

/** As `sweep` runs and judges it; few seeds in this thread, for a worker takes longer to start than they do. */
export async function sweepOver(loaded: Loaded, seeds: readonly string[]): Promise<Sweep> {
  if (seeds.length > fewSeeds) return sweep(loaded, { crew, seeds, jobs: availableParallelism() });
  const { name, file, scenario } = loaded;
  const pump = await makePump({});
  const outcomes: Outcome[] = [];
  for (const seed of seeds) outcomes.push(await simulate(scenario, seed, catalogue, pump));
  return { scenario: name, file, outcomes, ...judgeSweep(scenario, outcomes) };
}

export const seedsTo = (last: number): string[] =>
  Array.from({ length: last }, (_, index) => String(index + 1));
