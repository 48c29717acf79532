/** What may be set from outside. */
import type { OptionsOf, OptionTable } from '../../protocol.ts';

export const primarySecondaryOptions = {
  mode: {
    type: 'choice',
    default: 'semi-synchronous',
    of: ['synchronous', 'semi-synchronous', 'asynchronous'],
    about:
      'Who has stored a write before it is acknowledged, besides the primary: all secondaries, as many as ' +
      'acknowledgements says, or none. The same on all servers.',
  },
  acknowledgements: {
    type: 'integer',
    default: 0,
    min: 0,
    about:
      'How many secondaries that is, if semi-synchronous; 0 for as many as make a majority with the primary. ' +
      'The same on all servers.',
  },
  reads: {
    type: 'choice',
    default: 'confirmed',
    of: ['confirmed', 'leased', 'any'],
    about:
      'Who answers a read: the primary when others confirm that it is one, the primary while its lease lasts, or any ' +
      'server that has seen as much as the session.',
  },
  heartbeatInterval: {
    type: 'duration',
    default: 50,
    min: 1,
    about: 'A primary sends to each secondary at least this often; well below the failover timeout.',
  },
  failoverTimeout: {
    type: 'duration',
    default: 200,
    min: 1,
    about:
      'A secondary that hears nothing for a random time between this and its double asks the others; nobody gives ' +
      'its primary up earlier. Longer after failovers in vain. The same on all servers.',
  },
  driftPpm: {
    type: 'integer',
    default: 1000,
    min: 0,
    max: 500_000,
    about:
      'Leased reads rely on it: by how much at most a monotonic clock is fast or slow, in parts per million.',
  },
  sessionsMax: {
    type: 'integer',
    default: 1000,
    min: 1,
    about: 'Client sessions kept; beyond that the least recently used one expires. The same on all servers.',
  },
  snapshotEntries: {
    type: 'integer',
    default: 1000,
    min: 1,
    about:
      'A server writes down its state after so many entries, and gives up those before its last snapshot but one. Whoever ' +
      'lacks one of these is sent the whole state, in one message.',
  },
  batchEntriesMax: { type: 'integer', default: 64, min: 1, about: 'Most entries in one message.' },
  batchCharactersMax: {
    type: 'integer',
    default: 65_536,
    min: 1,
    about: 'Most characters of entries in one message, unless a single entry is longer.',
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

export type PrimarySecondaryOptions = OptionsOf<typeof primarySecondaryOptions>;
