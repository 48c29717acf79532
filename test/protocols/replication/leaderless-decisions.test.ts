/** Where keys belong, how many answers are enough, and how trees of hashes are compared. */
import { describe, expect, test } from 'vitest';
import { Refused } from '../../../protocols/host.ts';
import {
  answersNeeded,
  levels,
  overlap,
  readLevelOf,
  writeLevelOf,
} from '../../../protocols/replication/leaderless/level.ts';
import {
  childrenOf,
  isLeaf,
  leafOf,
  MerkleTree,
  type Place,
} from '../../../protocols/replication/leaderless/merkle.ts';
import { poll } from '../../../protocols/replication/leaderless/poll.ts';
import { Placement } from '../../../protocols/replication/leaderless/preference.ts';
import { soundRules } from '../../../protocols/replication/leaderless/rules.ts';

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];
const keys = Array.from({ length: 500 }, (_, at) => `key ${at}`);

describe('the preference list (Dynamo, §4.3)', () => {
  const placement = new Placement(nodes, 3);

  test('a key is on N nodes, and all others stand in for them in the order of the ring', () => {
    for (const key of keys) {
      const all = [...placement.replicasOf(key), ...placement.fallbacksOf(key)];
      expect(placement.replicasOf(key)).toHaveLength(3);
      expect([...all].sort()).toEqual(nodes);
      for (let at = 1; at < all.length; at++) {
        expect(nodes.indexOf(all[at]!)).toBe((nodes.indexOf(all[at - 1]!) + 1) % nodes.length);
      }
    }
  });
  test('keys are spread over all places to begin', () => {
    const first = keys.map((key) => placement.replicasOf(key)[0]!);
    for (const node of nodes) expect(first.filter((one) => one === node).length).toBeGreaterThan(60);
  });
  test('a node stores the ranges of N places', () => {
    for (const node of nodes) {
      const ranges = placement.rangesOf(node);
      expect(ranges).toHaveLength(3);
      for (const range of ranges) expect(placement.replicasOfRange(range)).toContain(node);
    }
  });
  test('there are no more replicas than nodes', () => {
    expect(new Placement(['n1', 'n2'], 3).replicasOf('a')).toHaveLength(2);
  });
});

describe('levels', () => {
  test.each([
    [1, [1, 1, 1]],
    [2, [1, 2, 2]],
    [3, [1, 2, 3]],
    [4, [1, 3, 4]],
    [5, [1, 3, 5]],
  ])('of %i replicas', (replicas, needed) => {
    expect(levels.map((level) => answersNeeded(level, replicas))).toEqual(needed);
  });

  test.each([
    [2, 5, 2],
    [9, 5, 5],
    [0, 5, 1],
  ])('%i of %i replicas are %i', (level, replicas, needed) => {
    expect(answersNeeded(level, replicas)).toBe(needed);
  });

  test('a number goes before a name', () => {
    const options = { readLevel: 'all', readReplicas: 2, writeLevel: 'one', writeReplicas: 0 };
    expect([readLevelOf(options), writeLevelOf(options)]).toEqual([2, 'one']);
  });

  test.each([
    [1, 3, 3, true],
    [2, 2, 3, true],
    [1, 2, 3, false],
    [4, 1, 5, false],
  ])('%i that are read and %i that are written, of %i: in common %s', (reads, writes, replicas, common) => {
    expect(overlap(reads, writes, replicas)).toBe(common);
  });
});

describe('a Merkle tree (Dynamo, §4.7)', () => {
  const root: Place = [0, 0];
  const treeOf = (versions: Iterable<readonly [key: string, hash: number]>) => {
    const tree = new MerkleTree();
    for (const [key, hash] of versions) tree.replace(key, 0, hash);
    return tree;
  };
  const versions = keys.map((key, at) => [key, at + 1] as const);

  test('replicas of the same states have the same root, in whatever order they got them', () => {
    expect(treeOf(versions.toReversed()).hash(root)).toBe(treeOf(versions).hash(root));
    const changed = treeOf(versions);
    changed.replace('key 7', 8, 99);
    expect(changed.hash(root)).not.toBe(treeOf(versions).hash(root));
    changed.replace('key 7', 99, 8);
    expect(changed.hash(root)).toBe(treeOf(versions).hash(root));
  });
  test('only the leaf of a key that differs is reached', () => {
    const [left, right] = [treeOf(versions), treeOf(versions)];
    right.replace('key 7', 8, 99);
    let [places, asked] = [[root], 0];
    while (!isLeaf(places[0]!)) {
      places = places.flatMap(childrenOf).filter((place) => left.hash(place) !== right.hash(place));
      asked++;
    }
    expect(places).toEqual([[2, leafOf('key 7')]]);
    expect(asked).toBe(2);
  });
  test('nothing stored is 0 everywhere', () => {
    const tree = treeOf(versions);
    for (const [key, hash] of versions) tree.replace(key, hash, 0);
    expect(tree.hash(root)).toBe(0);
  });
});

describe('a poll', () => {
  const answering = (ms: Record<string, number | Error>) => async (node: string) => {
    const given = ms[node]!;
    if (given instanceof Error) throw given;
    for (let tick = 0; tick < given; tick++) await Promise.resolve();
    return given;
  };

  test('is over with the first answers that are enough; the others still come', async () => {
    const { enough, all } = poll(['n1', 'n2', 'n3'], 2, answering({ n1: 9, n2: 1, n3: 5 }));
    expect([...(await enough).keys()]).toEqual(['n2', 'n3']);
    expect((await all).size).toBe(3);
  });
  test('fails when too few have answered', async () => {
    const { enough, all } = poll(['n1', 'n2'], 2, answering({ n1: 1, n2: new Refused() }));
    await expect(enough).rejects.toThrow('1 of 2 nodes answered, not 2');
    expect((await all).size).toBe(1);
  });
  test('passes on what is no failure of another host', async () => {
    const { enough, all } = poll(['n1', 'n2'], 1, answering({ n1: new TypeError('a mistake'), n2: 1 }));
    await expect(all).rejects.toThrow('a mistake');
    await enough.catch(() => {});
  });
});

describe('a deletion is forgotten', () => {
  test('when every node has said that nothing older can come back', () => {
    expect(soundRules.mayForget([true, true, true], 3)).toBe(true);
    expect(soundRules.mayForget([true, false, true], 3)).toBe(false);
    expect(soundRules.mayForget([true, true], 3), 'one did not answer').toBe(false);
  });
});
