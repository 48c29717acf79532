/** From an impossible history to the few operations that already contradict each other. */
import type { Operation } from '../history.ts';
import type { Model } from '../models/index.ts';
import { laidOut } from './part.ts';
import { type SearchBudget, type SearchResult, search } from './search.ts';

/**
 * Operations that cannot be ordered, whatever becomes of `aside`: each of those may take effect at any time after
 * its call, or never. So the core stays impossible in the whole history, of which it is a weaker statement.
 */
export interface Core {
  readonly operations: readonly Operation[];
  readonly aside: readonly Operation[];
  /** An overwrite in the core that hides all that returned before its call, which is therefore left out. */
  readonly cut: Operation | undefined;
  /** Whether the core falls apart without any one of its operations. */
  readonly isMinimal: boolean;
  /** The search that failed on it. */
  readonly result: SearchResult;
}

const smallSize = 6;

/** Shrinks what `result` could not order; if that leaves more than six operations, once more with the past cut off. */
export function coreOf(
  history: readonly Operation[],
  model: Model,
  result: SearchResult,
  budget: SearchBudget,
): Core {
  const last = result.front;
  if (last === undefined) throw new RangeError('a history with an order has no core');
  const deadline = last.return as number;
  const known = history.filter((operation) => operation.type !== 'fail' && operation.call <= deadline);
  const isFirm = (operation: Operation): boolean =>
    operation.type === 'ok' && (operation.return as number) <= deadline;
  const suspects: Suspects = {
    firm: known.filter(isFirm),
    aside: known.filter((operation) => !isFirm(operation) && !model.isReadOnly(operation)),
    result,
  };
  const core = shrunk(suspects, [last], model, new Attempts(model, budget));
  if (core.isMinimal && core.operations.length <= smallSize) return core;

  const attempts = new Attempts(model, budget);
  for (const cut of cuts(suspects.firm, model, last)) {
    const later = suspects.firm.filter(
      (operation) => operation === cut || operation.call > (cut.return as number),
    );
    const beside = suspects.firm.filter(
      (operation) => isBeside(operation, cut) && !model.isReadOnly(operation),
    );
    const left = attempts.on(later, [...suspects.aside, ...beside]);
    if (left === undefined) continue;
    const smaller = { ...shrunk(left, [last, cut], model, attempts), cut };
    return smaller.operations.length < core.operations.length ? smaller : core;
  }
  return core;
}

/** Operations that have no order, as the search has found. */
interface Suspects {
  readonly firm: readonly Operation[];
  readonly aside: readonly Operation[];
  readonly result: SearchResult;
}

/** Attempts that share a budget, each getting at most half of what is left. */
class Attempts {
  readonly #model: Model;
  readonly #words: number;
  #steps: number;
  /** Whether the budget has left an attempt undecided. */
  ranOut = false;

  constructor(model: Model, budget: SearchBudget) {
    this.#model = model;
    this.#words = budget.words;
    this.#steps = Math.ceil(budget.steps / 2);
  }

  get isSpent(): boolean {
    return this.#steps <= 0;
  }

  /** The suspects if these operations have no order; nothing if they have one, or if the budget does not say. */
  on(firm: readonly Operation[], aside: readonly Operation[]): Suspects | undefined {
    if (this.isSpent) {
      this.ranOut = true;
      return undefined;
    }
    const part = laidOut([...firm, ...aside.map(undecided)], this.#model);
    const result = search(part, this.#model, { steps: Math.ceil(this.#steps / 2), words: this.#words });
    // Laying out costs as well.
    this.#steps -= result.steps + part.operations.length;
    if (result.outcome === 'impossible') return { firm, aside, result };
    if (result.outcome !== 'ordered') this.ranOut = true;
    return undefined;
  }
}

/**
 * Leaves out halves, quarters … and at last single operations as long as the rest stays impossible. Reads are left
 * out altogether; what may have changed the state is set aside. What is `pinned` stays.
 */
function shrunk(suspects: Suspects, pinned: readonly Operation[], model: Model, attempts: Attempts): Core {
  let left = suspects;
  for (let size = Math.ceil(left.firm.length / 2); ; size = Math.ceil(size / 2)) {
    const before = left.firm.length;
    for (let at = 0; at < left.firm.length && !attempts.isSpent; ) {
      const isOut = (operation: Operation, place: number): boolean =>
        place >= at && place < at + size && !pinned.includes(operation);
      const out = left.firm.filter(isOut);
      const kept = left.firm.filter((operation, place) => !isOut(operation, place));
      const setAside = out.filter((operation) => !model.isReadOnly(operation));
      const fewer = out.length === 0 ? undefined : attempts.on(kept, [...left.aside, ...setAside]);
      if (fewer === undefined) at += size;
      else left = fewer;
    }
    if (size <= 1 && left.firm.length === before) break;
  }
  const isMinimal = !attempts.ranOut && !attempts.isSpent;
  return { operations: left.firm, aside: left.aside, cut: undefined, isMinimal, result: left.result };
}

/**
 * Overwrites at which the history may be cut, the last ones first, at growing distances: whatever comes after an
 * overwrite in an order owes nothing to what came before it. So if the operations called after it returned cannot be
 * ordered from it on, what returned before it was called is no part of the contradiction.
 */
function* cuts(firm: readonly Operation[], model: Model, last: Operation): Generator<Operation> {
  const overwrites = firm
    .filter((operation) => model.isOverwrite(operation) && (operation.return as number) < last.call)
    .sort((left, right) => right.call - left.call);
  for (let back = 1; back <= overwrites.length; back *= 2) yield overwrites[back - 1];
}

const isBeside = (operation: Operation, cut: Operation): boolean =>
  operation !== cut && operation.call <= (cut.return as number) && (operation.return as number) >= cut.call;

/** The same operation if nobody knew what became of it. */
function undecided(operation: Operation): Operation {
  const { output: _, ...asked } = operation;
  return { ...asked, type: 'info', return: null };
}
