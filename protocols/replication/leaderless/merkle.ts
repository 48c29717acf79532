/**
 * A tree of hashes over the keys of a range (Merkle 1987; *Dynamo*, §4.7): two replicas compare roots, then only what lies
 * under those that differ. A leaf holds the keys whose hash falls into it, and its hash is the sum of theirs, so that a
 * change costs the same however many there are; inner hashes are made when somebody asks.
 */
import { hashText, withMember, withoutMember } from '../../raft/hash.ts';

/** Children of an inner node. */
const arity = 8;
/** Levels below the root. */
const depth = 2;
const leaves = 64;

/** Names a node of a tree: the level counts from 0 at the root. */
export type Place = readonly [level: number, index: number];

export const leafOf = (key: string): number => Math.floor(hashText(key) / 1024) % leaves;

export const isLeaf = ([level]: Place): boolean => level === depth;

export const childrenOf = ([level, index]: Place): Place[] =>
  Array.from({ length: arity }, (_, child) => [level + 1, index * arity + child]);

export class MerkleTree {
  readonly #leaves = new Array<number>(leaves).fill(0);

  /** Replaces the hash of a key's state; 0 stands for no state. */
  replace(key: string, before: number, after: number): void {
    const leaf = leafOf(key);
    let sum = this.#leaves[leaf]!;
    if (before !== 0) sum = withoutMember(sum, before);
    if (after !== 0) sum = withMember(sum, after);
    this.#leaves[leaf] = sum;
  }

  /** The hash of all that lies under a place; 0 under one with no keys. */
  hash(place: Place): number {
    const [, index] = place;
    if (isLeaf(place)) return this.#leaves[index] ?? 0;
    const hashes = childrenOf(place).map((child) => this.hash(child));
    return hashes.every((hash) => hash === 0) ? 0 : hashText(hashes.join(' '));
  }
}
