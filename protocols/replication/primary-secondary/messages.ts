/**
 * What servers and clients say to each other. All of it is plain data that never changes. The log is one as Raft's is:
 * the term of an entry is the epoch of the primary that wrote it.
 */
import type { HostId } from '../../host.ts';
import type { Relayed } from '../../leader-route.ts';
import type { Value } from '../../protocol.ts';
import type { LogEnd } from '../../raft/log.ts';
import type { Entry, Operation, Result } from '../../raft/messages.ts';
import type { Snapshot } from './snapshot.ts';

/** Asks whether a failover should start; promises nothing. */
interface SuspectAsk {
  /** The epoch that it would start. */
  readonly epoch: number;
}

interface SuspectAnswer {
  readonly agrees: boolean;
  /** What the server has promised. */
  readonly epoch: number;
}

/** Asks for the promise to follow nobody of an earlier epoch. */
interface PromiseAsk {
  readonly epoch: number;
}

export interface PromiseAnswer {
  readonly granted: boolean;
  readonly epoch: number;
  /** Where the server's log ends, all of it on disk. */
  readonly end: LogEnd;
}

/** Names whom it is sent to primary of an epoch. */
interface PromoteAsk {
  readonly epoch: number;
}

/** Entries for the places after `prevIndex`, or none: a heartbeat. */
export interface ReplicateAsk {
  readonly epoch: number;
  readonly prevIndex: number;
  /** The epoch of the entry at `prevIndex`. */
  readonly prevEpoch: number;
  readonly entries: readonly Entry[];
  /** Up to here everything is acknowledged, or may be. */
  readonly commitIndex: number;
}

/** After a refusal `conflictTerm` and `conflictIndex` say how far to go back; 0 means that the epoch is over. */
export interface ReplicateAnswer {
  readonly epoch: number;
  /** Names this life of the secondary. */
  readonly life: number;
  readonly accepted: boolean;
  readonly conflictTerm: number;
  readonly conflictIndex: number;
  /** What differs, or may, the secondary has only as a state: no entries help. */
  readonly needsSnapshot?: true;
}

/** The state of a primary, for a secondary that entries do not help any more. */
export interface InstallAsk {
  readonly epoch: number;
  /** The life of the secondary that it is for: a later one may have more, and not know any more that it does. */
  readonly life: number;
  readonly snapshot: Snapshot;
}

/** `epoch` is what the secondary has promised. */
export interface InstallAnswer {
  readonly epoch: number;
  readonly accepted: boolean;
}

/** This server cannot serve the request; perhaps it knows who can. */
export interface NotPrimary {
  readonly status: 'not primary';
  readonly primary: HostId | null;
  /** Whether it is certain that no copy of the request took effect here. */
  readonly definite: boolean;
}

/** The request went into the log of a primary that was deposed: it may yet happen. */
interface UnknownFate {
  readonly status: 'unknown';
}

export type RegisterAnswer =
  | NotPrimary
  | UnknownFate
  | { readonly status: 'registered'; readonly session: number; readonly index: number };

export type WriteAnswer =
  | NotPrimary
  | UnknownFate
  /** `index` is a place in the log that shows the write. */
  | { readonly status: 'done'; readonly result: Result; readonly index: number }
  /** The session is gone, and with it the memory of what was done in it. */
  | { readonly status: 'expired'; readonly index: number }
  /** The session has moved on to a later operation. */
  | { readonly status: 'superseded'; readonly index: number };

type ReadAnswer =
  | NotPrimary
  /** The value once the entries up to `index` are applied. */
  | { readonly status: 'value'; readonly value: Value; readonly index: number }
  /** This server has seen less than the session. */
  | { readonly status: 'behind' };

interface WriteAsk {
  readonly session: number;
  /** Counts the operations of a session from 1; a retry keeps its number. */
  readonly seq: number;
  readonly operation: Operation;
}

interface ReadAsk {
  readonly key: string;
  /** The place in the log that the answer must not be behind. */
  readonly token: number;
}

export type PrimarySecondaryWire = {
  suspect(ask: SuspectAsk): SuspectAnswer;
  promise(ask: PromiseAsk): PromiseAnswer;
  promote(ask: PromoteAsk): { readonly accepted: boolean };
  replicate(ask: ReplicateAsk): ReplicateAnswer;
  /** Accepted when the secondary has stored the state, or had all that it stands for. */
  install(ask: InstallAsk): InstallAnswer;
  register(ask: Relayed): RegisterAnswer;
  write(ask: WriteAsk & Relayed): WriteAnswer;
  read(ask: ReadAsk & Relayed): ReadAnswer;
};

/** The kinds that clients send. */
export type Request = 'register' | 'write' | 'read';
