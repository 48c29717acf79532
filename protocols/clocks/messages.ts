/** What the hosts of a logical clock say to each other, and what they show. */
import type { HostId } from '../host.ts';

export type ClockWire<Stamp> = {
  /** Something happens at the server: what is its stamp? */
  stamp(ask: null): { readonly stamp: Stamp };
  /** A stamped message. */
  note(ask: Sending<Stamp>): void;
};

interface Sending<Stamp> {
  /** Names one event of all. */
  readonly name: string;
  readonly stamp: Stamp;
}

/** An event of a host: with `cause` the receipt of a message, otherwise the sending of one. */
export interface ClockEvent<Stamp> {
  readonly name: string;
  readonly stamp: Stamp;
  readonly cause?: Sending<Stamp> & { readonly from: HostId };
}

/** What claims, reports and operators may see of a server. */
export interface ClockView<Stamp = unknown> {
  /** Which clock: lamport, vector, hybrid. */
  readonly clock: string;
  /** Drawn at each boot, so that the events of two lives have different names. */
  readonly life: number;
  /** The stamp of the last event; null before the first one of this life. */
  readonly stamp: Stamp | null;
  /** The furthest that the wall clock of this host has read in this life, in microseconds since 1970. */
  readonly physicalUsMax: number;
  /** How many events there were in this life. */
  readonly count: number;
  /** The last ones of them, at most `recentMax`, in order. */
  readonly recent: readonly ClockEvent<Stamp>[];
  /** Messages that were not believed. */
  readonly refused: number;
}

export const recentMax = 256;
