/** Shortest walks in a graph of transactions, breadth first; waypoints cost nothing. */
import { followed, type Walk } from './components.ts';
import { type Graph, rw, through } from './graph.ts';

/** Finds walks in one graph; its arrays serve one search after the other. */
export class Paths {
  readonly #graph: Graph;
  readonly #seenIn: Int32Array;
  readonly #cameFrom: Int32Array;
  readonly #cameBy: Int32Array;
  #search = 0;
  /** Edges looked at by the last search. */
  steps = 0;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#seenIn = new Int32Array(graph.nodes * 2);
    this.#cameFrom = new Int32Array(graph.nodes * 2);
    this.#cameBy = new Int32Array(graph.nodes * 2);
  }

  /**
   * The edges of a shortest walk between two states, at most so many transactions long, all within one component, or
   * nothing. States are as in `Components`.
   */
  shortest(
    from: number,
    to: number,
    walk: Walk,
    within: { readonly of: Int32Array; readonly component: number },
    hopsMax: number,
    stepsMax: number,
  ): number[] | undefined {
    const { offsets, targets, kinds } = this.#graph;
    const { spaced } = walk;
    const allowed = followed(walk);
    const search = ++this.#search;
    this.#seenIn[from] = search;
    this.steps = 0;
    let level = [from];
    for (let hops = 0; level.length > 0 && hops <= hopsMax; hops++) {
      const next: number[] = [];
      // What costs nothing joins the level that is being walked, so this list grows.
      for (let at = 0; at < level.length; at++) {
        const state = level[at];
        const node = spaced ? state >> 1 : state;
        for (let edge = offsets[node]; edge < offsets[node + 1]; edge++) {
          this.steps++;
          const kind = kinds[edge];
          if ((kind & allowed) === 0) continue;
          if (spaced && kind === rw && (state & 1) === 1) continue;
          const isAnti = kind === rw || kind === through;
          const target = spaced ? targets[edge] * 2 + (isAnti ? 1 : 0) : targets[edge];
          if (this.#seenIn[target] === search || within.of[target] !== within.component) continue;
          this.#seenIn[target] = search;
          this.#cameFrom[target] = state;
          this.#cameBy[target] = edge;
          if (target === to) return hops < hopsMax ? this.#walked(from, to) : undefined;
          (this.#graph.transactionOf(targets[edge]) < 0 ? level : next).push(target);
        }
        if (this.steps > stepsMax) return undefined;
      }
      level = next;
    }
    return undefined;
  }

  #walked(from: number, to: number): number[] {
    const edges: number[] = [];
    for (let state = to; state !== from; state = this.#cameFrom[state]) edges.push(this.#cameBy[state]);
    return edges.reverse();
  }
}
