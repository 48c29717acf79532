/** What hosts and clients say to each other. */
import type { Value } from '../protocol.ts';
import type { Entry, Seen, Stamp } from './entries.ts';

/** Which key a host has, in which version. */
export type DigestLine = Stamp & { readonly key: string };

export type GossipWire = {
  /**
   * Resolves differences: what does the other one have that is newer than this digest, if that is wanted, and what of
   * the digest does it need, if that is offered?
   */
  exchange(ask: {
    readonly digest: readonly DigestLine[];
    readonly wants: boolean;
    readonly offers: boolean;
  }): { readonly entries: readonly Entry[]; readonly needs: readonly string[]; readonly seen: Seen };
  /**
   * What was needed. With it the receiver has seen all that is in `seen`, provided that it has still seen all that it
   * had when it said what it needed.
   */
  update(ask: { readonly entries: readonly Entry[]; readonly seen: Seen; readonly basis: Seen }): void;
  /** Entries that are new to many; answered with the keys of which this was news. */
  rumour(ask: { readonly entries: readonly Entry[] }): { readonly news: readonly string[] };
  read(ask: { readonly key: string }): { readonly value: Value };
  /** Null deletes. */
  write(ask: { readonly key: string; readonly value: Value }): void;
};
