/** What leaderless replication promises, read off what its nodes show. */
import type { LeaderlessView } from '../../protocols/replication/index.ts';
import {
  broken,
  type Check,
  type FinallyClaim,
  held,
  type SometimesClaim,
  siblingsKept,
  sometimes,
  tableNeverGoesBack,
  unknown,
} from '../../sim/index.ts';

const viewOf = (state: unknown): LeaderlessView | undefined => {
  const view = state as Partial<LeaderlessView> | undefined;
  return view?.versions === undefined ? undefined : (view as LeaderlessView);
};

/** In the end all replicas of a key that are up store the same of it; a deletion may be forgotten by some, but nothing else. */
const replicasAgree: FinallyClaim = {
  name: 'replicas-agree',
  about: 'In the end all nodes that store a key store the same.',
  kind: 'finally',
  start() {
    const views = new Map<string, LeaderlessView>();
    let lastUs = 0;
    return {
      observe({ host, up, state, atUs }) {
        lastUs = atUs;
        const view = up ? viewOf(state) : undefined;
        // The node goes on to show this very object.
        if (view !== undefined) views.set(host, view);
        else if (!up) views.delete(host);
      },
      judge() {
        const first = new Map<string, { host: string; version: number }>();
        let compared = 0;
        const differ = (message: string, evidence: object) =>
          broken({ check: replicasAgree.name, message: `${message} in the end`, atUs: lastUs, evidence });
        for (const [host, { versions, deleted }] of views) {
          for (const [key, version] of versions) {
            for (const [lacking, { stores, versions: others }] of deleted.has(key) ? [] : views) {
              if (others.has(key) || !stores(key)) continue;
              return differ(`${lacking} stores nothing of "${key}", and ${host} does,`, {
                key,
                lacking,
                host,
              });
            }
            const other = first.get(key);
            if (other === undefined) {
              first.set(key, { host, version });
              continue;
            }
            compared++;
            if (other.version === version) continue;
            return differ(`${other.host} and ${host} store different states of "${key}"`, {
              key,
              other,
              host,
            });
          }
        }
        return compared > 0 ? held : unknown('no two nodes stored the same key in the end');
      },
    };
  },
};

const storedNeverGoesBack = tableNeverGoesBack(
  'stored-never-goes-back',
  'What a node shows as stored is there after every crash, or something newer.',
  {
    noun: 'time',
    restarts: 'keep it',
    numbers: (state) => viewOf(state)?.times,
  },
);

const did = (name: string, about: string, statistic: keyof LeaderlessView['statistics']): SometimesClaim =>
  sometimes(name, about, ({ state }) => (viewOf(state)?.statistics[statistic] ?? 0) > 0);

const happened: readonly SometimesClaim[] = [
  did('read-written-back', 'A read writes back what it found.', 'writeBacks'),
  did('read-repaired', 'A read finds a replica behind, and repairs it.', 'readRepairs'),
  did('hint-handed-over', 'A node takes what another one kept for it.', 'handovers'),
  did('replicas-exchanged', 'A comparison of replicas finds something that one of them missed.', 'exchanged'),
  did('siblings-read', 'A read finds siblings.', 'siblingReads'),
  did('deletion-forgotten', 'All replicas forget a deletion.', 'forgotten'),
];

export const leaderlessChecks: readonly Check[] = [
  {
    name: replicasAgree.name,
    about: replicasAgree.about,
    kind: 'finally',
    options: {},
    claim: () => replicasAgree,
  },
  {
    name: storedNeverGoesBack.name,
    about: storedNeverGoesBack.about,
    kind: 'always',
    options: {},
    claim: () => storedNeverGoesBack,
  },
  {
    name: 'siblings-kept',
    about:
      'No acknowledged write is lost unless one that had seen it overwrote it; what was overwritten stays so.',
    kind: 'history',
    options: {},
    judge: ({ history }) => siblingsKept(history),
  },
  ...happened.map(
    (claim): Check => ({
      name: claim.name,
      about: claim.about,
      kind: 'sometimes',
      options: {},
      claim: () => claim,
    }),
  ),
];
