/** What gossip promises, read off the copies of its hosts and what clients saw of them. */
import { type Entry as GossipEntry, type GossipView, stampText } from '../../protocols/gossip/index.ts';
import { type Check, deletedStaysDeleted, type Entry, sometimes, viewsConverge } from '../../sim/index.ts';

const view = (state: unknown): GossipView | undefined => state as GossipView | undefined;
const revision = (state: unknown): number | undefined => view(state)?.revision;

/** Grows with the stamp: of one version the later writer by name, whose number has as many digits as it likes. */
const rankOf = ({ version, writer }: GossipEntry): string =>
  `${String(version).padStart(8, '0')} of ${writer}`;

const deleted = deletedStaysDeleted(
  'deleted-stays-deleted',
  'What a host has shown as deleted it never shows again, unless it was written anew.',
  function* (state): Iterable<Entry> {
    for (const entry of view(state)?.entries?.values() ?? []) {
      const isDeleted = entry.value === null;
      // The quotes make stories look for it.
      yield { key: entry.key, version: rankOf(entry), inWords: `"${stampText(entry)}"`, isDeleted };
    }
  },
  revision,
);

const converge = viewsConverge(
  'copies-converge',
  'In the end all copies of the map are the same.',
  'copy of the map',
  (state) => {
    const entries = view(state)?.entries;
    if (entries === undefined) return undefined;
    return Object.fromEntries(
      [...entries.values()].filter(({ value }) => value !== null).map(({ key, value }) => [key, value]),
    );
  },
  revision,
);

const forgotten = sometimes(
  'tombstone-forgotten',
  'A tombstone is dropped.',
  ({ state }) => (view(state)?.forgotten ?? 0) > 0,
);

export const gossipChecks: readonly Check[] = [
  { name: deleted.name, about: deleted.about, kind: 'always', options: {}, claim: () => deleted },
  { name: converge.name, about: converge.about, kind: 'finally', options: {}, claim: () => converge },
  { name: forgotten.name, about: forgotten.about, kind: 'sometimes', options: {}, claim: () => forgotten },
];
