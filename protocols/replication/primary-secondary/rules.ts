/**
 * The decisions on which safety hangs, as a value. `soundRules` is the only choice that ships; a test may put one of
 * them in question by passing another (`primarySecondaryWith({ … })`).
 */
import type { Cell } from '../../cell.ts';
import type { Journal } from '../../journal.ts';
import { leadershipConfirmed } from '../../raft/reads.ts';
import { freshest, isStale, type Pledge } from './failover.ts';
import { leaseMs } from './lease.ts';
import { quorumsOf } from './quorums.ts';
import { tokenAfter } from './session.ts';

export interface Rules {
  /** How many servers each decision takes. */
  readonly quorums: typeof quorumsOf;
  /** Who becomes primary among those that have promised. */
  readonly freshest: typeof freshest;
  /** Whether what is said in one epoch counts for nothing with whoever has promised another. */
  readonly isStale: typeof isStale;
  /** Whether a snapshot that was sent to one life of a server may be taken by another one. */
  readonly isForThisLife: (sentTo: number, life: number) => boolean;
  /** Resolves when a promise is durable; no answer that depends on it leaves before. */
  readonly persistPledge: (cell: Cell, pledge: Pledge) => Promise<void>;
  /** Resolves when the log is durable; entries count as stored here from then on. */
  readonly persistEntries: (journal: Journal) => Promise<void>;
  /** Whether a read may rely on this server's being the primary, given the rounds confirmed and asked for. */
  readonly primaryConfirmed: typeof leadershipConfirmed;
  /** How long a primary that was heard may answer reads alone. */
  readonly leaseMs: typeof leaseMs;
  /** What a session must see from now on. */
  readonly tokenAfter: typeof tokenAfter;
}

export const soundRules: Rules = {
  quorums: quorumsOf,
  freshest,
  isStale,
  isForThisLife: (sentTo, life) => sentTo === life,
  persistPledge: (cell, pledge) => cell.write(encodePledge(pledge)),
  persistEntries: (journal) => journal.sync(),
  primaryConfirmed: leadershipConfirmed,
  leaseMs,
  tokenAfter,
};

/** A promise as the bytes that a cell holds. */
function encodePledge({ epoch, coordinator, taken }: Pledge): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([epoch, coordinator, taken]));
}

export function decodePledge(bytes: Uint8Array): Pledge {
  const text = new TextDecoder().decode(bytes);
  const [epoch, coordinator, taken] = JSON.parse(text) as [number, string | null, boolean];
  return { epoch, coordinator, taken };
}
