/**
 * The search for an order: Wing & Gong (*Testing and Verifying Concurrent Objects*, JPDC 1993) with the memory and
 * the just-in-time order of Lowe (*Testing for Linearizability*, CCPE 2017).
 *
 * The *front* is the first return whose operation has no place yet; an operation may be placed next if it was called
 * before the front returned. Rules that only save work, each of which keeps at least one order if there is one:
 *
 *  1. A configuration (front, placed operations beyond it, state) is never explored twice, nor is one that differs
 *     from an explored one only in having used up more optional operations.
 *  2. Legal operations that change nothing are placed at once, without an alternative.
 *  3. The front's own operation is tried first, others after it, optional ones last.
 *  4. Among identical operations the one that returns first goes first (optional ones: that was called first).
 *  5. An optional operation is placed only where it matters: it changes the state, and what is placed right after it
 *     would not lead to the same state without it.
 *  6. Nor is one placed if nothing that could come next would be the better for it.
 *  7. A state in which an operation is lost forever leads nowhere.
 *  8. When all determinate operations are placed, the rest may as well never have happened.
 */
import type { Operation } from '../history.ts';
import { illegal, type Model } from '../models/index.ts';
import { Configurations, mix, States } from './configurations.ts';
import type { Part } from './part.ts';

export interface SearchBudget {
  /** Questions to the model, repeated ones included, and comparisons of configurations. */
  readonly steps: number;
  /** 32-bit words of remembered configurations. */
  readonly words: number;
}

export interface SearchResult {
  /** `ordered`: an order was found; `impossible`: there is none; otherwise the budget that ran out. */
  readonly outcome: 'ordered' | 'impossible' | 'out of steps' | 'out of memory';
  /** The order found; otherwise the longest one found: furthest front first, then most operations, fewest optional. */
  readonly order: readonly Operation[];
  /** The state after `order`. */
  readonly state: unknown;
  /** The operation that returns first among those without a place in `order`. */
  readonly front: Operation | undefined;
  readonly steps: number;
}

const start = -1;
const never = -1;
const lost = -2;

