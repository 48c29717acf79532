/**
 * A time that all replicas agree upon, since it is in the log (thesis §6.3: the leader augments each command with its
 * current time; LogCabin calls it cluster time). It counts milliseconds for which there was a leader. A new leader goes
 * on where its log ends, for it cannot know how long that is ago, and counts by a clock that never jumps. So between any
 * two entries no more cluster time passes than real time, but for the drift of the leaders' clocks and a millisecond; it
 * may be much less.
 */
import type { Clock } from '../host.ts';
import type { RaftLog } from './log.ts';
import type { Command } from './messages.ts';

/** The cluster time of a leader whose log ended at `stampedMs` when it took office, at `beganMs` of its `elapsed` time. */
export function clusterTime(stampedMs: number, beganMs: number, clock: Clock): number {
  return stampedMs + Math.floor(clock.elapsed() - beganMs);
}

/** The last time in a log, committed or not; 0 if there is none. */
export function lastStamp(log: Pick<RaftLog, 'firstIndex' | 'lastIndex' | 'at'>): number {
  for (let index = log.lastIndex; index >= log.firstIndex; index--) {
    const stamp = stampOf(log.at(index)!.command);
    if (stamp !== undefined) return stamp;
  }
  return 0;
}

function stampOf(command: Command): number | undefined {
  return command.kind === 'write' || command.kind === 'time' ? command.at : undefined;
}

/** The clock of one term in office. */
export class ClusterClock {
  readonly #clock: Clock;
  readonly #rule: typeof clusterTime;
  readonly #stampedMs: number;
  readonly #beganMs: number;

  constructor(clock: Clock, stampedMs: number, rule: typeof clusterTime) {
    this.#clock = clock;
    this.#rule = rule;
    this.#stampedMs = stampedMs;
    this.#beganMs = clock.elapsed();
  }

  now(): number {
    return this.#rule(this.#stampedMs, this.#beganMs, this.#clock);
  }
}
