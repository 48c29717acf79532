/** Workers that are kept from one scenario to the next: they have loaded everything, and the compiler knows the code. */
import { runsFromSource } from '../platform/installation.ts';
import { type Batch, Workers } from '../platform/workers.ts';
import type { Loaded } from './engine.ts';
import type { Job, JobResult, Shared } from './job.ts';

/**
 * Runs the jobs of scenarios, a scenario at a time. A module of a user's has workers of its own, for what it keeps in
 * module variables is nobody else's business.
 */
export class Crew {
  #workers: Workers | undefined;
  #module: string | undefined;

  async run(
    { scenario, module }: Loaded,
    batch: Omit<Batch<Job, JobResult>, 'shared'>,
  ): Promise<'finished' | 'aborted'> {
    if (this.#workers !== undefined && this.#module !== module) await this.close();
    this.#module = module;
    this.#workers ??= new Workers(new URL(runsFromSource ? './job.ts' : './job.js', import.meta.url));
    const shared: Shared = { scenario, ...(module !== undefined && { module }) };
    return this.#workers.run({ ...batch, shared });
  }

  /** Ends the workers; another run hires new ones. */
  async close(): Promise<void> {
    const workers = this.#workers;
    this.#workers = undefined;
    await workers?.close();
  }
}

/** Lends `crew` if there is one, or else one that is sent home afterwards. */
export async function withCrew<T>(crew: Crew | undefined, use: (crew: Crew) => Promise<T>): Promise<T> {
  if (crew !== undefined) return use(crew);
  const own = new Crew();
  try {
    return await use(own);
  } finally {
    await own.close();
  }
}
