/** What clients ask of the servers that share the keys, and what these ask of each other. */
import type { Value } from '../protocol.ts';
import type { DirectoryWire } from './directory.ts';
import type { View } from './view.ts';

export type Operation =
  | { readonly f: 'get'; readonly key: string }
  | { readonly f: 'put'; readonly key: string; readonly value: Value }
  | { readonly f: 'cas'; readonly key: string; readonly from: Value; readonly to: Value };

/** The value of a get, whether a cas found what it expected, null of a put. */
export type Result = Value | boolean;

export type Request = {
  readonly operation: Operation;
  /** One operation at a time; with `sequence` it tells a copy from a new operation. */
  readonly session: string;
  readonly sequence: number;
  /** The version of the view by which the client has chosen this server. */
  readonly version: number;
};

/** With the views that the client does not know yet. Nothing was done by a server that is not the owner. */
export type Answer =
  | { readonly status: 'done'; readonly result: Result; readonly views: readonly View[] }
  | { readonly status: 'not the owner'; readonly views: readonly View[] };

/** The last operation of a session on this key that changed something, or might have. */
export type Done = readonly [session: string, sequence: number, result: Result];

/** What goes from one owner of a key to the next. */
export type Handed = { readonly value: Value; readonly done: readonly Done[] };

export type PlacementWire = DirectoryWire & {
  operate(ask: Request): Answer;
  /** The owner of a key since view `since` asks the one before it, which gives the key up for good by answering. */
  handOver(ask: { readonly key: string; readonly since: number }): Handed;
  /** It is durable at the new owner: the old one need not answer again. */
  received(ask: { readonly key: string; readonly since: number }): void;
  /** Keys that belong to the receiver since that view, and that it should ask for. */
  offer(ask: { readonly keys: readonly string[]; readonly version: number }): void;
};
