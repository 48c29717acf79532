/**
 * Something that is taken and given back in turns (a lock, an element of a set), in O(n log n).
 *
 * The state is the number k of turns so far: free if it is even, taken if it is odd. A turn is taken no earlier than it
 * must be, which is when an operation returns: a taking or giving that had no turn yet takes one, after a turn of the
 * other kind if the state asks for that; a look at a state that there was not since its call needs one turn. A turn goes
 * to the open operation of its kind that returns first; what is of unknown fate never returns and comes last.
 *
 * No linearization is ever behind, by induction over returns. For a look: if k did not change since its call, and some
 * linearization was in the other state within that time at k' ≥ k, then k' > k. For a taking x without a turn (or a
 * giving): let y be the last one that had a turn though it returns after x, if any. When y had it, all takings that
 * were open and return no later than x had had theirs. So those that had one since were called since, as was x, and all
 * of them must have had one in the linearization too: it has at least one taking more than we, hence as many turns as
 * we are about to take. Since it is not behind, an open operation that it has used and we have not is there; if there is
 * none for us, there is no linearization.
 */
import { eventsOf } from './events.ts';
import { Soonest } from './heap.ts';

export const Turn = { taking: 0, giving: 1, seenTaken: 2, seenFree: 3 } as const;

export interface Turns {
  /** A `Turn` each. */
  readonly kind: Uint8Array;
  readonly call: Float64Array;
  /** Infinite for a taking or giving that may have happened or not. */
  readonly returned: Float64Array;
}

export interface Stuck {
  /** What cannot have happened: the state was another one throughout, and could not be changed. */
  readonly operation: number;
  /** What had the last turn, and what asked for it when it returned; -1 if there was none. */
  readonly lastTurn: number;
  readonly askedBy: number;
}

/** Nothing if there is a linearization, otherwise what shows that there is none. */
export function stuckTurn({ kind, call, returned }: Turns, isTakenInitially: boolean): Stuck | undefined {
  const open = [new Soonest(returned), new Soonest(returned)];
  const events = eventsOf(call, returned);
  const hadTurn = new Uint8Array(call.length);
  const turnsAtCall = new Int32Array(call.length);
  const parity = isTakenInitially ? 1 : 0;
  let turns = parity;
  let lastTurn = -1;
  let askedBy = -1;
  for (const event of events) {
    if (event >= 0) {
      turnsAtCall[event] = turns;
      if (kind[event] <= Turn.giving) open[kind[event]].add(event);
      continue;
    }
    const operation = ~event;
    if (hadTurn[operation] === 1) continue;
    const wanted = kind[operation];
    // The number of turns after which the operation has had its own, or has seen what it saw.
    let goal = turns;
    if (wanted === Turn.taking) goal = (turns & 1) === 0 ? turns + 1 : turns + 2;
    else if (wanted === Turn.giving) goal = (turns & 1) === 1 ? turns + 1 : turns + 2;
    else if (turnsAtCall[operation] === turns && (turns & 1) !== (wanted === Turn.seenTaken ? 1 : 0)) goal++;
    for (; turns < goal; turns++) {
      const next = open[turns & 1];
      if (next.size === 0) return { operation, lastTurn, askedBy };
      lastTurn = next.take();
      askedBy = operation;
      hadTurn[lastTurn] = 1;
    }
  }
  return undefined;
}
