/** What must come before what, edge by edge with its reason, and the shortest contradiction in it. */

/** Why one node comes before another; the numbers are accesses. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly reason: Reason;
  /** The read that shows it; -1 if none does. */
  readonly via: number;
}

export type Reason =
  /** A key has its initial value before it is written. */
  | 'initial'
  /** One session did both, in this order. */
  | 'session'
  /** One returned before the other was called. */
  | 'real time'
  /** A read returned what a write wrote. */
  | 'reads from'
  /** One session read the one value and later the other. */
  | 'read later'
  /** A session read the one and later wrote the other. */
  | 'written after'
  /** A read to which the one was known returned the other. */
  | 'overwritten'
  /** As before, if the session that read is to explain all its reads by one order. */
  | 'put before';

/** Grows edge by edge. Nodes beyond those given stand for sets of nodes, to save edges. */
export class Precedence {
  readonly #real: number;
  #nodes: number;
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #reason: Reason[] = [];
  readonly #via: number[] = [];

  constructor(nodes: number) {
    this.#real = nodes;
    this.#nodes = nodes;
  }

  /** A node that stands for all that is put before it. */
  gathering(): number {
    return this.#nodes++;
  }

  add(from: number, to: number, reason: Reason, via = -1): void {
    if (from === to) return;
    this.#from.push(from);
    this.#to.push(to);
    this.#reason.push(reason);
    this.#via.push(via);
  }

  /**
   * A short cycle, if there is a knot of nodes in which every one comes before every other. Where `isGiven` tells that
   * some reasons are taken for granted, a knot counts only if these alone do not contradict each other in it.
   * @returns the edges of the cycle without the gathering nodes; `given` if only knots that do not count were found
   */
  cycle(isGiven: (reason: Reason) => boolean = () => false): readonly Edge[] | 'given' | undefined {
    const all = Int32Array.from(this.#from.keys());
    let found: readonly Edge[] | 'given' | undefined;
    for (const knot of this.#knots(all)) {
      const given = knot.filter((edge) => isGiven(this.#reason[edge]));
      if (given.length > 0 && this.#knots(given).length > 0) found = 'given';
      else return this.#plain(this.#shortest(knot));
    }
    return found;
  }

  /** The edges of each strongly connected component that has any (Tarjan 1972, without recursion). */
  #knots(edges: Int32Array): Int32Array[] {
    const { starts, sorted } = this.#outgoing(edges);
    const index = new Int32Array(this.#nodes).fill(-1);
    const low = new Int32Array(this.#nodes);
    const component = new Int32Array(this.#nodes).fill(-1);
    const cursor = Int32Array.from(starts.subarray(0, this.#nodes));
    const open: number[] = [];
    const path: number[] = [];
    let visited = 0;
    let components = 0;
    for (let root = 0; root < this.#nodes; root++) {
      if (index[root] !== -1 || starts[root] === starts[root + 1]) continue;
      path.push(root);
      while (path.length > 0) {
        const node = path[path.length - 1];
        if (index[node] === -1) {
          index[node] = low[node] = visited++;
          open.push(node);
        }
        if (cursor[node] < starts[node + 1]) {
          const next = this.#to[sorted[cursor[node]]];
          if (index[next] === -1) {
            path.push(next);
            continue;
          }
          if (component[next] === -1) low[node] = Math.min(low[node], low[next]);
          cursor[node]++;
          continue;
        }
        path.pop();
        if (low[node] !== index[node]) continue;
        for (let member = open.pop() as number; ; member = open.pop() as number) {
          component[member] = components;
          if (member === node) break;
        }
        components++;
      }
    }
    const knots = new Map<number, number[]>();
    for (const edge of edges) {
      const one = component[this.#from[edge]];
      if (one === -1 || one !== component[this.#to[edge]]) continue;
      const knot = knots.get(one);
      if (knot === undefined) knots.set(one, [edge]);
      else knot.push(edge);
    }
    return [...knots.values()].map((knot) => Int32Array.from(knot));
  }

  #outgoing(edges: Int32Array): { starts: Int32Array; sorted: Int32Array } {
    const starts = new Int32Array(this.#nodes + 1);
    for (const edge of edges) starts[this.#from[edge] + 1]++;
    for (let node = 0; node < this.#nodes; node++) starts[node + 1] += starts[node];
    const fill = starts.slice();
    const sorted = new Int32Array(edges.length);
    for (const edge of edges) sorted[fill[this.#from[edge]]++] = edge;
    return { starts, sorted };
  }

  /** By breadth, from some nodes of the knot. */
  #shortest(knot: Int32Array): number[] {
    const { starts, sorted } = this.#outgoing(knot);
    const roots = [...new Set(Array.from(knot, (edge) => this.#from[edge]))].sort((a, b) => a - b);
    let best: number[] = [];
    for (const root of roots.slice(0, rootsMax)) {
      const arrival = new Int32Array(this.#nodes).fill(-1);
      const queue = [root];
      search: for (const node of queue) {
        for (let at = starts[node]; at < starts[node + 1]; at++) {
          const next = this.#to[sorted[at]];
          if (arrival[next] !== -1) continue;
          arrival[next] = sorted[at];
          if (next === root) break search;
          queue.push(next);
        }
      }
      const cycle: number[] = [];
      for (let node = root; cycle.length === 0 || node !== root; node = this.#from[arrival[node]]) {
        cycle.unshift(arrival[node]);
      }
      if (best.length === 0 || cycle.length < best.length) best = cycle;
    }
    return best;
  }

  /** Joins edges over gathering nodes: the last one says why. */
  #plain(cycle: readonly number[]): Edge[] {
    const first = cycle.findIndex((edge) => this.#from[edge] < this.#real);
    const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
    const edges: Edge[] = [];
    let from = -1;
    for (const edge of turned) {
      if (this.#from[edge] < this.#real) from = this.#from[edge];
      const to = this.#to[edge];
      if (to < this.#real) edges.push({ from, to, reason: this.#reason[edge], via: this.#via[edge] });
    }
    return edges;
  }
}

const rootsMax = 50;
