import { describe, expect, test } from 'vitest';
import { components } from '../../../sim/check/transactions/components.ts';
import { type EdgeKind, GraphBuilder, rw, wr, ww } from '../../../sim/check/transactions/graph.ts';
import { Work } from '../../../sim/check/transactions/work.ts';
import { chance } from './stores.ts';

type Edge = readonly [from: number, to: number, kind: EdgeKind];

function cyclic(nodes: number, edges: readonly Edge[], spaced = false, kinds = ww | wr | rw): number[][] {
  const builder = new GraphBuilder(nodes);
  for (const [from, to, kind] of edges) builder.edge(from, to, kind);
  const found = components(builder.build(), { kinds, spaced }, new Work(1e9))!;
  return found.members.map((members) => [...members].sort((left, right) => left - right));
}

describe('components', () => {
  test('are the sets of nodes that reach each other, and a single node is none', () => {
    const edges: Edge[] = [
      [0, 1, ww],
      [1, 2, ww],
      [2, 0, ww],
      [2, 3, ww],
      [3, 4, ww],
      [4, 3, ww],
      [5, 5, ww],
    ];
    expect(cyclic(6, edges)).toEqual([
      [3, 4],
      [0, 1, 2],
    ]);
  });
  test('count only edges of the kinds that are asked for', () => {
    expect(
      cyclic(2, [
        [0, 1, ww],
        [1, 0, wr],
      ]),
    ).toHaveLength(1);
    expect(
      cyclic(
        2,
        [
          [0, 1, ww],
          [1, 0, wr],
        ],
        false,
        ww,
      ),
    ).toHaveLength(0);
  });
  test('with spaced anti-dependencies have no cycle of which two are adjacent', () => {
    expect(
      cyclic(2, [
        [0, 1, rw],
        [1, 0, rw],
      ]),
    ).toHaveLength(1);
    expect(
      cyclic(
        2,
        [
          [0, 1, rw],
          [1, 0, rw],
        ],
        true,
      ),
    ).toHaveLength(0);
    expect(
      cyclic(
        2,
        [
          [0, 1, rw],
          [1, 0, wr],
        ],
        true,
      ),
    ).toHaveLength(1);
    expect(
      cyclic(
        3,
        [
          [0, 1, rw],
          [1, 2, wr],
          [2, 0, rw],
        ],
        true,
      ),
    ).toHaveLength(0);
    expect(
      cyclic(
        4,
        [
          [0, 1, rw],
          [1, 2, wr],
          [2, 3, rw],
          [3, 0, wr],
        ],
        true,
      ),
    ).toHaveLength(1);
  });
  test('agree with reachability on random graphs', () => {
    for (let seed = 0; seed < 500; seed++) {
      const below = chance(seed);
      const nodes = 2 + below(7);
      const edges = Array.from(
        { length: below(16) },
        (): Edge => [below(nodes), below(nodes), below(2) === 0 ? ww : rw],
      );
      for (const spaced of [false, true]) {
        // States by whether the last edge was an anti-dependency.
        const states = spaced ? nodes * 2 : nodes;
        const reaches = Array.from({ length: states }, () => new Set<number>());
        for (const [from, to, kind] of edges) {
          if (from === to) continue;
          if (!spaced) reaches[from].add(to);
          else if (kind === rw) reaches[from * 2].add(to * 2 + 1);
          else for (const last of [0, 1]) reaches[from * 2 + last].add(to * 2);
        }
        for (let via = 0; via < states; via++) {
          for (const from of reaches) if (from.has(via)) for (const to of reaches[via]) from.add(to);
        }
        const onCycle = reaches.flatMap((reached, state) => (reached.has(state) ? [state] : []));
        const found = cyclic(nodes, edges, spaced).flat();
        expect(
          found.sort((left, right) => left - right),
          `seed ${seed}`,
        ).toEqual(onCycle);
      }
    }
  });
  test('need no recursion: a cycle of 200,000', () => {
    const nodes = 200_000;
    const ring = Array.from({ length: nodes }, (_, at): Edge => [at, (at + 1) % nodes, ww]);
    expect(cyclic(nodes, ring)[0]).toHaveLength(nodes);
  });
});
