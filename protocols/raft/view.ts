/** What claims, reports and operators may see of a server. */
import type { Host, HostId } from '../host.ts';
import type { Replica } from './replica.ts';

export type RaftRole = 'follower' | 'candidate' | 'leader';

/** One object, brought up to date after every turn. */
export interface RaftView {
  readonly role: RaftRole;
  /** The latest term that a crash cannot take back. */
  readonly term: number;
  readonly leader: HostId | null;
  readonly commitIndex: number;
  readonly lastApplied: number;
  /** The latest configuration of its log, committed or not, and the entry that made it; 0 for the initial one. */
  readonly configuration: { readonly index: number; readonly voters: readonly HostId[] };
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
  /** What the state machine shows of itself, if it does. */
  readonly machine?: object;
}

/** The server as the view sees it. */
interface Seen {
  readonly host: Pick<Host, 'expose'>;
  readonly role: RaftRole;
  readonly leaderId: HostId | null;
  readonly replica: Replica;
}

type Live<T> = { -readonly [K in keyof T]: T[K] };

export function exposeView(server: Seen): void {
  const { replica } = server;
  const log: Live<RaftView['log']> = {
    firstIndex: replica.log.firstIndex,
    lastIndex: replica.log.lastIndex,
    termAt: (index) => replica.log.termAt(index),
    prefixHashAt: (index) => replica.log.prefixHashAt(index),
  };
  const configuration: Live<RaftView['configuration']> = {
    index: replica.configurations.latestIndex,
    voters: replica.configurations.latest.voters,
  };
  const view: Live<RaftView> = {
    role: server.role,
    term: 0,
    leader: null,
    commitIndex: 0,
    lastApplied: 0,
    configuration,
    stateHash: 0,
    log,
  };
  const { machine } = replica.machine;
  const shown = machine.view?.bind(machine);
  server.host.expose(() => {
    view.role = server.role;
    view.term = replica.ballot.durableTerm;
    view.leader = server.leaderId;
    view.commitIndex = replica.commitIndex;
    view.lastApplied = replica.lastApplied;
    view.stateHash = replica.machine.hash;
    if (shown !== undefined) view.machine = shown();
    configuration.index = replica.configurations.latestIndex;
    configuration.voters = replica.configurations.latest.voters;
    log.firstIndex = replica.log.firstIndex;
    log.lastIndex = replica.log.lastIndex;
    return view;
  });
}
