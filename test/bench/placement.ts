/** Placement of keys: lookups, and how even shares are and how many keys move, as percentages of the ideal. */
import { type Member, type Place, rendezvous, ring } from '../../protocols/placement/index.ts';
import type { Subject } from './measure.ts';

const keys = Array.from({ length: 20_000 }, (_, at) => `user:${at}`);
const membersTo = (count: number): Member[] =>
  Array.from({ length: count }, (_, at) => ({ id: `n${at + 1}`, weight: 1 }));

export const placement: readonly Subject[] = [10, 100].flatMap((servers) => [
  subject(`ring of 128 points, ${servers} servers`, ring(128), servers),
  subject(`rendezvous, ${servers} servers`, rendezvous, servers),
]);

function subject(name: string, place: Place, servers: number): Subject {
  return {
    section: 'placement',
    name,
    unit: 'lookups',
    async round(ms) {
      const placement = place(membersTo(servers));
      const startMs = performance.now();
      let count = 0;
      do {
        for (const key of keys) placement.owners(key, 1);
        count += keys.length;
      } while (performance.now() - startMs < ms);
      return { count, ms: performance.now() - startMs, also: quality(place, servers) };
    },
  };
}

function quality(place: Place, servers: number): Record<string, number> {
  const members = membersTo(servers);
  const [before, after] = [ownersOf(place, members), ownersOf(place, membersTo(servers + 1))];
  const without = ownersOf(place, members.slice(1));
  const weighted = members.map(({ id }, at) => ({ id, weight: 1 + (at % 4) }));
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  const shares = sharesOf(ownersOf(place, weighted));
  const ideal = keys.length / (servers + 1);
  return {
    '% of an equal share at most': (Math.max(...sharesOf(before).values()) * servers * 100) / keys.length,
    '% of its due at most, of servers of weight 1 to 4': Math.max(
      ...weighted.map(({ id, weight }) => ((shares.get(id) ?? 0) * total * 100) / (weight * keys.length)),
    ),
    '% of the ideal moved to a new server': (movedFrom(before, after) * 100) / ideal,
    // All that a server had must go when it leaves, and nothing else may.
    '% of its keys moved when a server left':
      (movedFrom(before, without) * 100) / (sharesOf(before).get('n1') ?? 0),
  };
}

const ownersOf = (place: Place, members: readonly Member[]): readonly string[] => {
  const placement = place(members);
  return keys.map((key) => placement.owners(key, 1)[0]!);
};

function sharesOf(owners: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return counts;
}

const movedFrom = (before: readonly string[], after: readonly string[]): number =>
  before.filter((owner, at) => owner !== after[at]).length;
