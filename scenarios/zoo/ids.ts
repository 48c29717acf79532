/** Snowflake with one mistake each: three ways to give an id twice, and a fourth. */

import { beginning, leasedSnowflakeWith, nextPlace, snowflakeWith } from '../../protocols/ids/index.ts';
import type { Protocol } from '../../protocols/protocol.ts';

/** Takes the time of the wall clock as it is, and begins a new sequence whenever it differs from the last. */
const followsClock: Protocol = {
  ...snowflakeWith({
    nextPlace: (last, nowMs, layout) =>
      nowMs === last.time ? nextPlace(last, nowMs, layout) : { time: nowMs, sequence: 0 },
  }),
  name: 'zoo/ids-follow-clock',
  about: 'Snowflake whose time goes back with the wall clock.',
};

/** Trusts the wall clock to be beyond everything that it used before the restart. */
const forgetsBound: Protocol = {
  ...snowflakeWith({ resumedPlace: () => beginning }),
  name: 'zoo/ids-forget-bound',
  about: 'Snowflake that begins with the wall clock after a restart, although it may have gone back.',
};

/** Counts on, and lets the sequence wrap. */
const wrapsSequence: Protocol = {
  ...snowflakeWith({
    nextPlace: (last, nowMs, layout) => {
      const { time, sequence } = nextPlace(last, nowMs, layout);
      return nowMs <= last.time && time > last.time ? { time: last.time, sequence: 0 } : { time, sequence };
    },
  }),
  name: 'zoo/ids-wrap-sequence',
  about: 'Snowflake that begins its sequence again when a millisecond is used up.',
};

/** Two hosts have one number. */
const sharesWorker: Protocol = {
  ...snowflakeWith({ worker: (place, servers) => place % (servers - 1) }),
  name: 'zoo/ids-share-worker',
  about: 'Snowflake in which the first and the last server are the same worker.',
};

/** Believes in its number for the whole lease from the moment at which it hears of it, however late that is. */
const countsFromAnswer: Protocol = {
  ...leasedSnowflakeWith({ believedUntil: ({ answeredAt }, leaseMs) => answeredAt + leaseMs }),
  name: 'zoo/ids-lease-from-answer',
  about: 'Leased Snowflake whose workers count their lease from the answer instead of the question.',
};

/** Begins with the wall clock, which may be behind that of the worker that had the number before. */
const forgetsPast: Protocol = {
  ...leasedSnowflakeWith({ firstPlace: () => beginning }),
  name: 'zoo/ids-number-without-past',
  about: 'Leased Snowflake that gives a number on without the time that was used of it.',
};

export const idSpecimens: readonly Protocol[] = [
  ...[followsClock, forgetsBound, wrapsSequence, sharesWorker],
  ...[countsFromAnswer, forgetsPast],
];
