/** How far a saga is, as the orchestrator's log tells it, and what is to be done next. No effects. */
import type { SagaOutcome, Step, StepKind } from './messages.ts';
import type { SagaRecord } from './records.ts';

/** What is told of one saga. */
type Told = Extract<SagaRecord, { saga: string }>;

export interface Progress {
  readonly saga: string;
  readonly steps: readonly Step[];
  /** Steps 1 to this one are done. */
  done: number;
  /** The next step to compensate, downwards; null while the saga goes forward. */
  undo: number | null;
  /** Whether a compensation failed too often. */
  isParked: boolean;
  outcome: SagaOutcome | null;
}

/** What comes next: an action, a compensation (steps count from 1), or the end. */
export type Next =
  | { readonly kind: 'act' | 'compensate'; readonly step: number }
  | { readonly kind: 'end'; readonly outcome: SagaOutcome };

/** T1 … Tn, or T1 … Tj and then Cj … C1 (Garcia-Molina & Salem §2). */
export function nextOf({ steps, done, undo, isParked }: Progress): Next {
  if (isParked) return { kind: 'end', outcome: 'parked' };
  if (undo === null) {
    return done < steps.length ? { kind: 'act', step: done + 1 } : { kind: 'end', outcome: 'done' };
  }
  for (let step = undo; step > 0; step--) {
    if (kindOf(steps[step - 1]!) === 'compensatable') return { kind: 'compensate', step };
  }
  return { kind: 'end', outcome: 'compensated' };
}

export const kindOf = ({ kind }: Step): StepKind => kind ?? 'compensatable';

/** Takes in a record, as it is written or as it is read back. */
export function apply(sagas: Map<string, Progress>, record: Told): void {
  const { saga } = record;
  const steps = record.kind === 'begin' ? record.steps : [];
  const progress = sagas.get(saga) ?? { saga, steps, done: 0, undo: null, isParked: false, outcome: null };
  if (!sagas.has(saga)) sagas.set(saga, progress);
  if (record.kind === 'begin') return;
  if (record.kind === 'done') progress.done = record.step;
  else if (record.kind === 'abort') progress.undo = record.step;
  else if (record.kind === 'compensated') progress.undo = record.step - 1;
  else if (record.kind === 'end') progress.outcome = record.outcome;
  else progress.isParked = record.kind === 'parked';
}
