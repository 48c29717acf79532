/** From a seed that breaks to the smallest failure, run once more from scratch. */
import { catalogue } from '../../scenarios/catalogue.ts';
import { type Outcome, type Smallest, smallestOf } from '../index.ts';
import { type Loaded, runFully, shrinkSeed } from './engine.ts';

export interface FoundSmallest {
  /** The run that it started from. */
  readonly outcome: Outcome;
  /** Undefined if nothing can be shrunk: `doubt` says why. */
  readonly smallest?: Smallest;
  readonly doubt?: string;
}

/** What a check promises, in words, if the built-in catalogue knows it. */
export const promiseOf = (check: string | undefined): string | undefined =>
  check === undefined ? undefined : catalogue.checks.get(check)?.about;

/**
 * Makes the failure of a seed as small as the budget allows, and runs the result again: what
 * comes back broke twice with the same fingerprint.
 */
export async function findSmallest(
  loaded: Loaded,
  seed: string,
  options: Parameters<typeof shrinkSeed>[2] = {},
): Promise<FoundSmallest> {
  const { outcome, shrunk } = await shrinkSeed(loaded, seed, options);
  if (shrunk === undefined) {
    const doubt =
      outcome.verdict === 'broken'
        ? 'it breaks otherwise when it is written out as a script'
        : 'it does not break';
    return { outcome, doubt };
  }
  const again = await runFully({ ...loaded, scenario: shrunk.scenario }, shrunk.seed, {
    ...(options.crew && { crew: options.crew }),
  });
  if (again.fingerprint !== shrunk.outcome.fingerprint) {
    const prints = `${shrunk.outcome.fingerprint}, then ${again.fingerprint}`;
    return { outcome, doubt: `the small run was another one when it was repeated (fingerprint ${prints})` };
  }
  return { outcome, smallest: smallestOf(shrunk, promiseOf(shrunk.check)) };
}
