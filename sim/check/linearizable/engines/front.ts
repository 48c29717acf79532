/**
 * Registers that are only read and written, whose values may come again: a sweep over calls and returns in the order
 * of time, with every *configuration* that could be the case, of which the worse ones are dropped.
 *
 * A configuration knows the value `stored`; the time `since` when it was written; which open writes were used, and
 * which open reads were not satisfied yet. Nothing happens before it must, which is when an operation returns:
 *
 * - A read that is called while its value is stored, or open when its value is stored, is satisfied.
 * - A write returns unused. *Hide* it, if it was called before `since`: just before the write at `since` it was stored
 *   for a moment and satisfied the open reads of its value that were called before `since`. Or *show* it: it is stored
 *   now, `since` is now, and all open reads of its value are satisfied.
 * - A read returns unsatisfied. Hide or show an unused open write of its value: the one that returns first of those
 *   that were called in time; an unknown write never returns and comes last.
 *
 * Every configuration is a linearization of what returned and was used, so an accepted history has one. Conversely
 * follow any linearization L. Claim: there is always a configuration c such that what L has done and c has not consists
 * of open operations, each of which either was called before `since` and could be hidden there (a read together with
 * a write of its value), or comes in L after everything that c has done. Calls keep the claim. When x returns, L has
 * done it. If c has not, it could be hidden, and c hides it; or else c shows it, or the write that x read from. What
 * L has done before that write is open, so it was called before now, which is the new `since`, and can be hidden there
 * from now on; reads of the old value were satisfied when they were called. Where c uses another write w' of the value
 * than the w of L, exchange the two in L: w' returns no later than w, so w can take its place, and w' was called in
 * time.
 *
 * Configuration a is no worse than b if it has the same value stored (or b's is *dead*: no read of it is still to
 * return), `since` is no earlier, and it has no write used and no read unsatisfied that b has not: what is used in b
 * and open in a was called before b's `since`, so it can be hidden in a. Therefore also: a write whose value is
 * dead from now on need not be shown while something better is stored, and over a dead value everything is shown.
 */
import { type Cells, Deed } from './cells.ts';
import { ascending } from './order.ts';
import type { Sweep } from './sweep.ts';

export interface FrontBudget {
  /** Configurations made and comparisons of configurations. */
  readonly steps: number;
  /** More configurations than this are cut down to half of it, those with the fewest unknown writes used. */
  readonly width: number;
}

export interface FrontResult {
  /** `stuck`: the read of `operation` cannot be satisfied in any configuration. */
  readonly outcome: 'ordered' | 'stuck' | 'out of steps';
  /** Whether configurations were cut: then `stuck` proves nothing. */
  readonly isCut: boolean;
  /** Where the sweep ended: an operation, -1 at the end. */
  readonly operation: number;
  readonly steps: number;
  /** The most configurations at once. */
  readonly width: number;
}

const dead = -1;
// Fields of a configuration; the bits of slots follow, then the tallies of unknown writes that were used.
const storedField = 0;
const sinceField = 1;
const bitsField = 2;

