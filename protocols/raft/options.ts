/** What may be set from outside. None of it makes Raft unsafe; all of it may make it slow. */
import type { OptionsOf, OptionTable } from '../protocol.ts';

export const raftOptions = {
  electionTimeout: {
    type: 'duration',
    default: 150,
    min: 1,
    about: 'A follower that hears nothing for a random time between this and its double starts an election.',
  },
  heartbeatInterval: {
    type: 'duration',
    default: 50,
    min: 1,
    about: 'A leader sends to each follower at least this often; well below the election timeout.',
  },
  preVote: {
    type: 'flag',
    default: true,
    about: 'A candidate first asks whether it could win, so that a returning server disturbs nobody.',
  },
  sessionsMax: {
    type: 'integer',
    default: 1000,
    min: 1,
    about: 'Client sessions kept; beyond that the least recently used one expires. The same on all servers.',
  },
  batchEntriesMax: { type: 'integer', default: 64, min: 1, about: 'Most entries in one message.' },
  batchCharactersMax: {
    type: 'integer',
    default: 65_536,
    min: 1,
    about: 'Most characters of entries in one message, unless a single entry is longer.',
  },
  inflightMax: {
    type: 'integer',
    default: 4,
    min: 1,
    about: 'Most unanswered messages with entries to one follower.',
  },
  requestTimeout: {
    type: 'duration',
    default: 2000,
    min: 1,
    about: 'A client gives up on an operation after this, retries included. The same on all hosts.',
  },
  attemptTimeout: {
    type: 'duration',
    default: 500,
    min: 1,
    about: 'A client tries the next server after this.',
  },
} as const satisfies OptionTable;

export type RaftOptions = OptionsOf<typeof raftOptions>;
