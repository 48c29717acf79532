/**
 * Which nodes store a key (*Dynamo*, §4.3: the preference list): the nodes stand in a ring, a hash of the key says where
 * to begin, and the replicas are the next ones. The keys that begin at one place are a *range*: they have the same replicas.
 */
import type { HostId } from '../../host.ts';
import { hashText } from '../../raft/hash.ts';

/** Counts from 0; the same on all hosts that know the same nodes in the same order. */
const rangeOf = (key: string, nodes: number): number => hashText(key) % nodes;

/** All nodes in the order in which they are preferred for the keys of a range. */
const preferenceList = (range: number, nodes: readonly HostId[]): HostId[] => [
  ...nodes.slice(range),
  ...nodes.slice(0, range),
];

/** Where keys belong, among given nodes. */
export class Placement {
  readonly nodes: readonly HostId[];
  /** How many replicas a key has: never more than there are nodes. */
  readonly replicas: number;

  constructor(nodes: readonly HostId[], replicas: number) {
    this.nodes = nodes;
    this.replicas = Math.min(replicas, nodes.length);
  }

  rangeOf(key: string): number {
    return rangeOf(key, this.nodes.length);
  }

  replicasOf(key: string): HostId[] {
    return this.replicasOfRange(this.rangeOf(key));
  }

  replicasOfRange(range: number): HostId[] {
    return preferenceList(range, this.nodes).slice(0, this.replicas);
  }

  /** Those that stand in for replicas which do not answer, in order. */
  fallbacksOf(key: string): HostId[] {
    return preferenceList(this.rangeOf(key), this.nodes).slice(this.replicas);
  }

  /** The ranges of which a node is a replica. */
  rangesOf(node: HostId): number[] {
    return this.nodes.map((_, range) => range).filter((range) => this.replicasOfRange(range).includes(node));
  }
}
