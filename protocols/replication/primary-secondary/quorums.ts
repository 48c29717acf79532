/**
 * How many servers each decision takes. What makes a failover safe is that the sets overlap: whoever is asked for a
 * promise includes somebody who has stored what was acknowledged (Oki & Liskov, *Viewstamped Replication*, PODC
 * 1988; Gifford, *Weighted Voting for Replicated Data*, SOSP 1979).
 */
import { majority } from '../../quorum.ts';
import type { PrimarySecondaryOptions } from './options.ts';

export interface Quorums {
  /** Secondaries that have stored a write before it is acknowledged; the primary has, too. */
  readonly acknowledgements: number;
  /** Servers that promise to follow nobody of an earlier epoch before there is a new primary; its own promise counts. */
  readonly promises: number;
  /** Servers that have to be with a primary, itself included, so that nobody else can have become one. */
  readonly confirmations: number;
}

/**
 * The sizes for so many servers. Promises are a majority, so that no two coordinators get them for one epoch, and enough to meet
 * every set that acknowledges: `promises + acknowledgements + 1 > servers`. Fewer acknowledgements than make a
 * majority are paid for with more promises: writes go on with more servers away, failovers with fewer. An
 * asynchronous primary does not pay, and its acknowledged writes may be missed. A semi-synchronous one waits for as long
 * as it takes, unlike MySQL's, which goes on without acknowledgements after `rpl_semi_sync_source_timeout`.
 */
export function quorumsOf(
  { mode, acknowledgements: asked }: Pick<PrimarySecondaryOptions, 'mode' | 'acknowledgements'>,
  servers: number,
): Quorums {
  const acknowledgements = acknowledgementsOf(mode, asked, servers);
  const enough = majority(servers);
  const promises = mode === 'asynchronous' ? enough : Math.max(enough, servers - acknowledgements);
  return { acknowledgements, promises, confirmations: servers - promises + 1 };
}

function acknowledgementsOf(mode: string, asked: number, servers: number): number {
  if (mode === 'asynchronous') return 0;
  if (mode === 'synchronous') return servers - 1;
  return Math.min(servers - 1, asked > 0 ? asked : majority(servers) - 1);
}

/**
 * The last entry that the primary and as many secondaries as needed have stored.
 * @param own how far the primary has
 * @param stored how far each secondary has
 */
export function acknowledgedTo(own: number, stored: readonly number[], acknowledgements: number): number {
  if (acknowledgements === 0) return own;
  const descending = [...stored].sort((left, right) => right - left);
  return Math.min(own, descending[acknowledgements - 1] ?? 0);
}
