/**
 * Consistent hashing: servers and keys are hashed onto a ring, and a key belongs to the server that comes next
 * (Karger et al., *Consistent Hashing and Random Trees*, STOC 1997, §4). Each server has many points on the ring, so
 * that shares are even and a server that leaves is replaced by all others, each for a part.
 */
import type { HostId } from '../host.ts';
import { hashText } from './hash.ts';
import type { Member, Place } from './view.ts';

/**
 * A ring with so many points for each unit of weight. The share of a server is off by about one part in the square root
 * of the number of its points. A lookup takes the logarithm of the number of all points.
 */
export function ring(points: number): Place {
  return (members) => {
    const ids = members.map(({ id }) => id).sort();
    const { places, owners: ownerAt } = laidOut(members, ids, points);
    const size = places.length;
    return {
      owners(key, n) {
        if (size === 0) return [];
        const start = firstAtOrAfter(places, hashText(key));
        if (n === 1) return [ids[ownerAt[start % size]!]!];
        const owners = new Set<HostId>();
        for (let step = 0; step < size && owners.size < Math.min(n, ids.length); step++) {
          owners.add(ids[ownerAt[(start + step) % size]!]!);
        }
        return [...owners];
      },
    };
  };
}

/**
 * All points in their order around the ring, each with the number of its server among `ids`. Point and server are sorted
 * as one number, below 2^53 with fewer than 2^21 servers: where two servers have a point at one place, their names decide.
 */
function laidOut(members: readonly Member[], ids: readonly HostId[], points: number) {
  const numberOf = new Map(ids.map((id, at) => [id, at]));
  const total = members.reduce((sum, { weight }) => sum + weight * points, 0);
  const sorted = new Float64Array(total);
  let next = 0;
  for (const { id, weight } of members) {
    const own = numberOf.get(id)!;
    for (let at = 0; at < weight * points; at++) {
      sorted[next++] = hashText(`${id} ${at}`) * ids.length + own;
    }
  }
  sorted.sort();
  return {
    places: Uint32Array.from(sorted, (point) => Math.floor(point / ids.length)),
    owners: Uint32Array.from(sorted, (point) => point % ids.length),
  };
}

function firstAtOrAfter(places: Uint32Array, place: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places[middle]! < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
