/** What a logical clock decides, as a value: pure functions from stamps to stamps. */
import type { HostId, Message } from '../host.ts';

/** Who stamps, and when by the wall clock of that host. */
export interface Reading {
  readonly host: HostId;
  /** Whole microseconds since 1970. */
  readonly physicalUs: number;
}

export interface LogicalClock<Stamp extends Message> {
  readonly name: string;
  /** Before the first event. */
  readonly initial: Stamp;
  /** The stamp of an event that receives nothing, be it local or the sending of a message. */
  next(last: Stamp, now: Reading): Stamp;
  /** The stamp of the receipt of a message that bears `sent`. */
  received(last: Stamp, sent: Stamp, now: Reading): Stamp;
  /** The order of stamps that the clock promises something about. */
  isLess(left: Stamp, right: Stamp): boolean;
  /** Whether the stamp of a message may be taken over. */
  accepts(sent: Stamp, now: Reading): boolean;
  /** What is made durable before `stamp` is used: covers it, and as many later ones as one write should serve. */
  bound(stamp: Stamp, now: Reading): Stamp;
  /** Whether `stamp` may be used while `bound` is what is durable. */
  isCovered(stamp: Stamp, bound: Stamp): boolean;
  /** The last stamp that may have been used before a restart, by what was durable; null at the first boot. */
  resumed(bound: Stamp | null): Stamp;
}
