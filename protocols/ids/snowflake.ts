/**
 * The decisions of a Snowflake worker: 41 bits of milliseconds, 10 of the worker, 12 of a sequence, after Twitter's
 * *Announcing Snowflake* (2010).
 *
 * Unlike Twitter's, a worker does not refuse its service while the wall clock is behind what it has given out: its time
 * goes on from there, and is moved by the sequence alone until the clock has caught up.
 */

/** A millisecond of ids, and the last number given in it. */
export interface Place {
  /** Milliseconds since the epoch of the ids; it never goes back. */
  readonly time: number;
  readonly sequence: number;
}

export interface Layout {
  readonly workerBits: number;
  readonly sequenceBits: number;
}

/** 2020-01-01T00:00:00Z: 41 bits of milliseconds last until 2089. */
export const idEpochMs = 1_577_836_800_000;

/** A time of ids as people read it: the time of day in UTC, `09:30:00.250`. Before the first one is `the beginning`. */
export function timeText(time: number): string {
  if (time < 0) return 'the beginning';
  const part = (unitMs: number, limit: number, digits = 2) =>
    String(Math.floor(time / unitMs) % limit).padStart(digits, '0');
  return `${part(3_600_000, 24)}:${part(60_000, 60)}:${part(1000, 60)}.${part(1, 1000, 3)}`;
}

/** 41 bits of milliseconds. */
const timeEnd = 2 ** 41;

/** Where a worker that has no past begins. */
export const beginning: Place = { time: -1, sequence: 0 };

/** The place of the next id. `nowMs` is whole milliseconds since the epoch of the ids. */
export function nextPlace(last: Place, nowMs: number, { sequenceBits }: Layout): Place {
  if (nowMs > last.time) return { time: nowMs, sequence: 0 };
  if (last.sequence + 1 < 1 << sequenceBits) return { time: last.time, sequence: last.sequence + 1 };
  // The millisecond is used up: the next one is taken before its time.
  return { time: last.time + 1, sequence: 0 };
}

/** Where a worker goes on after a restart: behind everything up to `bound`, the last millisecond it may have used. */
export function resumedPlace(bound: number | null, { sequenceBits }: Layout): Place {
  return bound === null ? beginning : { time: bound, sequence: (1 << sequenceBits) - 1 };
}

/**
 * The id as a decimal number: it may not fit into a float.
 * @throws RangeError if the time has no place in 41 bits, or the worker none in its own
 */
export function encodeId({ time, sequence }: Place, worker: number, layout: Layout): string {
  const { workerBits, sequenceBits } = layout;
  if (time < 0 || time >= timeEnd) {
    throw new RangeError(`time ${time} does not fit into 41 bits: is the wall clock before 2020?`);
  }
  if (worker < 0 || worker >= 1 << workerBits) {
    throw new RangeError(`worker ${worker} does not fit into ${workerBits} bits: give more workerBits`);
  }
  const high = (BigInt(time) << BigInt(workerBits)) | BigInt(worker);
  return ((high << BigInt(sequenceBits)) | BigInt(sequence)).toString();
}
