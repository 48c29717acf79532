/** What orchestrator, services and clients say to each other. */
import type { HostId } from '../../host.ts';

/** One step: a service gives one of its items to the saga. Its compensation takes the item back. */
export interface Step {
  readonly service: HostId;
  readonly item: number;
}

export type SagaOutcome = 'done' | 'compensated';

export type SagaWire = {
  /** To the orchestrator: names a new saga. One that is never submitted leaves no trace. */
  begin(ask: { steps: number }): { saga: string };
  /** To the orchestrator: carries the saga out, or says how it ended; may be asked again and again. */
  submit(ask: { saga: string; steps: readonly Step[] }): { outcome: SagaOutcome };
  /** To a service: the action of a step, which counts from 1. */
  act(ask: { saga: string; step: number; item: number }): { status: 'done' | 'refused' };
  /** To a service: undoes the action, or sees to it that it never happens. */
  compensate(ask: { saga: string; step: number }): null;
};