export function sweepFront(cells: Cells, sweep: Sweep, budget: FrontBudget): FrontResult {
  const { deed, from, to, returned } = cells;
  const { events, calledAt, slot, slots, tally, lastRead, unknownStart, unknownCalls } = sweep;
  const words = (slots + 31) >>> 5;
  const tallyField = bitsField + words;
  const size = tallyField + sweep.tallies;
  let front = new Int32Array(size * 16);
  let next = new Int32Array(size * 16);
  let width = 1;
  let nextWidth = 0;
  let steps = 0;
  let widthMax = 1;
  let isCut = false;

  // Open reads and writes of each value as linked lists.
  const valueCount = cells.values.count;
  const firstOpenRead = new Int32Array(valueCount).fill(-1);
  const firstOpenWrite = new Int32Array(valueCount).fill(-1);
  const following = new Int32Array(cells.count).fill(-1);
  const preceding = new Int32Array(cells.count).fill(-1);

  const open = (heads: Int32Array, value: number, operation: number): void => {
    following[operation] = heads[value];
    preceding[operation] = -1;
    if (heads[value] !== -1) preceding[heads[value]] = operation;
    heads[value] = operation;
  };
  const close = (heads: Int32Array, value: number, operation: number): void => {
    if (preceding[operation] === -1) heads[value] = following[operation];
    else following[preceding[operation]] = following[operation];
    if (following[operation] !== -1) preceding[following[operation]] = preceding[operation];
  };

  /** A copy of a configuration at the end of the next front, to be changed and then offered. */
  function copied(source: number): number {
    const target = nextWidth * size;
    if (target + size > next.length) {
      const larger = new Int32Array(next.length * 2);
      larger.set(next);
      next = larger;
    }
    for (let field = 0; field < size; field++) next[target + field] = front[source + field];
    steps++;
    return target;
  }

  function isNoWorse(left: number, right: number): boolean {
    const stored = next[right + storedField];
    if (stored !== dead && stored !== next[left + storedField]) return false;
    if (next[left + sinceField] < next[right + sinceField]) return false;
    for (let field = bitsField; field < tallyField; field++) {
      if ((next[left + field] & ~next[right + field]) !== 0) return false;
    }
    for (let field = tallyField; field < size; field++) {
      if (next[left + field] > next[right + field]) return false;
    }
    return true;
  }

  /** Keeps the copy at the end of the next front unless another one is no worse, and drops those that are worse. */
  function offer(): void {
    const last = nextWidth * size;
    steps += nextWidth;
    for (let at = 0; at < last; at += size) if (isNoWorse(at, last)) return;
    let kept = 0;
    for (let at = 0; at < last; at += size) {
      if (isNoWorse(last, at)) continue;
      if (at !== kept) next.copyWithin(kept, at, at + size);
      kept += size;
    }
    if (kept !== last) next.copyWithin(kept, last, last + size);
    nextWidth = kept / size + 1;
  }

  /** Satisfies the open reads of a value that were called before an event. */
  function satisfy(target: number, value: number, before: number): void {
    for (let read = firstOpenRead[value]; read !== -1; read = following[read]) {
      if (calledAt[read] < before) next[target + bitsField + (slot[read] >> 5)] &= ~(1 << (slot[read] & 31));
    }
  }

  const isSet = (configuration: number, operation: number): boolean =>
    ((front[configuration + bitsField + (slot[operation] >> 5)] >> (slot[operation] & 31)) & 1) === 1;

  /** The unused write of a value called before an event that returns first, -1 for an unknown one, -2 for none. */
  function writeFor(configuration: number, value: number, before: number): number {
    let best = -2;
    for (let write = firstOpenWrite[value]; write !== -1; write = following[write]) {
      if (calledAt[write] >= before || isSet(configuration, write)) continue;
      if (best < 0 || returned[write] < returned[best]) best = write;
    }
    if (best >= 0 || tally[value] === -1) return best;
    const unknown = unknownStart[value] + front[configuration + tallyField + tally[value]];
    return unknown < unknownStart[value + 1] && unknownCalls[unknown] < before ? -1 : -2;
  }

  function use(target: number, write: number, value: number): void {
    if (write === -1) next[target + tallyField + tally[value]]++;
    else next[target + bitsField + (slot[write] >> 5)] |= 1 << (slot[write] & 31);
  }

  /** What is done with a slot when its operation returns, and with a value when its last read does. */
  function finish(target: number, operation: number, at: number): void {
    next[target + bitsField + (slot[operation] >> 5)] &= ~(1 << (slot[operation] & 31));
    const value = from[operation];
    if (value === -1 || lastRead[value] !== at) return;
    if (next[target + storedField] === value) next[target + storedField] = dead;
    if (tally[value] !== -1) next[target + tallyField + tally[value]] = 0;
  }

  function returns(configuration: number, operation: number, at: number): void {
    const isRead = deed[operation] === Deed.read;
    const isDone = isSet(configuration, operation) !== isRead;
    if (isDone) {
      finish(copied(configuration), operation, at);
      offer();
      return;
    }
    const value = isRead ? from[operation] : to[operation];
    const since = front[configuration + sinceField];
    const hidden =
      calledAt[operation] >= since ? -2 : isRead ? writeFor(configuration, value, since) : operation;
    const isUseful = lastRead[value] > at;
    const isStoredDead = front[configuration + storedField] === dead;
    if (hidden !== -2 && !isStoredDead) {
      const target = copied(configuration);
      use(target, hidden, value);
      satisfy(target, value, since);
      finish(target, operation, at);
      offer();
      if (!isUseful) return;
    }
    const shown = isRead ? writeFor(configuration, value, at) : operation;
    if (shown === -2) return;
    const target = copied(configuration);
    use(target, shown, value);
    next[target + storedField] = isUseful ? value : dead;
    next[target + sinceField] = at;
    satisfy(target, value, at);
    finish(target, operation, at);
    offer();
  }

  /** Whether nothing is to be done when an operation returns but to free its slot. */
  function isDoneEverywhere(operation: number, at: number): boolean {
    const isRead = deed[operation] === Deed.read;
    if (isRead && lastRead[from[operation]] === at) return false;
    for (let one = 0; one < width * size; one += size) if (isSet(one, operation) === isRead) return false;
    return true;
  }

  function shut(operation: number): void {
    if (deed[operation] === Deed.read) close(firstOpenRead, from[operation], operation);
    else close(firstOpenWrite, to[operation], operation);
  }

  function cut(): void {
    isCut = true;
    const used = new Float64Array(nextWidth);
    for (let at = 0; at < nextWidth; at++) {
      for (let field = tallyField; field < size; field++) used[at] += next[at * size + field];
    }
    const kept = ascending(used)
      .subarray(0, Math.max(1, budget.width >> 1))
      .sort();
    for (let at = 0; at < kept.length; at++)
      next.copyWithin(at * size, kept[at] * size, (kept[at] + 1) * size);
    nextWidth = kept.length;
  }

  front[storedField] = lastRead[cells.initial] === -1 ? dead : cells.initial;
  front[sinceField] = -1;
  for (let at = 0; at < events.length; at++) {
    const event = events[at];
    if (event >= 0) {
      if (deed[event] === Deed.read) {
        open(firstOpenRead, from[event], event);
        const field = bitsField + (slot[event] >> 5);
        const bit = 1 << (slot[event] & 31);
        for (let one = 0; one < width * size; one += size) {
          if (front[one + storedField] !== from[event]) front[one + field] |= bit;
        }
      } else if (slot[event] !== -1) open(firstOpenWrite, to[event], event);
      continue;
    }
    const operation = ~event;
    if (isDoneEverywhere(operation, at)) {
      for (let one = 0; one < width * size; one += size) {
        front[one + bitsField + (slot[operation] >> 5)] &= ~(1 << (slot[operation] & 31));
      }
      shut(operation);
      continue;
    }
    nextWidth = 0;
    for (let one = 0; one < width * size; one += size) returns(one, operation, at);
    shut(operation);
    if (nextWidth === 0) return { outcome: 'stuck', isCut, operation, steps, width: widthMax };
    if (steps > budget.steps) return { outcome: 'out of steps', isCut, operation, steps, width: widthMax };
    if (nextWidth > budget.width) cut();
    [front, next] = [next, front];
    width = nextWidth;
    if (width > widthMax) widthMax = width;
  }
  return { outcome: 'ordered', isCut, operation: -1, steps, width: widthMax };
}
