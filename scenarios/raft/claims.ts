/**
 * What Raft promises, in the words of figure 3 of Ongaro & Ousterhout, *In Search of an Understandable Consensus
 * Algorithm* (extended version, 2014), read off the view that a server exposes.
 */
import type { RaftView } from '../../protocols/raft/index.ts';
import {
  type AlwaysClaim,
  atMostOneHolder,
  holderReplaced,
  leaderAppendOnly,
  leaderCompleteness,
  logMatching,
  type Office,
  type ReplicatedLog,
  type SometimesClaim,
  sometimes,
  stateMachineSafety,
} from '../../sim/index.ts';

const leadership: Office = {
  holder: 'leader',
  epoch: 'term',
  held: (state) => {
    const { role, term } = state as RaftView;
    return role === 'leader' ? term : -1;
  },
};

const replicated: ReplicatedLog<RaftView> = {
  view: (state) => ((state as RaftView).log === undefined ? undefined : (state as RaftView)),
  leads: (view) => view.role === 'leader',
  term: (view) => view.term,
  commitIndex: (view) => view.commitIndex,
  lastApplied: (view) => view.lastApplied,
  stateHash: (view) => view.stateHash,
  log: (view) => view.log,
};

export const electionSafety: AlwaysClaim = atMostOneHolder(
  'election-safety',
  'At most one leader is elected in a term.',
  leadership,
);

export const appendOnly: AlwaysClaim = leaderAppendOnly(
  'leader-append-only',
  'A leader never overwrites or deletes entries of its log, it only appends.',
  replicated,
);

export const matching: AlwaysClaim = logMatching(
  'log-matching',
  'Two logs that contain an entry with the same index and term are identical up to it.',
  replicated,
);

export const completeness: AlwaysClaim = leaderCompleteness(
  'leader-completeness',
  'An entry committed in a term is in the log of the leader of every higher term.',
  replicated,
);

export const machineSafety: AlwaysClaim = stateMachineSafety(
  'state-machine-safety',
  'No two servers commit or apply different entries at the same index, and what is committed stays.',
  replicated,
);

/**
 * Each change of the configuration takes one server, so that quorums of the old one and of the new one overlap (thesis
 * §4.1): every leader's configuration must do so with the last one that was committed, if that was before its time.
 */
const quorumsIntersect: AlwaysClaim = {
  name: 'quorums-intersect',
  about:
    'Any quorum by which a leader decides shares a server with any quorum of the configuration last committed.',
  kind: 'always',
  start() {
    let committed: { index: number; term: number; voters: readonly string[]; host: string } | undefined;
    /** By host: what was found in order, so that nothing is compared twice. */
    const seen = new Map<string, { index: number; term: number; against: number }>();
    return {
      observe({ host, up, state, atUs }) {
        const view = up ? (state as RaftView | undefined) : undefined;
        if (view?.configuration === undefined) return undefined;
        const { configuration, commitIndex, log, role, term } = view;
        const { index, voters } = configuration;
        if (index > 0 && index <= commitIndex && index > (committed?.index ?? 0)) {
          committed = { index, term: log.termAt(index), voters: [...voters], host };
        }
        if (role !== 'leader' || committed === undefined || term < committed.term) return undefined;
        const last = seen.get(host);
        if (last?.index === index && last.term === term && last.against === committed.index) return undefined;
        seen.set(host, { index, term, against: committed.index });
        if (overlap(voters, committed.voters)) return undefined;
        const message =
          `${host} leads term ${term} by a majority of ${voters.join(', ')}, and ${committed.host} has committed, ` +
          `in term ${committed.term}, that the servers are ${committed.voters.join(', ')}: ` +
          'each can decide without the other';
        return { check: 'quorums-intersect', message, atUs, evidence: { host, index, voters, committed } };
      },
    };
  },
};

/** Whether every majority of the one shares a member with every majority of the other. */
function overlap(one: readonly string[], other: readonly string[]): boolean {
  const all = new Set([...one, ...other]).size;
  const majority = (size: number) => Math.floor(size / 2) + 1;
  return majority(one.length) + majority(other.length) > all;
}

const termsWithoutLeaderMax = 10;

/**
 * A server raises its term only when a majority would elect it (thesis §9.6), so that it takes rare bad luck for a
 * term to have no leader; a server that raises it alone soon leaves all leaders behind.
 */
const termsBounded: AlwaysClaim = {
  name: 'terms-bounded',
  about: `No server is more than ${termsWithoutLeaderMax} terms ahead of the last term that had a leader.`,
  kind: 'always',
  start() {
    let led = 0;
    return {
      observe({ host, up, state, atUs }) {
        const view = up ? (state as RaftView | undefined) : undefined;
        if (view?.log === undefined) return undefined;
        const { role, term } = view;
        if (role === 'leader' && term > led) led = term;
        if (term - led <= termsWithoutLeaderMax) return undefined;
        const message = `${host} is in term ${term}, and the last term that had a leader is ${led}`;
        return { check: 'terms-bounded', message, atUs, evidence: { host, term, led } };
      },
    };
  },
};

/** So that a run in which nobody joined or left is not taken for a proof. */
const membersChanged: SometimesClaim = sometimes(
  'members-changed',
  'A configuration other than the first one is committed.',
  ({ up, state }) => {
    const view = up ? (state as RaftView | undefined) : undefined;
    const index = view?.configuration?.index ?? 0;
    return index > 0 && index <= view!.commitIndex;
  },
);

export const leaderReplaced: SometimesClaim = holderReplaced(
  'leader-replaced',
  'A leader is followed by one of a higher term.',
  leadership,
);

/** All of the above. */
export const raftClaims: readonly (AlwaysClaim | SometimesClaim)[] = [
  electionSafety,
  appendOnly,
  matching,
  completeness,
  machineSafety,
  leaderReplaced,
  quorumsIntersect,
  termsBounded,
  membersChanged,
];
