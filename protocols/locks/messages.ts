/** What clients of a lock ask of its nodes, and of the resource that it guards. */
import type { LockInfo } from './lock.ts';

/** A type rather than an interface: messages are plain records. */
export type Claim = {
  readonly key: string;
  readonly owner: string;
  /** Null: until it is released, as of a key of Redis without an expiry. */
  readonly ttlMs: number | null;
  /** Whether who does not get it stands in line for it, for as long as the lock would last, and asks again meanwhile. */
  readonly fair: boolean;
};

export type Held = { readonly key: string; readonly owner: string };

/** What was granted; null if somebody else holds the key. */
export type Grant = { readonly token: number | null } | null;

export type LockWire = {
  /**
   * `SET key owner NX PX ttl`. Asked again by the owner it answers as before; only if the claim is fair the lock lasts
   * for its ttl from then on.
   */
  acquire(ask: Claim): Grant;
  /** Compare and delete: true if the owner held it. */
  release(ask: Held): boolean;
  /** Compare and expire: true if the owner holds it; never makes an expiry earlier. */
  renew(ask: Held & { readonly ttlMs: number }): boolean;
  info(ask: { readonly key: string }): LockInfo | null;
  forceUnlock(ask: { readonly key: string }): boolean;
  write(ask: Write): null;
};

export type Write = {
  readonly key: string;
  readonly holder: string;
  readonly token: number | null;
  readonly value: number;
};
