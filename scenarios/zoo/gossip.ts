/** Gossip with one mistake. */
import { gossipWith } from '../../protocols/gossip/index.ts';
import type { Protocol } from '../../protocols/protocol.ts';

/** A tombstone lives for a time, and what is unknown is new: whoever was away for longer brings back the dead. */
const resurrects: Protocol = {
  ...gossipWith({
    mayForget: (_, { age, lifetime }) => age >= lifetime,
    wasForgotten: () => false,
  }),
  name: 'zoo/gossip-resurrects',
  about: 'Gossip that forgets a tombstone by its age alone (Demers et al. §2).',
};

export const gossipSpecimens: readonly Protocol[] = [resurrects];
