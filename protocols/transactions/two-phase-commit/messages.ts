/** What coordinator, participants and clients say to each other. */
import type { HostId } from '../../host.ts';
import type { Horizon } from '../names.ts';

export type Decision = 'commit' | 'abort';
export type Vote = 'yes' | 'no';

/** Adds an amount, which may be negative, to the balance of one account. */
export interface Change {
  readonly participant: HostId;
  readonly account: string;
  readonly amount: number;
}

export type CommitWire = {
  /** To the coordinator: names a new transaction. One that is never submitted leaves no trace. */
  begin(ask: null): { transaction: string };
  /**
   * To the coordinator: carries the transaction out, or says what became of it; may be asked again and again. Null if that
   * was so long ago that it does not know any more.
   */
  submit(ask: { transaction: string; changes: readonly Change[] }): { decision: Decision | null };
  /** To a participant: can it make its changes, whatever comes? */
  prepare(ask: {
    transaction: string;
    participants: readonly HostId[];
    changes: readonly Change[];
    horizon: Horizon;
  }): { vote: Vote };
  /** To a participant. The answer says that the decision is on its disk. */
  decide(ask: { transaction: string; decision: Decision; horizon: Horizon }): null;
  /** To anybody, from a participant in doubt: null from who is not able to tell. */
  inquire(ask: { transaction: string }): { decision: Decision | null };
};
