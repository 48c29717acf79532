/** What the logs hold: one record of JSON each. */
import type { Message } from '../../host.ts';
import type { SagaOutcome, Step } from './messages.ts';

/**
 * `begin` is forced before the first action, `done` before the action of the next step, `abort` before the first
 * compensation, `end` and `parked` before the client is told. `compensated` only saves work: what is repeated after a crash has no
 * second effect.
 */
export type SagaRecord =
  | { readonly kind: 'boot' }
  | { readonly kind: 'begin'; readonly saga: string; readonly steps: readonly Step[] }
  | { readonly kind: 'done'; readonly saga: string; readonly step: number }
  /** `step` is the last one that may have had an effect. */
  | { readonly kind: 'abort'; readonly saga: string; readonly step: number }
  | { readonly kind: 'compensated'; readonly saga: string; readonly step: number }
  /** The compensation of this step failed too often. */
  | { readonly kind: 'parked'; readonly saga: string; readonly step: number }
  | { readonly kind: 'unparked'; readonly saga: string }
  | { readonly kind: 'end'; readonly saga: string; readonly outcome: SagaOutcome };

/** What became of a step at its service; `cancelled`: it was compensated before it came, and must not come any more. */
export type StepState = 'done' | 'compensated' | 'cancelled';

export interface StepRecord {
  readonly saga: string;
  readonly step: number;
  /** What was asked; null if it never came. */
  readonly request: Message;
  readonly state: StepState;
}

export const encode = (record: SagaRecord | StepRecord): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(record));

export const decode = <R extends SagaRecord | StepRecord>(bytes: Uint8Array): R =>
  JSON.parse(new TextDecoder().decode(bytes)) as R;
