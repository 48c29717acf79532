/** What clients and nodes say to each other. */
import type { HostId } from '../../host.ts';
import type { Found, Stamp, State } from '../conflicts/resolution.ts';
import type { Leveled } from './level.ts';
import type { Place } from './merkle.ts';

/** What a replica knows of a key, all of it durable. */
export interface Known {
  readonly state: State | null;
  /** No deletion that it has forgotten had a larger time. */
  readonly floor: number;
}

export interface Versioned {
  readonly key: string;
  readonly state: State;
}

/** A place in the tree of a range. */
export type TreePlace = readonly [range: number, ...place: Place];

export type LeaderlessWire = {
  // A client asks a replica of the key, which coordinates. Each of these may be asked again, of another one too.

  get(ask: Leveled & { readonly key: string }): Found;
  /** A name for a write, with a time above all writes of the key that were acknowledged and meet the options' R. */
  stamp(ask: { readonly key: string }): Stamp;
  write(ask: Leveled & Versioned): null;

  // A coordinator asks a node.

  read(ask: { readonly key: string }): Known;
  /** Answered when it is durable. */
  store(ask: Versioned): null;
  /** Keeps a state for a replica that does not answer. */
  hint(ask: Versioned & { readonly target: HostId }): null;

  // Replicas among themselves.

  /** The hashes of these places. */
  compare(ask: { readonly places: readonly TreePlace[] }): { readonly hashes: readonly number[] };
  /** All that lies under leaves which differ; answered with what the other side has there. */
  exchange(ask: { readonly leaves: readonly TreePlace[]; readonly entries: readonly Versioned[] }): {
    readonly entries: readonly Versioned[];
  };
  /** Whether a tombstone is all that this node knows of the key. */
  mayForget(ask: Versioned): { readonly yes: boolean };
  forget(ask: Versioned): null;
};