/** Looks for an order of all determinate and some optional operations; deterministic, as is its cost in steps. */
export function search(part: Part, model: Model, budget: SearchBudget): SearchResult {
  const { operations, determinate, call, returned, byReturn, rank, face, twin, slot } = part;
  const { isReadOnly, isOverwrite } = part;
  const count = operations.length;
  const states = new States();
  const window = new Int32Array(part.certainWords + part.optionalWords);
  const seen = new Configurations(window, part.certainWords, budget.words);

  // Operations without a place in three rings, each with a sentinel past the operations. Of identical optional
  // operations only the first is in its ring; it is replaced by the next one as long as it has a place.
  const certainRing = count;
  const sensitiveRing = count + 1;
  const overwriteRing = count + 2;
  const next = new Int32Array(count + 3);
  const previous = new Int32Array(count + 3);
  const successor = new Int32Array(count).fill(-1);
  for (const ring of [certainRing, sensitiveRing, overwriteRing]) next[ring] = previous[ring] = ring;
  for (let operation = 0; operation < count; operation++) {
    if (operation >= determinate && twin[operation] !== -1) {
      successor[twin[operation]] = operation;
      continue;
    }
    const ring =
      operation < determinate ? certainRing : isOverwrite[operation] ? overwriteRing : sensitiveRing;
    next[operation] = ring;
    previous[operation] = previous[ring];
    next[previous[ring]] = operation;
    previous[ring] = operation;
  }

  // The order so far, and for each place what to return to.
  const placedAt = new Int32Array(count);
  const stateBefore = new Int32Array(count);
  const frontBefore = new Int32Array(count);
  const wasEager = new Uint8Array(count);
  const cursors = new Int32Array(count + 1).fill(start);
  const isPlaced = new Uint8Array(count);
  let depth = 0;
  let optionals = 0;
  let front = 0;
  let hash = 0;
  let state = states.number(model.initial);

  // The longest order so far; its first `shared` operations are those of the present one.
  const best = new Int32Array(count);
  let bestDepth = -1;
  let bestOptionals = 0;
  let bestFront = -1;
  let bestState = state;
  let shared = 0;

  // What `step` has said, for as long as nothing else needs the place: from a state, with a face, to a state.
  const recalled = 1 << Math.min(16, 32 - Math.clz32(count * 4));
  const recalledFrom = new Int32Array(recalled).fill(-1);
  const recalledFace = new Int32Array(recalled);
  const recalledTo = new Int32Array(recalled);
  let steps = 0;

  const spent = (): number => steps + seen.comparisons + states.compared;

  /** The number of the state after an operation; otherwise `never`, or `lost`. */
  function after(from: number, operation: number): number {
    steps++;
    const asked = face[operation];
    const place = mix(Math.imul(from, 0x9e3779b1) ^ asked) & (recalled - 1);
    if (recalledFrom[place] === from && recalledFace[place] === asked) return recalledTo[place];
    const before = states.value(from);
    const to = model.step(before, operations[operation]);
    recalledFrom[place] = from;
    recalledFace[place] = asked;
    if (to !== illegal) recalledTo[place] = states.number(to);
    else recalledTo[place] = model.isLost?.(before, operations[operation]) ? lost : never;
    return recalledTo[place];
  }

  const flip = (operation: number): void => {
    window[slot[operation] >> 5] ^= 1 << (slot[operation] & 31);
  };

  function place(operation: number, to: number, eager: boolean): void {
    placedAt[depth] = operation;
    stateBefore[depth] = state;
    frontBefore[depth] = front;
    wasEager[depth] = Number(eager);
    depth++;
    cursors[depth] = start;
    if (operation >= determinate) optionals++;
    const heir = successor[operation];
    if (heir !== -1) {
      next[heir] = next[operation];
      previous[heir] = previous[operation];
    }
    next[previous[operation]] = heir === -1 ? next[operation] : heir;
    previous[next[operation]] = heir === -1 ? previous[operation] : heir;
    isPlaced[operation] = 1;
    if (operation < determinate) hash ^= mix(operation + 1);
    flip(operation);
    state = to;
    // What lies behind the front needs no bit: its slot may be another operation's now.
    while (front < determinate && isPlaced[byReturn[front]]) flip(byReturn[front++]);
  }

  function takeBack(): void {
    depth--;
    const operation = placedAt[depth];
    while (front > frontBefore[depth]) flip(byReturn[--front]);
    flip(operation);
    if (operation < determinate) hash ^= mix(operation + 1);
    isPlaced[operation] = 0;
    next[previous[operation]] = operation;
    previous[next[operation]] = operation;
    if (operation >= determinate) optionals--;
    state = stateBefore[depth];
    if (shared > depth) shared = depth;
  }

  /** Rule 2. An operation that was illegal stays so, since the state stays: one pass is enough. */
  function placeReads(): void {
    for (let operation = next[certainRing]; front < determinate && operation !== certainRing; ) {
      if (call[operation] > returned[byReturn[front]]) return;
      const following = next[operation];
      if (isReadOnly[operation] && after(state, operation) === state) place(operation, state, true);
      operation = following;
    }
  }

  /** Rule 4: whether an identical determinate operation has to go first. */
  function yields(operation: number): boolean {
    if (operation >= determinate) return false;
    const deadline = returned[byReturn[front]];
    for (let earlier = twin[operation]; earlier !== -1 && rank[earlier] >= front; earlier = twin[earlier]) {
      if (!isPlaced[earlier] && call[earlier] <= deadline) return true;
    }
    return false;
  }

  /** Rule 5: whether the optional operation placed last would not have mattered to this one. */
  function wastesOptional(operation: number, to: number): boolean {
    if (depth === 0 || placedAt[depth - 1] < determinate) return false;
    return isOverwrite[operation] === 1 || after(stateBefore[depth - 1], operation) === to;
  }

  /** Rule 6: whether an operation is there that an optional one, leading from state to state, makes a difference to. */
  function isWanted(from: number, to: number): boolean {
    const deadline = returned[byReturn[front]];
    for (const ring of [certainRing, sensitiveRing]) {
      for (let operation = next[ring]; operation !== ring; operation = next[operation]) {
        if (call[operation] > deadline) {
          if (ring === certainRing) break;
          continue;
        }
        if (isOverwrite[operation]) continue;
        const then = after(to, operation);
        if (then >= 0 && then !== after(from, operation)) return true;
      }
    }
    return false;
  }

  /** Rule 7. */
  function isHopeless(): boolean {
    if (model.isLost === undefined || front >= determinate) return false;
    const deadline = returned[byReturn[front]];
    for (let operation = next[certainRing]; operation !== certainRing; operation = next[operation]) {
      if (call[operation] > deadline) return false;
      if (after(state, operation) === lost) return true;
    }
    return false;
  }

  /** The next operation to try here, moving the cursor of this depth on; -1 when none is left. */
  function candidate(): number {
    const first = byReturn[front];
    const deadline = returned[first];
    let cursor = cursors[depth];
    if (cursor === start) {
      cursors[depth] = certainRing;
      if (!isReadOnly[first]) return first;
      cursor = certainRing;
    }
    for (;;) {
      cursor = next[cursor];
      if (cursor < count) {
        const isLate = call[cursor] > deadline;
        if (!isLate && cursor !== first && !isReadOnly[cursor] && !yields(cursor)) {
          cursors[depth] = cursor;
          return cursor;
        }
        // Only the ring of determinate operations is ordered by call.
        if (!isLate || cursor >= determinate) continue;
        cursor = certainRing;
      }
      const followsOptional = depth > 0 && placedAt[depth - 1] >= determinate;
      if (cursor === overwriteRing || (cursor === sensitiveRing && followsOptional)) return -1;
      cursor++;
    }
  }

  function remember(): void {
    const further = front - bestFront || depth - optionals - (bestDepth - bestOptionals);
    if (further < 0 || (further === 0 && optionals >= bestOptionals)) return;
    best.set(placedAt.subarray(shared, depth), shared);
    shared = bestDepth = depth;
    bestOptionals = optionals;
    bestFront = front;
    bestState = state;
  }

  function result(outcome: SearchResult['outcome']): SearchResult {
    const order = Array.from(best.subarray(0, bestDepth), (operation) => operations[operation]);
    const waiting = bestFront < determinate ? operations[byReturn[bestFront]] : undefined;
    return { outcome, order, state: states.value(bestState), front: waiting, steps: spent() };
  }

  placeReads();
  if (isHopeless()) {
    remember();
    return result('impossible');
  }
  seen.add(hash, front, state);
  while (front < determinate) {
    const operation = candidate();
    if (operation === -1) {
      remember();
      while (depth > 0 && wasEager[depth - 1]) takeBack();
      if (depth === 0) return result('impossible');
      takeBack();
      continue;
    }
    if (spent() >= budget.steps || seen.isFull(states.words)) {
      remember();
      return result(seen.isFull(states.words) ? 'out of memory' : 'out of steps');
    }
    const to = after(state, operation);
    if (to < 0) continue;
    if (operation >= determinate && (to === state || !isWanted(state, to))) continue;
    if (wastesOptional(operation, to)) continue;
    const base = depth;
    place(operation, to, false);
    placeReads();
    if (isHopeless()) {
      remember();
      while (depth > base) takeBack();
    } else if (!seen.add(hash, front, state)) while (depth > base) takeBack();
  }
  remember();
  return result('ordered');
}
