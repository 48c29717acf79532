/** From an impossible history to the few operations that already contradict each other. */
import type { Operation } from '../history.ts';
import type { Model } from '../models.ts';
import { laidOut } from './part.ts';
import { type SearchBudget, type SearchResult, search } from './search.ts';

/**
 * Operations that cannot be ordered, whatever becomes of `aside`: each of those may take effect at any time after
 * its call, or never. So the core stays impossible in the whole history, of which it is a weaker statement.
 */
export interface Core {
  readonly operations: readonly Operation[];
  readonly aside: readonly Operation[];
  /** Whether the core falls apart without any one of its operations. */
  readonly isMinimal: boolean;
  /** The search that failed on it. */
  readonly result: SearchResult;
  readonly steps: number;
}

/**
 * Shrinks what `result` could not order, by leaving out halves, quarters … and at last single operations as long as
 * the rest stays impossible. Reads are left out altogether; what may have changed the state is set aside.
 */
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
  let firm = known.filter((operation) => operation.type === 'ok' && (operation.return as number) <= deadline);
  const isFirm = new Set(firm);
  let aside = known.filter((operation) => !isFirm.has(operation) && !model.isReadOnly(operation));
  let failure: SearchResult | undefined;
  let steps = 0;

  const attempt = (kept: readonly Operation[], laidAside: readonly Operation[]): boolean => {
    const left = { steps: budget.steps - steps, words: budget.words };
    if (left.steps <= 0) return false;
    const tried = search(laidOut([...kept, ...laidAside.map(undecided)], model), model, left);
    steps += tried.steps;
    if (tried.outcome !== 'impossible') return false;
    failure = tried;
    return true;
  };

  let isMinimal = attempt(firm, aside);
  for (let size = Math.ceil(firm.length / 2), shrunk = false; isMinimal; ) {
    shrunk = false;
    for (let at = 0; at < firm.length; ) {
      const left = firm.slice(at, at + size).filter((operation) => operation !== last);
      const kept = firm.filter((operation, place) => place < at || place >= at + size || operation === last);
      const laidAside = [...aside, ...left.filter((operation) => !model.isReadOnly(operation))];
      if (left.length > 0 && attempt(kept, laidAside)) {
        firm = kept;
        aside = laidAside;
        shrunk = true;
      } else at += size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!shrunk) break;
    if (steps >= budget.steps) isMinimal = false;
  }
  return { operations: firm, aside, isMinimal, result: failure ?? result, steps };
}

/** The same operation if nobody knew what became of it. */
function undecided(operation: Operation): Operation {
  const { output: _, ...asked } = operation;
  return { ...asked, type: 'info', return: null };
}
