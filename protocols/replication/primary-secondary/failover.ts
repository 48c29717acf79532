/**
 * Who becomes primary: decisions of a failover (Oki & Liskov 1988; Liskov & Cowling, *Viewstamped Replication Revisited*,
 * 2012, §4.2).
 */
import type { HostId } from '../../host.ts';
import type { LogEnd } from '../../raft/log.ts';

/**
 * What a server has promised: to follow nobody of an earlier epoch than this. It is on disk before anybody is told, and
 * so an epoch, once promised by enough servers, shuts out every earlier primary for good.
 */
export interface Pledge {
  readonly epoch: number;
  /** Which coordinator may name the primary of this epoch, as far as this server is concerned; null if another did. */
  readonly coordinator: HostId | null;
  /** Whether this server is, or was, the primary of this epoch: it never is twice. */
  readonly taken: boolean;
}

export const noPledge: Pledge = { epoch: 0, coordinator: null, taken: false };

/** What a server has to tell before it answers a coordinator. */
export interface Standpoint {
  readonly pledge: Pledge;
  /** Whether it is primary, or heard from one within the failover timeout. */
  readonly hearsPrimary: boolean;
}

/**
 * Whether a server agrees that the primary is gone. One that hears it keeps it: a server that is merely cut off deposes
 * nobody (as with Redis Sentinel, whose *subjectively down* becomes *objectively down* when enough agree).
 */
export function agreesToFailover({ pledge, hearsPrimary }: Standpoint, epoch: number): boolean {
  return !hearsPrimary && epoch > pledge.epoch;
}

/** What a server promises when a coordinator asks for an epoch; null if it refuses. An epoch is promised to one coordinator. */
export function promised(standpoint: Standpoint, coordinator: HostId, epoch: number): Pledge | null {
  const { pledge, hearsPrimary } = standpoint;
  if (hearsPrimary || epoch < pledge.epoch) return null;
  if (epoch > pledge.epoch) return { epoch, coordinator, taken: false };
  return pledge.coordinator === coordinator ? pledge : null;
}

/** Whether a server takes office when `coordinator` names it primary of `epoch`. */
export function mayTakeOffice(pledge: Pledge, coordinator: HostId, epoch: number): boolean {
  return pledge.epoch === epoch && pledge.coordinator === coordinator && !pledge.taken;
}

/** A log that ends in a later epoch is fresher; of two that end in the same epoch, the longer one is. */
export function isFresher(one: LogEnd, other: LogEnd): boolean {
  if (one.lastTerm !== other.lastTerm) return one.lastTerm > other.lastTerm;
  return one.lastIndex > other.lastIndex;
}

/** Whose log is the freshest; of equals the first. */
export function freshest(ends: ReadonlyMap<HostId, LogEnd>): HostId {
  let best: readonly [HostId, LogEnd] | undefined;
  for (const one of ends) if (best === undefined || isFresher(one[1], best[1])) best = one;
  return best![0];
}

/** Whether a message of `epoch` comes from the past of a server that has promised another one. */
export function isStale(epoch: number, promisedEpoch: number): boolean {
  return epoch < promisedEpoch;
}

const doublingsMax = 3;

/**
 * How long at least a server puts up with silence. It doubles with every failover that it began in vain, since the
 * timeout may be too short for what links and disks take at the moment (Dwork, Lynch & Stockmeyer, *Consensus in the
 * Presence of Partial Synchrony*, JACM 1988): coordinators that are all too impatient depose one primary after the other.
 */
export function patienceMs(failoverTimeout: number, vainAttempts: number): number {
  return failoverTimeout * (1 << Math.min(vainAttempts, doublingsMax));
}
