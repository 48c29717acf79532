/**
 * A directed graph of transactions in flat arrays, built edge by edge and then sorted by source once.
 *
 * Nodes from `transactions` on are *waypoints*: they stand for many edges at once (everything that had returned by some
 * moment comes before everything called after it), so that the graph stays linear in the history. A walk
 * enters them for free.
 */

/** Kinds of edges, as bits. */
export const ww = 1;
export const wr = 2;
export const rw = 4;
export const session = 8;
export const realTime = 16;
/** From one waypoint of an anti-dependency onwards: no step of its own. */
export const through = 32;

export type EdgeKind = typeof ww | typeof wr | typeof rw | typeof session | typeof realTime | typeof through;

export interface Graph {
  readonly nodes: number;
  /** The transaction that a node stands for, or -1 for a waypoint. */
  transactionOf(node: number): number;
  /** The edges of node n are those from `offsets[n]` to before `offsets[n + 1]`. */
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  readonly kinds: Uint8Array;
  /** The versions that an edge is about, -1 where there is none: the one before and the one after. */
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/** Collects edges; an edge from a node to itself is left out. */
export class GraphBuilder {
  readonly transactions: number;
  /** By kind. */
  readonly #count = new Int32Array(through + 1);
  #nodes: number;
  #edges = 0;
  #from = new Int32Array(1024);
  #to = new Int32Array(1024);
  #kind = new Uint8Array(1024);
  #before = new Int32Array(1024);
  #after = new Int32Array(1024);

  constructor(transactions: number) {
    this.transactions = transactions;
    this.#nodes = transactions;
  }

  waypoint(): number {
    return this.#nodes++;
  }

  edge(from: number, to: number, kind: EdgeKind, before = -1, after = -1): void {
    if (from === to) return;
    if (this.#edges === this.#from.length) this.#grow();
    const at = this.#edges++;
    this.#from[at] = from;
    this.#to[at] = to;
    this.#kind[at] = kind;
    this.#before[at] = before;
    this.#after[at] = after;
    this.#count[kind]++;
  }

  /** How many edges of a kind there are; many that pass a waypoint count once each way. */
  count(kind: EdgeKind): number {
    return this.#count[kind];
  }

  build(): Graph {
    const { transactions } = this;
    const transactionOf = (node: number): number => (node < transactions ? node : -1);
    const edges = this.#edges;
    const from = this.#from.subarray(0, edges);
    return sorted(this.#nodes, edges, transactionOf, from, this.#to, this.#kind, this.#before, this.#after);
  }

  #grow(): void {
    const longer = (array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const twice = new Int32Array(array.length * 2);
      twice.set(array);
      return twice;
    };
    const kinds = new Uint8Array(this.#kind.length * 2);
    kinds.set(this.#kind);
    this.#kind = kinds;
    this.#from = longer(this.#from);
    this.#to = longer(this.#to);
    this.#before = longer(this.#before);
    this.#after = longer(this.#after);
  }
}

/** Edges by source; those of one source stay in the order in which they were added. */
function sorted(
  nodes: number,
  edges: number,
  transactionOf: (node: number) => number,
  from: Int32Array,
  to: Int32Array,
  kind: Uint8Array,
  before: Int32Array,
  after: Int32Array,
): Graph {
  const offsets = new Int32Array(nodes + 1);
  for (let at = 0; at < edges; at++) offsets[from[at] + 1]++;
  for (let node = 0; node < nodes; node++) offsets[node + 1] += offsets[node];
  const next = offsets.slice(0, nodes);
  const graph = {
    ...{ nodes, transactionOf, offsets },
    targets: new Int32Array(edges),
    kinds: new Uint8Array(edges),
    before: new Int32Array(edges),
    after: new Int32Array(edges),
  };
  for (let at = 0; at < edges; at++) {
    const place = next[from[at]]++;
    graph.targets[place] = to[at];
    graph.kinds[place] = kind[at];
    graph.before[place] = before[at];
    graph.after[place] = after[at];
  }
  return graph;
}

/** The graph of some of the nodes and of all edges between them. */
export function induced(graph: Graph, keep: readonly number[]): Graph {
  const renamed = new Int32Array(graph.nodes).fill(-1);
  keep.forEach((node, at) => {
    renamed[node] = at;
  });
  const builder = new GraphBuilder(keep.length);
  for (const node of keep) {
    for (let edge = graph.offsets[node]; edge < graph.offsets[node + 1]; edge++) {
      const to = renamed[graph.targets[edge]];
      if (to < 0) continue;
      const kind = graph.kinds[edge] as EdgeKind;
      builder.edge(renamed[node], to, kind, graph.before[edge], graph.after[edge]);
    }
  }
  return { ...builder.build(), transactionOf: (node) => graph.transactionOf(keep[node]) };
}
