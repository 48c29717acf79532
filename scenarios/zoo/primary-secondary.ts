/** A primary and its secondaries with one mistake each. */
import type { Protocol } from '../../protocols/protocol.ts';
import { primarySecondaryWith, quorumsOf } from '../../protocols/replication/index.ts';

/** Acknowledges what only the primary has, and counts on failovers to find it: they need not. */
const acknowledgesAlone: Protocol = {
  ...primarySecondaryWith({
    quorums: (options, servers) => ({ ...quorumsOf(options, servers), acknowledgements: 0 }),
  }),
  name: 'zoo/primary-acknowledges-alone',
  about: 'A primary that acknowledges writes before any secondary has them: asynchronous failover.',
};

/** Takes from any primary whatever its epoch: a deposed one goes on with whoever it reaches. */
const unfenced: Protocol = {
  ...primarySecondaryWith({ isStale: () => false }),
  name: 'zoo/primary-unfenced',
  about: 'Secondaries that take entries from a primary of an earlier epoch than they have promised.',
};

/** Reads at any server, and knows what it has read, but not what it has written. */
const forgetsWrites: Protocol = {
  ...primarySecondaryWith({
    tokenAfter: (token, index, deed) => (deed === 'write' ? token : Math.max(token, index)),
  }),
  name: 'zoo/primary-session-forgets-writes',
  about: 'Clients that read at any server and do not say how far they have written.',
};

/** Reads at any server, and knows what it has written, but not what it has read. */
const forgetsReads: Protocol = {
  ...primarySecondaryWith({
    tokenAfter: (token, index, deed) => (deed === 'read' ? token : Math.max(token, index)),
  }),
  name: 'zoo/primary-session-forgets-reads',
  about: 'Clients that read at any server and do not say how far they have read.',
};

/** Names the first of those who have promised, however far its log is behind. */
const promotesAnybody: Protocol = {
  ...primarySecondaryWith({ freshest: (ends) => [...ends.keys()][0]! }),
  name: 'zoo/primary-promotes-anybody',
  about: 'A failover that makes its coordinator primary without a look at whose log is the freshest.',
};

/** Takes a majority of promises for enough, however few secondaries acknowledge a write. */
const promisesTooFew: Protocol = {
  ...primarySecondaryWith({
    quorums: (options, servers) => ({ ...quorumsOf(options, servers), promises: (servers >>> 1) + 1 }),
  }),
  name: 'zoo/primary-promised-by-too-few',
  about: 'A failover by a majority that may be without what one secondary has acknowledged.',
};

export const primarySecondarySpecimens: readonly Protocol[] = [
  acknowledgesAlone,
  unfenced,
  forgetsWrites,
  forgetsReads,
  promotesAnybody,
  promisesTooFew,
];
