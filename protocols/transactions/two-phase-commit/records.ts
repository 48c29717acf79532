/** What the logs hold: one record of JSON each. A record is forced where the protocol says so, and only there. */
import type { HostId } from '../../host.ts';
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

export type ParticipantRecord = Prepared | Decided;

/**
 * `boot` makes the names of transactions of one life differ from those of all others. `commit` is the decision itself.
 * `end` says that all participants have it: nothing is to be repeated.
 */
export type CoordinatorRecord =
  | { readonly kind: 'boot' }
  | { readonly kind: 'commit'; readonly transaction: string; readonly participants: readonly HostId[] }
  | { readonly kind: 'end'; readonly transaction: string };

export const encode = (record: ParticipantRecord | CoordinatorRecord): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(record));

export const decode = <R extends ParticipantRecord | CoordinatorRecord>(bytes: Uint8Array): R =>
  JSON.parse(new TextDecoder().decode(bytes)) as R;
