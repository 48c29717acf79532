/** Raft with one mistake each: what the checkers of this project must be able to catch. */
import type { Protocol } from '../../protocols/protocol.ts';
import { paperRules, raftWith } from '../../protocols/raft/index.ts';

/** Commits entries of an earlier term by counting replicas: figure 8 of the extended paper. */
const countsOlderTerms: Protocol = {
  ...raftWith({ committedIndex: (commitIndex, replicated) => Math.max(commitIndex, replicated) }),
  name: 'zoo/raft-counts-older-terms',
  about: 'Raft that commits entries of an earlier term by counting replicas (§5.4.2, figure 8).',
};

/** Answers a request for its vote before the vote is on disk, and so may vote twice in a term. */
const forgetsVote: Protocol = {
  ...raftWith({ persistVote: () => Promise.resolve() }),
  name: 'zoo/raft-forgets-vote',
  about: 'Raft whose voters do not remember their vote over a restart (§5.2, figure 2).',
};

/** Answers reads without asking anybody whether it still leads. */
const readsUnconfirmed: Protocol = {
  ...raftWith({ leadershipConfirmed: () => true }),
  name: 'zoo/raft-reads-unconfirmed',
  about: 'Raft whose leader answers reads without confirming that it still leads (§8, thesis §6.4).',
};

/** Acknowledges entries that are not on disk yet, and loses them with the power. */
const acknowledgesUnsynced: Protocol = {
  ...raftWith({ persistEntries: async (journal) => void journal.sync() }),
  name: 'zoo/raft-acknowledges-unsynced',
  about: 'Raft that acknowledges entries before they are on disk (figure 2: persistent state).',
};

/** Leads on for as long as it can send, heard or not. */
const leadsUnheard: Protocol = {
  ...raftWith({ staysLeader: () => true }),
  name: 'zoo/raft-leads-unheard',
  about: 'Raft whose leader never asks itself whether anybody still answers (thesis §6.2).',
};

/** Starts an election whenever it hears nothing, and unseats whoever it can reach again. */
const noPreVote: Protocol = {
  ...raftWith({
    asksFirst: () => false,
    decideVote: (voter, candidate, ask) =>
      paperRules.decideVote({ ...voter, hasLeader: false }, candidate, ask),
  }),
  name: 'zoo/raft-no-pre-vote',
  about: 'Raft in which a server that was cut off unseats a working leader (thesis §4.2.3, §9.6).',
};

/** Changes who decides before it knows of the change that another leader has begun. */
const changesEarly: Protocol = {
  ...raftWith({ mayChange: ({ configurationIndex, commitIndex }) => commitIndex >= configurationIndex }),
  name: 'zoo/raft-changes-early',
  about:
    'Raft whose leader changes the configuration before an entry of its own term is committed (Ongaro 2015).',
};

export const raftSpecimens: readonly Protocol[] = [
  countsOlderTerms,
  forgetsVote,
  readsUnconfirmed,
  acknowledgesUnsynced,
  leadsUnheard,
  noPreVote,
  changesEarly,
];
