/** Caches with one mistake each. */
import { type CachingRules, cachingWith } from '../../protocols/caching/index.ts';
import type { Protocol } from '../../protocols/protocol.ts';

const specimen = (name: string, about: string, replaced: Partial<CachingRules>): Protocol => ({
  ...cachingWith(replaced),
  name,
  about,
});

export const cachingSpecimens: readonly Protocol[] = [
  specimen(
    'zoo/cache-fills-stale',
    'A cache that keeps whatever it is filled with, though the key was invalidated after it was read (Nishtala et al. 2013).',
    { mayFill: () => true },
  ),
  specimen(
    'zoo/cache-stampedes',
    'A cache that begins a load for everybody who asks for a missing key, however many are under way.',
    { mayLoad: () => true },
  ),
  specimen(
    'zoo/cache-forgets-session',
    'A client of caches that takes what it gets, be it older than what it has read or written.',
    { atLeast: () => 0 },
  ),
  specimen(
    'zoo/cache-by-wall-clock',
    'Caches whose entries expire by the wall clock, which may be set back.',
    {
      now: (clock) => clock.now(),
    },
  ),
  specimen(
    'zoo/cache-tells-once',
    'A cache that tells the others of a write only if it was not done before: then whoever did it may have told nobody.',
    { mustTell: ({ isDone, isRepeated }) => isDone && !isRepeated },
  ),
  specimen(
    'zoo/cache-ages-from-fill',
    'Caches that count the age of an entry from when it came, not from before it was read.',
    { bornMs: (_, nowMs) => nowMs },
  ),
];
