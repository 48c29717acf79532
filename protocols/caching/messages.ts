/** What goes between clients, caches and the store. */
import type { View } from '../placement/view.ts';
import type { Value } from '../protocol.ts';
import type { Statistics } from './cache.ts';

export type Operation =
  | { readonly f: 'put'; readonly value: Value }
  | { readonly f: 'cas'; readonly from: Value; readonly to: Value };

/** A write that takes effect once, however often it is asked for: a session does one at a time. */
export type Write = {
  readonly key: string;
  readonly operation: Operation;
  readonly session: string;
  readonly sequence: number;
};

export type Written = {
  /** The version that the key got, or that a cas found. */
  readonly version: number;
  /** False if a cas did not find what it expected. */
  readonly isDone: boolean;
  /** It was done when it was asked for the first time; since then the key may have changed again. */
  readonly isRepeated: boolean;
};

export type Versioned = { readonly value: Value; readonly version: number };

export type StoreWire = {
  /** Version 0 if the key was never written. */
  read(ask: { readonly key: string }): Versioned;
  write(ask: Write): Written;
  /**
   * The keys that changed after a version, in order, as many as fit; each has the version that follows. With null none, but
   * only the newest version of all.
   */
  changes(ask: { readonly after: number | null }): {
    readonly after: number;
    readonly keys: readonly string[];
  };
};

/** A question about a key to a cache that the client takes for an owner. */
type Asked = {
  readonly key: string;
  /** The version of the client's view. */
  readonly view: number;
};

export type Found =
  | ({ readonly status: 'found' } & Versioned)
  /** To be loaded by whoever asked, and filled with this token. */
  | { readonly status: 'lease'; readonly token: number }
  /** Somebody else is loading it. */
  | { readonly status: 'wait' }
  /** This cache can promise nothing about what it would be filled with. */
  | { readonly status: 'ask the store' }
  | { readonly status: 'not an owner'; readonly views: readonly View[] };

export type CacheWire = StoreWire & {
  /** An entry with an older version than `atLeast` is none. */
  get(ask: Asked & { readonly atLeast: number }): Found;
  fill(ask: { readonly key: string; readonly token: number } & Versioned): void;
  invalidate(ask: { readonly key: string; readonly version: number }): void;
  set(
    ask: Asked & Write,
  ):
    | (Written & { readonly status: 'done' })
    | { readonly status: 'not an owner'; readonly views: readonly View[] };
  invalidateAll(ask: { readonly pattern: string; readonly view: number }): {
    readonly dropped: number;
    readonly views: readonly View[];
  };
  statistics(ask: null): Statistics;
};
