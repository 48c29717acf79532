/** Which seeds a test runs: what its code says, unless the environment says otherwise. */

/** A count (200 are the seeds 1 to 200), a range (`5..80`), or a list. */
export type Seeds = number | string | readonly (number | string)[];

export interface SeedOptions {
  /** Default 20. `SKERRY_SEEDS` goes before it, and `SKERRY_SEED` before both. */
  readonly seeds?: Seeds;
  /** This seed and no other, whatever the environment says. */
  readonly seed?: number | string;
}

const seedsDefault = 20;
const seedsMax = 1_000_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** The one seed that the environment asks for, with everything that can be said about it. */
export const seedInFocus = (environment: Environment = process.env): string | undefined =>
  environment.SKERRY_SEED === '' ? undefined : environment.SKERRY_SEED;

/** @throws RangeError if that is no seed, or none at all */
export function seedsFor(
  { seed, seeds = seedsDefault }: SeedOptions,
  pinned: readonly string[] = [],
  environment: Environment = process.env,
): string[] {
  if (seed !== undefined) return [String(seed)];
  const focus = seedInFocus(environment);
  if (focus !== undefined) return [focus];
  const asked = environment.SKERRY_SEEDS;
  const chosen =
    asked === undefined || asked === '' ? seedList(seeds, 'seeds') : seedList(asked, 'SKERRY_SEEDS');
  return [...new Set([...pinned, ...chosen])];
}

function seedList(seeds: Seeds, name: string): string[] {
  if (typeof seeds === 'object') {
    if (seeds.length > 0) return seeds.map(String);
    throw new RangeError(`${name} is an empty list: nothing would be run`);
  }
  const [, from = '1', to] = /^(?:(\d{1,9})\.\.)?(\d{1,9})$/.exec(String(seeds)) ?? [];
  if (to === undefined || Number(from) > Number(to)) {
    const what = JSON.stringify(seeds);
    throw new RangeError(
      `${name} is a count (200), a range (5..80) or a list of seeds, and not empty; not ${what}`,
    );
  }
  const count = Number(to) - Number(from) + 1;
  if (count > seedsMax) throw new RangeError(`${name} are ${count} seeds, more than ${seedsMax}`);
  return Array.from({ length: count }, (_, index) => String(Number(from) + index));
}

/** As `SKERRY_SEEDS` takes it: `1..200` if they follow each other. */
export function seedsText(seeds: readonly string[]): string | undefined {
  const numbers = seeds.map(Number);
  const follows = numbers.every((seed, index) => Number.isInteger(seed) && seed === numbers[0]! + index);
  if (!follows || numbers.length === 0) return undefined;
  return `${numbers[0]}..${numbers.at(-1)}`;
}
