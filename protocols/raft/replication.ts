/** Copying the log: what a follower makes of entries, and what a leader knows of each follower (§5.3). */
import type { HostId } from '../host.ts';
import type { RaftLog } from './log.ts';
import type { Entry } from './messages.ts';

export interface Conflict {
  readonly conflictTerm: number;
  readonly conflictIndex: number;
}

/**
 * Why a follower's log does not contain the entry before the new ones, or null if it does: the term that it has
 * there, with the first index of that term; or, where its log is too short, no term and the index after its end.
 */
export function conflictAt(log: RaftLog, prevIndex: number, prevTerm: number): Conflict | null {
  if (prevIndex > log.lastIndex) return { conflictTerm: 0, conflictIndex: log.lastIndex + 1 };
  const term = log.termAt(prevIndex);
  if (term === prevTerm) return null;
  return { conflictTerm: term, conflictIndex: log.firstIndexFrom(term) };
}

/**
 * How far a follower's log stays when `entries` arrive for the places after `prevIndex`: up to the first entry that
 * conflicts with them, and else whole. A message that was overtaken by a later one says nothing about what follows
 * its entries.
 */
export function keptTo(log: RaftLog, prevIndex: number, entries: readonly Entry[]): number {
  let index = prevIndex;
  for (const entry of entries) {
    index++;
    if (index > log.lastIndex) break;
    if (log.termAt(index) !== entry.term) return index - 1;
  }
  return log.lastIndex;
}

/**
 * Where a leader continues after a refusal: behind its own last entry of the conflicting term, or, if it has none,
 * where the follower's entries of that term begin. So each refusal skips a whole term.
 */
export function backUpTo(log: RaftLog, conflict: Conflict): number {
  if (conflict.conflictTerm > 0) {
    const next = log.firstIndexFrom(conflict.conflictTerm + 1);
    if (log.termAt(next - 1) === conflict.conflictTerm) return next;
  }
  return conflict.conflictIndex;
}

/**
 * What a leader knows of one follower. It *probes*, one message with entries at a time, until it knows where the
 * logs agree; then it sends several ahead of their answers. A refusal or a lost message makes it probe again.
 */
export class Progress {
  readonly id: HostId;
  /** The next entry to send. */
  nextIndex: number;
  /** The last entry known to be stored there. */
  matchIndex = 0;
  /** `elapsed` time of the last answer. */
  heardAt: number;
  /** The latest round of leadership confirmation that it answered. */
  confirmedRound = 0;
  probing = true;
  /** Messages with entries that are unanswered, of the current flight. */
  inflight = 0;
  /** Counts flights: an answer to an earlier one frees no place in this one. */
  flight = 0;

  constructor(id: HostId, nextIndex: number, now: number) {
    this.id = id;
    this.nextIndex = nextIndex;
    this.heardAt = now;
  }

  mayCarry(inflightMax: number): boolean {
    return this.inflight < (this.probing ? 1 : inflightMax);
  }

  /** Entries up to `lastIndex` are on their way. */
  sent(lastIndex: number): void {
    this.inflight++;
    if (!this.probing) this.nextIndex = lastIndex + 1;
  }

  /** The follower stores what the leader does up to `index`. */
  accepted(index: number): void {
    if (index > this.matchIndex) this.matchIndex = index;
    if (this.nextIndex <= index) this.nextIndex = index + 1;
    if (!this.probing) return;
    // The message that carried entries may be lost: the first ones of a new flight are the same again.
    this.probing = false;
    this.#newFlight();
  }

  /** A message with entries of this flight was answered. */
  landed(flight: number): void {
    if (flight === this.flight && this.inflight > 0) this.inflight--;
  }

  /** The follower has no matching entry at `prevIndex`; the leader would go back to `nextIndex`. */
  rejected(prevIndex: number, nextIndex: number): void {
    // The follower has stored that entry since: an answer out of order.
    if (prevIndex <= this.matchIndex) return;
    this.#probeFrom(Math.min(this.nextIndex, nextIndex));
  }

  /** A message with entries after `prevIndex` was lost, or its answer was. */
  lost(flight: number, prevIndex: number): void {
    if (flight === this.flight) this.#probeFrom(Math.min(this.nextIndex, prevIndex + 1));
  }

  #probeFrom(index: number): void {
    this.nextIndex = Math.max(this.matchIndex + 1, index);
    this.probing = true;
    this.#newFlight();
  }

  #newFlight(): void {
    this.inflight = 0;
    this.flight++;
  }
}
