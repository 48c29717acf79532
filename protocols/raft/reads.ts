/**
 * Reads without a log entry (thesis §6.4): note the commit index, confirm by a round of heartbeats that this server
 * still leads, and answer from the state machine once it has got that far. Reads that come during a round share the
 * next one.
 */

/**
 * The index that a read must see, or null while it is unknown: a new leader does not know which entries are committed
 * until one of its own term is (thesis §6.4, step 1).
 */
export function readIndex(commitIndex: number, commitTerm: number, term: number): number | null {
  return commitTerm === term ? commitIndex : null;
}

/** Whether a quorum has answered this round of heartbeats, or a later one. */
export function leadershipConfirmed(confirmedRound: number, round: number): boolean {
  return confirmedRound >= round;
}

/** The reads of one leadership. Rounds count from 1; every AppendEntries belongs to the round in which it is sent. */
export class ReadQueue<Read> {
  round = 0;
  #waiting: Read[] = [];
  #current: Read[] = [];
  #readIndex = 0;

  add(read: Read): void {
    this.#waiting.push(read);
  }

  get roundUnderWay(): boolean {
    return this.#current.length > 0;
  }

  /** Starts a round for the waiting reads; false if there are none, or the last round is not over. */
  startRound(index: number | null): boolean {
    if (index === null || this.roundUnderWay || this.#waiting.length === 0) return false;
    this.#current = this.#waiting;
    this.#waiting = [];
    this.#readIndex = index;
    this.round++;
    return true;
  }

  /** The reads that may be answered from a state machine which has applied `lastApplied`. */
  takeConfirmed(confirmed: boolean, lastApplied: number): readonly Read[] {
    if (!confirmed || lastApplied < this.#readIndex) return [];
    const reads = this.#current;
    this.#current = [];
    return reads;
  }

  /** All reads, unanswered: the leadership is over. */
  takeAll(): readonly Read[] {
    const reads = [...this.#current, ...this.#waiting];
    this.#current = [];
    this.#waiting = [];
    return reads;
  }
}
