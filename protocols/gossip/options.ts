/** What may be set from outside. Without `durable` a restart loses what has not spread; nothing else is unsafe. */
import { compactionOptions } from '../compacted-journal.ts';
import type { OptionsOf, OptionTable } from '../protocol.ts';

export const gossipOptions = {
  mode: {
    type: 'choice',
    default: 'push-pull',
    of: ['push', 'pull', 'push-pull'],
    about: 'Which way entries go when a host resolves its differences with another one.',
  },
  interval: {
    type: 'duration',
    default: 100,
    min: 1,
    about: 'A round: each host turns to others once in it.',
  },
  fanout: { type: 'integer', default: 1, min: 1, about: 'To how many others a host turns in a round.' },
  antiEntropy: {
    type: 'integer',
    default: 1,
    min: 1,
    about: 'Differences are resolved in every round of so many.',
  },
  rumours: {
    type: 'integer',
    default: 0,
    min: 0,
    about: 'A new entry is told in every round until so many hosts knew it already; 0 tells no rumours.',
  },
  tombstoneLifetime: {
    type: 'duration',
    default: 10_000,
    min: 0,
    about: 'A tombstone is kept for at least this long, and until every host is known to have it.',
  },
  durable: {
    type: 'flag',
    default: true,
    about: 'Whether entries are on the disk before anybody sees them.',
  },
  exchangeTimeout: {
    type: 'duration',
    default: 500,
    min: 1,
    about: 'A host gives up on another one after this.',
  },
  requestTimeout: {
    type: 'duration',
    default: 2000,
    min: 1,
    about: 'A client gives up on an operation after this, retries included.',
  },
  attemptTimeout: {
    type: 'duration',
    default: 200,
    min: 1,
    about: 'A client tries the next host after this.',
  },
  ...compactionOptions,
} as const satisfies OptionTable;

export type GossipOptions = OptionsOf<typeof gossipOptions>;
