/** What the logs hold: one record of JSON each. A record is forced where the protocol says so, and only there. */
import type { HostId } from '../../host.ts';
import type { Horizon } from '../names.ts';
import type { Change, Decision } from './messages.ts';

/** A participant that logged this has voted yes, and can do either from now on. */
export interface Prepared {
  readonly kind: 'prepared';
  readonly transaction: string;
  readonly coordinator: HostId;
  /** All that take part: whom to ask when in doubt. */
  readonly participants: readonly HostId[];
  /** Those at this participant. */
  readonly changes: readonly Change[];
}

interface Decided {
  readonly kind: 'decided';
  readonly transaction: string;
  readonly decision: Decision;
}

/** In a log that was written anew: what is in an account, and up to where nothing has to be known of transactions. */
type Kept =
  | { readonly kind: 'balance'; readonly account: string; readonly amount: number }
  | { readonly kind: 'horizon'; readonly origin: HostId; readonly horizon: Horizon };

export type ParticipantRecord = Prepared | Decided | Kept;

/**
 * `boot` makes the names of transactions of one life differ from those of all others. `commit` is the decision itself.
 * `end` says that all participants have it: nothing is to be repeated. `lives` (as many boots) and `mark` (clients may have
 * been forgotten up to there) are in a log that was written anew.
 */
export type CoordinatorRecord =
  | { readonly kind: 'boot' }
  | { readonly kind: 'lives'; readonly count: number }
  | { readonly kind: 'mark'; readonly life: number; readonly number: number }
  | { readonly kind: 'commit'; readonly transaction: string; readonly participants: readonly HostId[] }
  | { readonly kind: 'end'; readonly transaction: string };

export const encode = (record: ParticipantRecord | CoordinatorRecord): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(record));

export const decode = <R extends ParticipantRecord | CoordinatorRecord>(bytes: Uint8Array): R =>
  JSON.parse(new TextDecoder().decode(bytes)) as R;
