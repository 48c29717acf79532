/** What nodes, replicas of each other, and the sentinel that looks after them say. */
import type { Answer, Ask } from '../../host.ts';
import type { LockWire } from '../messages.ts';
import type { Place } from './place.ts';

export type Standing = Place & {
  /** Whether it is the primary of the epoch that it has promised. */
  readonly isPrimary: boolean;
  /** The latest epoch that it takes part in: it accepts nothing of an earlier one. */
  readonly promised: number;
};

export type Copy = Place & {
  /** The locked keys and the last token, as the table saves them. */
  readonly table: Uint8Array;
};

/** What a primary is asked. */
export type Request = Exclude<keyof LockWire, 'write'>;

/** A request that a replica passes on. */
export type Relayed = { [K in Request]: { readonly kind: K; readonly ask: Ask<LockWire, K> } }[Request];

export type ReplicatedWire = LockWire & {
  standing(ask: null): Standing;
  /** Takes part in no earlier epoch any more, and says what it has. */
  stop(ask: { readonly epoch: number }): Standing;
  /** Is the primary of this epoch from now on; false if it took part in a later one, or led this one before. */
  lead(ask: { readonly epoch: number }): boolean;
  /** What the primary of an epoch has; true when it is durable here, false if there is a later epoch. */
  copy(ask: Copy): boolean;
  /** Asks the primary on behalf of who cannot reach it. Refused if it is not known, or refuses. */
  relay(ask: Relayed): Answer<LockWire, Request>;
};
