/** What claims, reports and operators may see of a node; all of it is durable but the statistics. */
import type { LogView } from '../../compacted-journal.ts';

export interface LeaderlessView {
  readonly role: 'node';
  /** Counts the lives of this node. */
  readonly boot: number;
  /** Hashes of what is stored, by key: equal states have equal hashes. */
  readonly versions: ReadonlyMap<string, number>;
  /** The time of the newest write, by key, unless siblings are kept. A key that was forgotten is missing. */
  readonly times: ReadonlyMap<string, number>;
  readonly log: LogView;
  /** Keys of which a deletion is all that is stored. */
  readonly deleted: ReadonlySet<string>;
  /** Whether this node is one of those that store a key. */
  stores(key: string): boolean;
  /** States that are kept for other nodes. */
  readonly hints: number;
  readonly statistics: Readonly<Statistics>;
}

/** What this life of the node has done so far. */
export interface Statistics {
  /** Reads that wrote back what they found before they returned it. */
  writeBacks: number;
  /** Replicas that a read found behind, and that were sent what they lacked. */
  readRepairs: number;
  /** States that were kept for a node which then took them. */
  handovers: number;
  /** States that stood in for a replica, and counted. */
  standIns: number;
  /** States that were new here when they came from a comparison with another replica. */
  exchanged: number;
  /** Reads that found siblings. */
  siblingReads: number;
  /** Tombstones that were forgotten. */
  forgotten: number;
}

export const nothingDone = (): Statistics => ({
  writeBacks: 0,
  readRepairs: 0,
  handovers: 0,
  standIns: 0,
  exchanged: 0,
  siblingReads: 0,
  forgotten: 0,
});
