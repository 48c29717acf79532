/** A new server receives the log before it votes, so that nobody waits for it afterwards (thesis §4.2.1). */

const roundsMax = 10;

export type Standing = 'behind' | 'caught up' | 'too slow';

/**
 * Replication to a new server goes in rounds: each copies what the log held when the round began. Once a round takes
 * less than an election timeout the server is near enough; one that is still not after ten rounds, or does not get
 * through a round at all, is too slow or not there.
 */
export class CatchUp {
  readonly #quickMs: number;
  readonly #roundMsMax: number;
  #round = 1;
  #target: number;
  #since: number;

  /** @param roundMsMax how long a round may take at most */
  constructor(lastIndex: number, now: number, quickMs: number, roundMsMax: number) {
    this.#target = lastIndex;
    this.#since = now;
    this.#quickMs = quickMs;
    this.#roundMsMax = roundMsMax;
  }

  /** How the server stands that has stored the entries up to `matchIndex` of the `lastIndex` there are. */
  standing(matchIndex: number, lastIndex: number, now: number): Standing {
    const tookMs = now - this.#since;
    if (matchIndex < this.#target) return tookMs > this.#roundMsMax ? 'too slow' : 'behind';
    if (tookMs < this.#quickMs) return 'caught up';
    if (this.#round === roundsMax) return 'too slow';
    this.#round++;
    this.#target = lastIndex;
    this.#since = now;
    return 'behind';
  }
}
