/**
 * The calls and returns of a register's operations in the order of time, and for each what the front must know:
 * a slot while an operation is open, and a tally while a value has unknown writes that could still be read.
 */
import { type Cells, Deed } from './cells.ts';
import { eventsOf } from './events.ts';

export interface Sweep {
  /** An operation for its call, its complement (~) for its return. Where times are equal calls come first. */
  readonly events: Int32Array;
  /** By operation: the event of its call. */
  readonly calledAt: Int32Array;
  /** By operation: the place among those that are open, -1 for unknown writes. */
  readonly slot: Int32Array;
  readonly slots: number;
  /** By value: the place among values with unknown writes, -1 if it has none or nobody reads it. */
  readonly tally: Int32Array;
  readonly tallies: number;
  /** By value: the event at which the last read of it returns, -1 if nobody reads it. */
  readonly lastRead: Int32Array;
  /** By value: where the events of the calls of its unknown writes begin in `unknownCalls`. */
  readonly unknownStart: Int32Array;
  readonly unknownCalls: Int32Array;
}

/** Places that are taken and given back; the freed one that was freed last is taken next. */
class Places {
  readonly #free: number[] = [];
  count = 0;

  take(): number {
    return this.#free.pop() ?? this.count++;
  }

  giveBack(place: number): void {
    this.#free.push(place);
  }
}

export function sweepOf(cells: Cells): Sweep {
  const { count, deed, from, to, returned } = cells;
  const valueCount = cells.values.count;
  const events = eventsOf(cells.call.subarray(0, count), returned);
  const calledAt = new Int32Array(count);
  const slot = new Int32Array(count).fill(-1);
  const tally = new Int32Array(valueCount).fill(-1);
  const lastRead = new Int32Array(valueCount).fill(-1);
  const unknownStart = new Int32Array(valueCount + 1);
  for (let at = 0; at < events.length; at++) {
    const event = events[at];
    if (event < 0 && deed[~event] === Deed.read) lastRead[from[~event]] = at;
  }
  const slots = new Places();
  const tallies = new Places();
  for (let at = 0; at < events.length; at++) {
    const event = events[at];
    const operation = event < 0 ? ~event : event;
    if (event < 0) {
      slots.giveBack(slot[operation]);
      const value = from[operation];
      if (value !== -1 && lastRead[value] === at && tally[value] !== -1) tallies.giveBack(tally[value]);
      continue;
    }
    calledAt[operation] = at;
    if (Number.isFinite(returned[operation])) slot[operation] = slots.take();
    else if (lastRead[to[operation]] > at) {
      unknownStart[to[operation] + 1]++;
      if (tally[to[operation]] === -1) tally[to[operation]] = tallies.take();
    }
  }
  for (let value = 0; value < valueCount; value++) unknownStart[value + 1] += unknownStart[value];
  const unknownCalls = new Int32Array(unknownStart[valueCount]);
  const filled = unknownStart.slice();
  for (let at = 0; at < events.length; at++) {
    const operation = events[at];
    if (operation < 0 || slot[operation] !== -1) continue;
    if (lastRead[to[operation]] > at) unknownCalls[filled[to[operation]]++] = at;
  }
  return {
    ...{ events, calledAt, slot, slots: slots.count, tally, tallies: tallies.count },
    ...{ lastRead, unknownStart, unknownCalls },
  };
}
