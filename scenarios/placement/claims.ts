/** What placement promises, read off what servers show. */
import type { ServerView } from '../../protocols/placement/index.ts';
import {
  type AlwaysClaim,
  type Check,
  mutualExclusion,
  needlessMove,
  type SometimesClaim,
  sometimes,
} from '../../sim/index.ts';

const hasOf = (state: unknown) => (state as Partial<ServerView> | undefined)?.has;

const exclusive: AlwaysClaim = mutualExclusion(
  'one-owner',
  'No two servers have the same key at one time, whatever views they know.',
  (state) => hasOf(state)?.map((resource) => ({ resource })),
);

/** Servers show the same list for as long as it is right, so that most turns need no look at it. */
const oneOwner: AlwaysClaim = {
  ...exclusive,
  start() {
    const fold = exclusive.start();
    const seen = new Map<string, unknown>();
    return {
      observe(observation) {
        const has = observation.up ? hasOf(observation.state) : undefined;
        if (seen.get(observation.host) === has) return undefined;
        seen.set(observation.host, has);
        return fold.observe(observation);
      },
    };
  },
};

/** Where the keys are in one view, as far as any server has shown it. */
interface Placed {
  readonly members: readonly string[];
  readonly owners: Map<string, string>;
}

/** Monotonicity (Karger et al., STOC 1997, §4), from each view to the next one. */
export const movesOnlyWhereNeeded: AlwaysClaim = {
  name: 'moves-only-where-needed',
  about: 'In one view a key has one owner; in the next it moves only to who joined, or away from who left.',
  kind: 'always',
  start() {
    const views = new Map<number, Placed>();
    const seen = new Map<string, unknown>();
    const problem = (version: number, key: string): string | undefined => {
      const [before, after] = [views.get(version), views.get(version + 1)];
      const [from, to] = [before?.owners.get(key), after?.owners.get(key)];
      if (from === undefined || to === undefined) return undefined;
      const members = { before: before!.members, after: after!.members };
      return needlessMove(new Map([[key, from]]), new Map([[key, to]]), members);
    };
    /** What is wrong with an owner after all that was shown before. */
    const take = (placed: Placed, version: number, key: string, owner: string): string | undefined => {
      const known = placed.owners.get(key);
      if (known === owner) return undefined;
      placed.owners.set(key, owner);
      if (known !== undefined) return `"${key}" belongs to ${known} and to ${owner}`;
      return problem(version - 1, key) ?? problem(version, key);
    };
    return {
      observe({ host, up, state, atUs }) {
        const { owners, members, version } = (up ? (state ?? {}) : {}) as Partial<ServerView>;
        if (owners === undefined || seen.get(host) === owners) return undefined;
        seen.set(host, owners);
        const placed = views.get(version!) ?? { members: members!, owners: new Map() };
        views.set(version!, placed);
        for (const [key, owner] of owners) {
          const found = take(placed, version!, key, owner);
          if (found === undefined) continue;
          const message = `in view ${version}, as ${host} knows it, ${found}`;
          return { check: movesOnlyWhereNeeded.name, message, atUs, evidence: { version, key, owner } };
        }
        return undefined;
      },
    };
  },
};

/** Without that a run proves nothing about servers that come and go. */
const keyMoved: SometimesClaim = sometimes(
  'key-moved',
  'A server gets a key from the one that owned it before.',
  ({ state }) => ((state as Partial<ServerView> | undefined)?.received ?? 0) > 0,
);

const alwaysCheck = (claim: AlwaysClaim): Check => ({ ...named(claim), kind: 'always', claim: () => claim });
const named = ({ name, about }: AlwaysClaim | SometimesClaim) => ({ name, about, options: {} });

export const placementChecks: readonly Check[] = [
  alwaysCheck(oneOwner),
  alwaysCheck(movesOnlyWhereNeeded),
  { ...named(keyMoved), kind: 'sometimes', claim: () => keyMoved },
];
