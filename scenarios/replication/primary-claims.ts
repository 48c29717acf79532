/** What a primary and its secondaries promise, read off the view that each server exposes. */
import type { PrimarySecondaryView } from '../../protocols/replication/index.ts';
import {
  type AlwaysClaim,
  atMostOneHolder,
  broken,
  type Check,
  type FinallyClaim,
  held,
  holderReplaced,
  leaderAppendOnly,
  leaderCompleteness,
  logMatching,
  neverGoesBack,
  type Office,
  type ReplicatedLog,
  type SometimesClaim,
  sometimes,
  stateMachineSafety,
  unknown,
} from '../../sim/index.ts';

type View = PrimarySecondaryView;

const viewOf = (state: unknown): View | undefined =>
  (state as Partial<View> | undefined)?.follows === undefined ? undefined : (state as View);

const office: Office = {
  holder: 'primary',
  epoch: 'epoch',
  held: (state) => {
    const view = viewOf(state);
    return view?.role === 'primary' ? view.follows : -1;
  },
};

/** What is acknowledged was so in the epoch of the primary that a server follows, or in an earlier one. */
const replicated: ReplicatedLog<View> = {
  words: { leader: 'primary', term: 'epoch' },
  view: viewOf,
  leads: (view) => view.role === 'primary',
  term: (view) => view.follows,
  commitIndex: (view) => view.commitIndex,
  lastApplied: (view) => view.lastApplied,
  stateHash: (view) => view.stateHash,
  log: (view) => view.log,
};

/** Whom somebody follows outlives restarts, since a promise does; after one, it is 0 until a primary is heard. */
const epochFencing: AlwaysClaim = neverGoesBack(
  'epoch-fencing',
  'No server takes anything from the primary of an epoch once it has followed a later one.',
  {
    noun: 'epoch followed',
    restarts: 'keep it',
    value: (state) => viewOf(state)?.follows || undefined,
  },
);

const always: readonly AlwaysClaim[] = [
  atMostOneHolder('one-primary-an-epoch', 'At most one server is primary in an epoch.', office),
  epochFencing,
  leaderAppendOnly(
    'primary-append-only',
    'A primary never overwrites or deletes entries of its log, it only appends.',
    replicated,
  ),
  logMatching(
    'copies-match',
    'Two logs that contain an entry of the same place and epoch are identical up to it.',
    replicated,
  ),
  leaderCompleteness(
    'acknowledged-kept',
    'What was acknowledged in an epoch is in the log of the primary of every later epoch.',
    replicated,
  ),
  stateMachineSafety(
    'committed-equal',
    'Up to what they know to be acknowledged all logs are equal, all states are, and that stays.',
    replicated,
  ),
];

const sometimesTrue: readonly SometimesClaim[] = [
  holderReplaced('primary-replaced', 'A primary is followed by one of a later epoch.', office),
  sometimes(
    'tail-cut',
    'A server gives up entries that a later primary does not have.',
    ({ state }) => (viewOf(state)?.statistics.entriesCut ?? 0) > 0,
  ),
  sometimes(
    'acknowledged-lost',
    'A server gives up entries that had been acknowledged.',
    ({ state }) => (viewOf(state)?.statistics.acknowledgedCut ?? 0) > 0,
  ),
  sometimes(
    'snapshot-installed',
    'A secondary takes the state of a primary whose log no longer reaches back to what it lacks.',
    ({ state }) => (viewOf(state)?.statistics.snapshotsInstalled ?? 0) > 0,
  ),
  sometimes('read-at-secondary', 'A secondary answers a read.', ({ state }) => {
    const view = viewOf(state);
    return view?.role === 'secondary' && view.statistics.reads > 0;
  }),
];

/** A prefix that a primary has shown to be acknowledged. */
interface Known {
  readonly atUs: number;
  readonly epoch: number;
  readonly index: number;
}

/** The part of a log that a server shows to be acknowledged, in the end. */
interface Last {
  readonly commitIndex: number;
  readonly hash: number;
}

/**
 * In the end every server that is up knows all that the last primary had acknowledged a while before, and nothing else.
 */
export function secondariesCatchUp(withinUs: number): FinallyClaim {
  const name = 'secondaries-catch-up';
  return {
    name,
    about:
      'In the end no server is behind what the primary had acknowledged a while before, or differs from it.',
    kind: 'finally',
    start() {
      const lastOf = new Map<string, Last>();
      /** Of the primary of the latest epoch: prefix hashes by index, and when it had acknowledged what. */
      let epoch = 0;
      let hashes: number[] = [];
      let steps: Known[] = [];
      let nowUs = 0;
      return {
        observe({ host, up, state, atUs }) {
          nowUs = atUs;
          const view = up ? viewOf(state) : undefined;
          if (view === undefined) {
            lastOf.delete(host);
            return;
          }
          const { commitIndex, log, role, follows } = view;
          const hash = log.prefixHashAt(commitIndex);
          const last = lastOf.get(host);
          if (last?.commitIndex !== commitIndex || last.hash !== hash)
            lastOf.set(host, { commitIndex, hash });
          if (role !== 'primary' || follows < epoch) return;
          if (follows > epoch) [epoch, hashes, steps] = [follows, [], []];
          const known = hashes.length - 1;
          if (commitIndex <= known) return;
          // What was compacted is compared by what comes after it.
          const shown = Math.max(known + 1, log.firstIndex - 1);
          for (let index = shown; index <= commitIndex; index++) hashes[index] = log.prefixHashAt(index);
          steps.push({ atUs, epoch, index: commitIndex });
        },
        judge() {
          const due = steps.findLast(({ atUs }) => atUs <= nowUs - withinUs);
          if (due === undefined || lastOf.size < 2)
            return unknown('no primary acknowledged anything in time');
          for (const [host, { commitIndex, hash }] of lastOf) {
            const place = { host, commitIndex, epoch, index: due.index };
            if (commitIndex < due.index) {
              const message =
                `in the end ${host} knows of acknowledged entries up to ${commitIndex} only; the primary of epoch ` +
                `${epoch} had acknowledged ${due.index} more than ${withinUs / 1000} ms before`;
              return broken({ check: name, message, atUs: nowUs, evidence: place });
            }
            if (hashes[commitIndex] !== undefined && hashes[commitIndex] !== hash) {
              const message = `in the end the log of ${host} up to ${commitIndex} is not the primary's of epoch ${epoch}`;
              return broken({ check: name, message, atUs: nowUs, evidence: place });
            }
          }
          return held;
        },
      };
    },
  };
}

export const primaryChecks: readonly Check[] = [
  ...always.map(
    (claim): Check => ({
      name: claim.name,
      about: claim.about,
      kind: 'always',
      options: {},
      claim: () => claim,
    }),
  ),
  ...sometimesTrue.map(
    (claim): Check => ({
      name: claim.name,
      about: claim.about,
      kind: 'sometimes',
      options: {},
      claim: () => claim,
    }),
  ),
  {
    name: 'secondaries-catch-up',
    about: secondariesCatchUp(0).about,
    kind: 'finally',
    options: { within: { type: 'duration', default: 1000, min: 1, about: 'How long before.' } },
    claim: ({ within }) => secondariesCatchUp(Number(within) * 1000),
  },
];
