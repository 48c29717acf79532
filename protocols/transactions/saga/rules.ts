/**
 * The decisions on which a saga hangs, as a value. `paperRules` is the only choice that ships; a test may put one of
 * them in question by passing another (`sagaWith({ … })`).
 */
import type { CompactedJournal } from '../../compacted-journal.ts';
import type { StepState } from './records.ts';

export interface Rules {
  /** Resolves when the record *begin* is durable; no step is taken before (Garcia-Molina & Salem §5: the saga log). */
  readonly forceBegin: (journal: Pick<CompactedJournal, 'sync'>) => Promise<void>;
  readonly onAction: typeof onAction;
  readonly onCompensation: typeof onCompensation;
}

/** What a service does about an action, given what became of that step before: each has its effect at most once. */
export function onAction(known: StepState | undefined): 'act' | 'confirm' | 'refuse' {
  if (known === undefined) return 'act';
  return known === 'done' ? 'confirm' : 'refuse';
}

/**
 * What a service does about a compensation. One that overtook its action undoes nothing, but cancels it: the action
 * may still be on its way. One that comes again does nothing.
 */
export function onCompensation(known: StepState | undefined): 'undo' | 'cancel' | 'confirm' {
  if (known === undefined) return 'cancel';
  return known === 'done' ? 'undo' : 'confirm';
}

export const paperRules: Rules = { forceBegin: (journal) => journal.sync(), onAction, onCompensation };
