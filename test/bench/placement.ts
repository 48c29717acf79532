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
  const [before, after] = [place(membersTo(servers)), place(membersTo(servers + 1))];
  const counts = new Map<string, number>();
  let moved = 0;
  for (const key of keys) {
    const [owner] = before.owners(key, 1);
    counts.set(owner!, (counts.get(owner!) ?? 0) + 1);
    if (after.owners(key, 1)[0] !== owner) moved += 1;
  }
  return {
    '% of an equal share at most': (Math.max(...counts.values()) * servers * 100) / keys.length,
    '% of the ideal moved to a new server': (moved * (servers + 1) * 100) / keys.length,
  };
}
