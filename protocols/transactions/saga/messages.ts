/** What orchestrator, services and clients say to each other. */
import type { HostId, Message } from '../../host.ts';
import type { Horizon } from '../names.ts';

/**
 * How a step may fail. `compensatable`, unless said otherwise: what it does can be undone. `query`: it changes nothing, so
 * there is nothing to undo. `retriable`: it cannot be undone, and comes after all that may fail; it is tried until it
 * succeeds (Mehrotra et al., *A Transaction Model for Multidatabase Systems*, ICDCS 1992).
 */
export type StepKind = 'compensatable' | 'query' | 'retriable';

/** One step: a service does something for the saga. */
export interface Step {
  readonly service: HostId;
  /** What is asked of the service: of one that has items to give, the number of an item. */
  readonly request: Message;
  readonly kind?: StepKind;
}

/** `parked`: some step is not compensated, and nobody tries any more unless told to. */
export type SagaOutcome = 'done' | 'compensated' | 'parked';

export type SagaWire = {
  /** To the orchestrator: names a new saga. One that is never submitted leaves no trace. */
  begin(ask: { steps: number }): { saga: string };
  /**
   * To the orchestrator: carries the saga out, or says how it ended; may be asked again and again. Null if that was so long
   * ago that it does not know any more.
   */
  submit(ask: { saga: string; steps: readonly Step[] }): { outcome: SagaOutcome | null };
  /** To a service: the action of a step, which counts from 1. */
  act(ask: { saga: string; step: number; request: Message; horizon: Horizon }): {
    status: 'done' | 'refused';
  };
  /** To a service: whether it could do this now. It changes nothing. */
  query(ask: { saga: string; request: Message }): { status: 'done' | 'refused' };
  /** To a service: undoes the action, or sees to it that it never happens. */
  compensate(ask: { saga: string; step: number; horizon: Horizon }): null;
  /** To the orchestrator, by an operator: which sagas are parked? */
  parked(ask: null): { sagas: readonly string[] };
  /** To the orchestrator, by an operator: tries a parked saga again, from where it stopped. */
  unpark(ask: { saga: string }): { outcome: SagaOutcome };
};
