/** What servers and clients say to each other, and what the log holds. All of it is plain data that never changes. */
import type { HostId, Message } from '../host.ts';
import type { Relayed } from '../leader-route.ts';
import type { Change } from './configuration.ts';

/** What a state machine is asked to do, what that answers, and what it can be asked about: Raft does not look into it. */
export type Operation = Message;
export type Result = Message;
export type Query = { readonly [key: string]: Message };

export type Command =
  /** Starts a leader's term (§8). */
  | { readonly kind: 'noop' }
  /** Opens a client session, whose id is the index of this entry (thesis §6.3). */
  | { readonly kind: 'register' }
  | {
      readonly kind: 'write';
      readonly session: number;
      /** Counts the operations of a session from 1; a retry keeps its number. */
      readonly seq: number;
      readonly operation: Operation;
      /** Cluster time in milliseconds, for a state machine that asks for it. */
      readonly at?: number;
    }
  /** Nothing but the cluster time, so that what is over by now ends (thesis §6.3). */
  | { readonly kind: 'time'; readonly at: number }
  /** Who votes from this entry on (thesis §4.1). */
  | { readonly kind: 'configuration'; readonly voters: readonly HostId[] };

export interface Entry {
  readonly term: number;
  readonly command: Command;
}

export interface VoteAsk {
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** Only asks whether it would be granted; `term` is the one that the candidate would start (thesis §9.6). */
  readonly preVote: boolean;
}

export interface VoteAnswer {
  readonly term: number;
  readonly granted: boolean;
}

export interface AppendAsk {
  readonly term: number;
  readonly prevIndex: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
  readonly commitIndex: number;
}

/** `conflictTerm` and `conflictIndex` say how far to go back after a refusal (§5.3, last part); 0 means none. */
export interface AppendAnswer {
  readonly term: number;
  readonly success: boolean;
  readonly conflictTerm: number;
  readonly conflictIndex: number;
}

/** This server cannot serve the request; perhaps it knows who can. */
export interface NotLeader {
  readonly status: 'not leader';
  readonly leader: HostId | null;
  /** Whether it is certain that no copy of the request took effect here. */
  readonly definite: boolean;
}

export type WriteAnswer =
  | NotLeader
  | { readonly status: 'done'; readonly result: Result }
  /** The session is gone, and with it the memory of what was done in it. */
  | { readonly status: 'expired' }
  /** The session has moved on to a later operation. */
  | { readonly status: 'superseded' }
  /** The request went into the log of a leader that was deposed: it may yet happen. */
  | { readonly status: 'unknown' };

export type RegisterAnswer =
  | NotLeader
  | { readonly status: 'registered'; readonly session: number }
  | { readonly status: 'unknown' };

type ReadAnswer = NotLeader | { readonly status: 'value'; readonly value: Message };

/** Which configuration is meant: that of the entry with this index and term; 0 and 0 for the first one. */
interface Edition {
  readonly index: number;
  readonly term: number;
}

/** A change of this configuration and no other: a late copy of a request changes nothing. */
export type ChangeAsk = Change & Edition;

export type ChangeAnswer =
  | NotLeader
  | { readonly status: 'done'; readonly result: Result }
  /** Nothing was changed: another change is not committed yet, or this is the latest configuration. */
  | ({ readonly status: 'busy' } & Edition)
  /** Nothing was changed: the new server does not keep up, or no server would be left. */
  | { readonly status: 'impossible'; readonly why: string }
  | { readonly status: 'unknown' };

interface WriteAsk {
  readonly session: number;
  readonly seq: number;
  readonly operation: Operation;
}

export type RaftWire = {
  requestVote(ask: VoteAsk): VoteAnswer;
  appendEntries(ask: AppendAsk): AppendAnswer;
  register(ask: Relayed): RegisterAnswer;
  write(ask: WriteAsk & Relayed): WriteAnswer;
  read(ask: Query & Relayed): ReadAnswer;
  change(ask: ChangeAsk & Relayed): ChangeAnswer;
};

/** The kinds that clients send. */
export type Request = 'register' | 'write' | 'read' | 'change';
