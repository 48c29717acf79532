/** What caches promise, read off what caches and the store show, and off what clients were told. */
import { type CacheNodeView, matches, type StoreView } from '../../protocols/caching/index.ts';
import {
  atMostOneInFlight,
  broken,
  type CacheView,
  type Check,
  cacheCoherent,
  type FinallyClaim,
  type History,
  held,
  type Operation,
  type SometimesClaim,
  sometimes,
  unknown,
  type Verdict,
} from '../../sim/index.ts';

type Shown =
  | Partial<Omit<CacheNodeView, 'role' | 'version'> & Omit<StoreView, 'role' | 'version'>>
  | undefined;

/** That there is no value is a value, too: a cache may know it, and a store need not. */
const known = (pairs: Iterable<readonly [key: string, value: unknown]>): [string, unknown][] =>
  [...pairs].map(([key, value]) => [key, value ?? undefined]);

const coherent: FinallyClaim = cacheCoherent(
  'cache-coherent',
  'Once all is quiet, every value that is cached is the one stored.',
  (state): CacheView | undefined => {
    const { stored, cached } = state as NonNullable<Shown>;
    if (stored !== undefined) return { stored: known(stored) };
    return cached === undefined ? undefined : { cached: known(cached) };
  },
);

const singleFlight = atMostOneInFlight(
  'single-flight',
  'At most one load of a key is under way at a time.',
  (state) => (state as NonNullable<Shown>).loading,
);

/**
 * What was overwritten before an invalidation began is read by nobody who asks after its end. Values must be written
 * once; reads of a value that nobody wrote, or that was deleted, are not judged.
 */
export function freshAfterInvalidation(history: History): Verdict {
  const writes = history.filter(({ f, type }) => f === 'put' && type !== 'fail');
  const changes = history.filter(({ f, type }) => (f === 'put' || f === 'delete') && type === 'ok');
  const invalidations = history.filter(({ f, type }) => f === 'invalidate' && type === 'ok');
  const reads = history.filter(({ f, type }) => f === 'get' && type === 'ok');
  const writerOf = new Map(writes.map((write) => [JSON.stringify([write.key, write.value]), write]));
  for (const read of reads) {
    const writer = writerOf.get(JSON.stringify([read.key, read.output]));
    if (writer === undefined || writer.type !== 'ok') continue;
    for (const invalidation of invalidations) {
      const isOver = (invalidation.return as number) < read.call;
      if (!isOver || !matches(invalidation.value as string, read.key as string)) continue;
      const newer = changes.find(
        ({ key, call, return: end }) =>
          key === read.key && (end as number) < invalidation.call && call > (writer.return as number),
      );
      if (newer !== undefined) return staleRead(read, newer, invalidation);
    }
  }
  return reads.length > 0 && invalidations.length > 0
    ? held
    : unknown('nothing was invalidated, or nothing read');
}

function staleRead(read: Operation, newer: Operation, invalidation: Operation): Verdict {
  const message =
    `${read.client ?? read.process}'s get → ${read.output} of key "${read.key}" is older than ` +
    `${newer.client ?? newer.process}'s ${newer.f} ${newer.value ?? ''}, which had returned before "${invalidation.value}" was invalidated`;
  return broken({
    check: fresh.name,
    message,
    ...(typeof read.returnUs === 'number' && { atUs: read.returnUs }),
    evidence: { operations: [newer, invalidation, read] },
  });
}

const fresh: Check = {
  name: 'fresh-after-invalidation',
  about: 'Nobody reads what was overwritten before it was invalidated.',
  kind: 'history',
  options: {},
  judge: ({ history }) => freshAfterInvalidation(history),
};

/** Comes true when a cache has counted this. */
const counted = (name: string, about: string, of: keyof CacheNodeView['statistics']): SometimesClaim =>
  sometimes(name, about, ({ state }) => ((state as Shown)?.statistics?.[of] ?? 0) > 0);

const rarities: readonly SometimesClaim[] = [
  counted('cache-hit', 'A cache has what it is asked for.', 'hits'),
  counted('stale-fill-refused', 'A value comes to a cache too late to be kept.', 'refusedFills'),
  counted('entry-evicted', 'An entry makes room for another one.', 'evictions'),
  counted('entry-expired', 'The time of an entry is over.', 'expirations'),
];

const named = ({ name, about }: { readonly name: string; readonly about: string }) => ({
  name,
  about,
  options: {},
});

export const cachingChecks: readonly Check[] = [
  { ...named(coherent), kind: 'finally', claim: () => coherent },
  { ...named(singleFlight), kind: 'always', claim: () => singleFlight },
  fresh,
  ...rarities.map((claim): Check => ({ ...named(claim), kind: 'sometimes', claim: () => claim })),
];
