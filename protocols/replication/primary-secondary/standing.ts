/** What a primary knows of one secondary. */
import type { HostId } from '../../host.ts';
import type { RaftLog } from '../../raft/log.ts';
import { backUpTo } from '../../raft/replication.ts';
import type { ReplicateAnswer, ReplicateAsk } from './messages.ts';

/**
 * Entries are sent again and again, from the first one that the secondary may lack, until it has answered for them: a
 * heartbeat finds out about everything that was lost. `nextIndex` goes back where the logs differ, and never before
 * what is known to be stored there; if that turns out to be gone, it is sent again.
 */
export class Standing {
  readonly id: HostId;
  /** The first entry to send. */
  nextIndex: number;
  /** The last entry known to be stored there. */
  storedTo = 0;
  /** `elapsed` time since which that is known. */
  #storedSince = Number.NEGATIVE_INFINITY;
  /** Whether entries do not help, since it has only as a state what differs. */
  #needsSnapshot = false;
  /** Whether a snapshot is under way to it. */
  installing = false;
  /** Unanswered messages with entries. */
  inFlight = 0;
  /** `elapsed` time at which the latest message left that was answered. */
  heardFrom = Number.NEGATIVE_INFINITY;
  /** Names the life of the server that answered last; null as long as none has. */
  life: number | null = null;
  /** The latest round of questions that it answered. */
  confirmedRound = 0;

  constructor(id: HostId, nextIndex: number) {
    this.id = id;
    this.nextIndex = nextIndex;
  }

  /** Whether it has to be sent a snapshot: the log does not reach back to what it lacks. */
  lacksSnapshot({ firstIndex }: RaftLog): boolean {
    return this.#needsSnapshot || this.nextIndex < firstIndex;
  }

  /** Takes in now that a snapshot, sent at `sentAt` in `round`, is stored there. */
  installed(index: number, now: number, sentAt: number, round: number): void {
    this.#heard(sentAt, round);
    this.#needsSnapshot = false;
    this.#stored(index, now);
  }

  /** Takes in now the answer to what was sent at `sentAt` in `round`; true if there was a conflict. */
  answered(
    ask: ReplicateAsk,
    answer: ReplicateAnswer,
    log: RaftLog,
    now: number,
    sentAt: number,
    round: number,
  ): boolean {
    if (sentAt >= this.heardFrom) this.life = answer.life;
    this.#heard(sentAt, round);
    if (answer.accepted) {
      this.#stored(ask.prevIndex + ask.entries.length, now);
      return false;
    }
    if (ask.prevIndex <= this.storedTo) {
      // The secondary has stored that entry since: an answer out of order.
      if (sentAt < this.#storedSince) return false;
      // It had it, and has it no more.
      this.storedTo = Math.max(0, ask.prevIndex - 1);
    }
    if (answer.needsSnapshot) this.#needsSnapshot = true;
    else this.nextIndex = Math.max(this.storedTo + 1, Math.min(this.nextIndex, backUpTo(log, answer)));
    return true;
  }

  #heard(sentAt: number, round: number): void {
    this.heardFrom = Math.max(this.heardFrom, sentAt);
    this.confirmedRound = Math.max(this.confirmedRound, round);
  }

  #stored(index: number, now: number): void {
    if (index > this.storedTo) this.#storedSince = now;
    this.storedTo = Math.max(this.storedTo, index);
    this.nextIndex = Math.max(this.nextIndex, this.storedTo + 1);
  }
}
