/**
 * Consistent hashing: servers and keys are hashed onto a ring, and a key belongs to the server that comes next
 * (Karger et al., *Consistent Hashing and Random Trees*, STOC 1997, §4). Each server has many points on the ring, so
 * that shares are even and a server that leaves is replaced by all others, each for a part.
 */
import type { HostId } from '../host.ts';
import { hashText } from './hash.ts';
import type { Place } from './view.ts';

/**
 * A ring with so many points for each unit of weight. The share of a server is off by about one part in the square root
 * of the number of its points. A lookup takes the logarithm of the number of all points.
 */
export function ring(points: number): Place {
  return (members) => {
    const all = members
      .flatMap(({ id, weight }) =>
        Array.from({ length: weight * points }, (_, at) => ({ id, place: hashText(`${id} ${at}`) })),
      )
      // Two servers at one place: the order of the members must not decide.
      .sort((left, right) => left.place - right.place || (left.id < right.id ? -1 : 1));
    const places = Uint32Array.from(all, ({ place }) => place);
    const ids = all.map(({ id }) => id);
    return {
      owners(key, n) {
        const start = firstAtOrAfter(places, hashText(key));
        if (n === 1 && ids.length > 0) return [ids[start % ids.length]!];
        const owners = new Set<HostId>();
        for (let step = 0; step < ids.length && owners.size < Math.min(n, members.length); step++) {
          owners.add(ids[(start + step) % ids.length]!);
        }
        return [...owners];
      },
    };
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
