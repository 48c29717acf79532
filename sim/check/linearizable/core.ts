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
  const past = pastOf(history, last.return as number, model);
  const core = shrunk({ ...past, result }, [last], model, new Attempts(model, budget));
  if (isSmall(core)) return core;
  return smaller(core, cutOff(past, last, model, budget));
}

/**
 * The core among operations that somebody else suspects, whom this does not take at his word: if they can be ordered
 * with the help of others, those that are nearest in time join them, twice as many each time. Failing that, what
 * comes after an overwrite before the last of them. Nothing if the budget runs out before they have no order.
 */
export function coreAmong(
  history: readonly Operation[],
  suspected: readonly Operation[],
  model: Model,
  budget: SearchBudget,
): Core | undefined {
  const certain = suspected.filter(({ type }) => type === 'ok');
  if (certain.length === 0) return undefined;
  const last = certain.reduce((latest, one) => (returnOf(one) > returnOf(latest) ? one : latest));
  const past = pastOf(history, returnOf(last), model);
  const core = widened(past, certain, model, new Attempts(model, budget));
  if (core !== undefined && isSmall(core)) return core;
  const cut = cutOff(past, last, model, budget);
  return core === undefined ? cut : smaller(core, cut);
}

const widenings = 4;

function widened(
  { firm, aside, idle }: Past,
  certain: readonly Operation[],
  model: Model,
  attempts: Attempts,
): Core | undefined {
  const from = certain.reduce((least, { call }) => Math.min(least, call), Number.POSITIVE_INFINITY);
  const chosen = new Set(certain);
  const distance = (operation: Operation): number =>
    chosen.has(operation) ? -1 : Math.max(0, from - returnOf(operation));
  const nearest = [...firm].sort((left, right) => distance(left) - distance(right) || right.call - left.call);
  for (let step = 0; step <= widenings; step++) {
    const size = chosen.size << step;
    const others = nearest.slice(size).filter((operation) => !model.isReadOnly(operation));
    const candidates = splitUp(nearest.slice(0, size), aside.concat(others), model);
    const found = attempts.on({ ...candidates, idle: candidates.idle.concat(idle) });
    if (found !== undefined) return shrunk(found, [found.result.front as Operation], model, attempts);
    if (size >= nearest.length) return undefined;
  }
  return undefined;
}

/** The core of what comes after an overwrite. */
function cutOff(past: Past, last: Operation, model: Model, budget: SearchBudget): Core | undefined {
  const attempts = new Attempts(model, budget);
  for (const cut of cuts(past.firm, model, last)) {
    const later = past.firm.filter((operation) => operation === cut || operation.call > returnOf(cut));
    const beside = past.firm.filter((operation) => isBeside(operation, cut) && !model.isReadOnly(operation));
    const left = attempts.on({ firm: later, aside: past.aside.concat(beside), idle: past.idle });
    if (left !== undefined) return { ...shrunk(left, [last, cut], model, attempts), cut };
    if (attempts.isSpent) return undefined;
  }
  return undefined;
}

const isSmall = (core: Core): boolean => core.isMinimal && core.operations.length <= smallSize;

const smaller = (core: Core, other: Core | undefined): Core =>
  other !== undefined && other.operations.length < core.operations.length ? other : core;

const returnOf = (operation: Operation): number => operation.return as number;

/** What is known of a history up to a moment. */
function pastOf(history: readonly Operation[], until: number, model: Model): Past {
  const isFirm = (operation: Operation): boolean =>
    operation.type === 'ok' && (operation.return as number) <= until;
  const known = history.filter((operation) => operation.type !== 'fail' && operation.call <= until);
  return splitUp(
    known.filter(isFirm),
    known.filter((operation) => !isFirm(operation) && !model.isReadOnly(operation)),
    model,
  );
}

function splitUp(firm: readonly Operation[], others: readonly Operation[], model: Model): Past {
  const matters = model.mattering?.(firm.concat(others.map(undecided)));
  if (matters === undefined) return { firm, aside: others, idle: [] };
  const aside = others.filter((operation) => matters(undecided(operation)));
  return { firm, aside, idle: others.filter((operation) => !matters(undecided(operation))) };
}

interface Past {
  /** What happened. */
  readonly firm: readonly Operation[];
  /** What may have happened. */
  readonly aside: readonly Operation[];
  /** What may have happened and cannot matter. */
  readonly idle: readonly Operation[];
}

/** Operations that have no order, as the search has found. */
interface Suspects extends Past {
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
  on(past: Past): Suspects | undefined {
    if (this.isSpent) {
      this.ranOut = true;
      return undefined;
    }
    const part = laidOut(past.firm.concat(past.aside.map(undecided)), this.#model);
    const result = search(part, this.#model, { steps: Math.ceil(this.#steps / 2), words: this.#words });
    // Laying out costs as well.
    this.#steps -= result.steps + part.operations.length;
    if (result.outcome === 'impossible') return { ...past, result };
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
      const fewer =
        out.length === 0
          ? undefined
          : attempts.on({ firm: kept, aside: left.aside.concat(setAside), idle: left.idle });
      if (fewer === undefined) at += size;
      else left = fewer;
    }
    if (size <= 1 && left.firm.length === before) break;
  }
  const isMinimal = !attempts.ranOut && !attempts.isSpent;
  const { firm, aside, idle, result } = left;
  return { operations: firm, aside: aside.concat(idle), cut: undefined, isMinimal, result };
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
