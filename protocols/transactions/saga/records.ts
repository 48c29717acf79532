/** What the logs hold: one record of JSON each. */
import type { HostId, Message } from '../../host.ts';
import type { Horizon } from '../names.ts';
import type { SagaOutcome, Step } from './messages.ts';

/**
 * `begin` is forced before the first action, `done` before the action of the next step, `abort` before the first
 * compensation, `end` and `parked` before the client is told. `compensated` only saves work: what is repeated after a crash has no
 * second effect. `lives` (as many boots) and `mark` (clients may have been forgotten up to there) are in a log that was
 * written anew, and `end` stands there without `begin`.
 */
export type SagaRecord =
  | { readonly kind: 'boot' }
  | { readonly kind: 'lives'; readonly count: number }
  | { readonly kind: 'mark'; readonly life: number; readonly number: number }
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

/** Something that took effect at a service. */
export interface EffectView {
  readonly saga: string;
  readonly step: number;
  readonly kind: 'done' | 'compensated';
}

/**
 * A log that was written anew has no record of what was compensated for sagas that are over, and says so instead: up to where
 * they are, and which effects were the latest.
 */
export type ServiceRecord =
  | StepRecord
  | { readonly kind: 'horizon'; readonly origin: HostId; readonly horizon: Horizon }
  | { readonly kind: 'effects'; readonly before: number; readonly latest: readonly EffectView[] };

export const encode = (record: SagaRecord | ServiceRecord): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(record));

export const decode = <R extends SagaRecord | ServiceRecord>(bytes: Uint8Array): R =>
  JSON.parse(new TextDecoder().decode(bytes)) as R;
