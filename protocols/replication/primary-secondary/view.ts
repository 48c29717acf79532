/** What claims, reports and operators may see of a server. */
import type { Host, HostId } from '../../host.ts';
import type { Replica } from './replica.ts';
import type { Statistics } from './statistics.ts';

export type ServerRole = 'primary' | 'secondary';

/** One object, brought up to date after every turn. */
export interface PrimarySecondaryView {
  readonly role: ServerRole;
  /** Names this life of the server. */
  readonly life: number;
  /** The latest epoch promised that a crash cannot take back. */
  readonly epoch: number;
  /** The epoch of the primary that it follows, or is; 0 before it has heard of any since its boot. */
  readonly follows: number;
  readonly primary: HostId | null;
  /** Up to here everything is acknowledged, or may be. */
  readonly commitIndex: number;
  readonly lastApplied: number;
  /** Hash of the state machine after `lastApplied`. */
  readonly stateHash: number;
  readonly log: {
    readonly firstIndex: number;
    readonly lastIndex: number;
    /** For `firstIndex - 1` to `lastIndex`; 0 before the first entry. */
    termAt(index: number): number;
    /** Hash of the entries 1 to `index`; below 2^53. */
    prefixHashAt(index: number): number;
  };
  readonly statistics: Statistics;
  /** Entries that a secondary has not applied and knows to be acknowledged; of a primary, the most that any lacks. */
  readonly lag: number;
}

/** The server as the view sees it. */
interface Seen {
  readonly host: Pick<Host, 'expose'>;
  readonly role: ServerRole;
  readonly life: number;
  readonly follows: number;
  readonly primaryId: HostId | null;
  readonly replica: Replica;
  readonly statistics: Statistics;
  readonly lag: number;
}

type Live<T> = { -readonly [K in keyof T]: T[K] };

export function exposeView(server: Seen): void {
  const { replica, statistics } = server;
  const log: Live<PrimarySecondaryView['log']> = {
    firstIndex: replica.log.firstIndex,
    lastIndex: replica.log.lastIndex,
    termAt: (index) => replica.log.termAt(index),
    prefixHashAt: (index) => replica.log.prefixHashAt(index),
  };
  const view: Live<PrimarySecondaryView> = {
    role: server.role,
    life: server.life,
    epoch: 0,
    follows: 0,
    primary: null,
    commitIndex: 0,
    lastApplied: 0,
    stateHash: 0,
    log,
    statistics,
    lag: 0,
  };
  server.host.expose(() => {
    view.role = server.role;
    view.epoch = replica.pledges.durableEpoch;
    view.follows = server.follows;
    view.primary = server.primaryId;
    view.commitIndex = replica.commitIndex;
    view.lastApplied = replica.lastApplied;
    view.stateHash = replica.machine.hash;
    view.lag = server.lag;
    log.firstIndex = replica.log.firstIndex;
    log.lastIndex = replica.log.lastIndex;
    return view;
  });
}
