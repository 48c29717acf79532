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
];
