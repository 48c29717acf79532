/** Replica synchronization (*Dynamo*, §4.7): two replicas walk down the trees of the ranges that both store. */
import type { HostId } from '../../host.ts';
import { hashText } from '../../raft/hash.ts';
import type { State } from '../conflicts/resolution.ts';
import { childrenOf, isLeaf, leafOf, MerkleTree } from './merkle.ts';
import type { TreePlace, Versioned } from './messages.ts';
import { asking, type Node, repeating } from './node.ts';
import { isExpected } from './poll.ts';

/** Never 0, which stands for no state. */
export const digestOf = (key: string, state: State): number => hashText(JSON.stringify([key, state])) || 1;

/** The trees of a node, by range, kept up to date with its table. */
export class Trees {
  readonly #node: Node;
  readonly #trees = new Map<number, MerkleTree>();

  constructor(node: Node) {
    this.#node = node;
  }

  /** `before` and `after` are digests, 0 for no state. */
  replace(key: string, before: number, after: number): void {
    this.#treeOf(this.#node.placement.rangeOf(key)).replace(key, before, after);
  }

  hash([range, ...place]: TreePlace): number {
    return this.#treeOf(range).hash(place);
  }

  /** All that this node stores under some leaves. */
  entriesUnder(leaves: readonly TreePlace[]): Versioned[] {
    const { table, placement } = this.#node;
    const wanted = new Set(leaves.map(([range, , leaf]) => `${range} ${leaf}`));
    return [...table.states]
      .filter(([key]) => wanted.has(`${placement.rangeOf(key)} ${leafOf(key)}`))
      .map(([key, state]) => ({ key, state }));
  }

  #treeOf(range: number): MerkleTree {
    const known = this.#trees.get(range);
    if (known !== undefined) return known;
    const tree = new MerkleTree();
    this.#trees.set(range, tree);
    return tree;
  }
}

/** Compares with one of the others, and then with another one. */
export function compareTrees(node: Node, trees: Trees): void {
  const { host, placement, options } = node;
  const shared = new Map<HostId, number[]>();
  for (const range of placement.rangesOf(host.id)) {
    for (const peer of placement.replicasOfRange(range)) {
      if (peer !== host.id) shared.set(peer, [...(shared.get(peer) ?? []), range]);
    }
  }
  const peers = [...shared.keys()];
  if (peers.length === 0) return;
  repeating(host, options.antiEntropyInterval, 'anti-entropy', async () => {
    const peer = peers[host.random.below(peers.length, 'compared with')]!;
    try {
      await synchronize(node, trees, peer, shared.get(peer)!);
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
  });
}

/** So many leaves are exchanged in one message. */
const leavesMax = 16;

async function synchronize(node: Node, trees: Trees, peer: HostId, ranges: readonly number[]): Promise<void> {
  const { host, options } = node;
  const ask = asking(node);
  let places = ranges.map((range): TreePlace => [range, 0, 0]);
  for (;;) {
    const { hashes } = await ask(peer, 'compare', { places });
    const differing = places.filter((place, at) => trees.hash(place) !== hashes[at]);
    if (differing.length === 0) return;
    const [[, ...first]] = differing as [TreePlace];
    if (isLeaf(first)) {
      places = differing;
      break;
    }
    places = differing.flatMap(([range, ...place]) =>
      childrenOf(place).map((child): TreePlace => [range, ...child]),
    );
  }
  // In parts: whoever was away for long would never get all of it across in time.
  for (let at = 0; at < places.length; at += leavesMax) {
    const leaves = places.slice(at, at + leavesMax);
    const askedAt = host.clock.elapsed();
    const { entries } = await ask(peer, 'exchange', { leaves, entries: trees.entriesUnder(leaves) });
    // What comes late may be older than a deletion that is forgotten by now.
    if (host.clock.elapsed() - askedAt > options.callTimeout) return;
    await take(node, entries);
  }
}

/** Takes what another replica has. */
export async function take({ table, statistics }: Node, entries: readonly Versioned[]): Promise<void> {
  await Promise.all(
    entries.map(async ({ key, state }) => {
      if (await table.store(key, state)) statistics.exchanged++;
    }),
  );
}
