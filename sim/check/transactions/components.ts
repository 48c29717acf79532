/**
 * Strongly connected components (Tarjan, "Depth-First Search and Linear Graph Algorithms", SIAM J. Comput. 1972), with
 * a stack of its own instead of recursion.
 *
 * With *spaced* anti-dependencies a node has two states, by whether the last edge was an anti-dependency, and from
 * the second one no other anti-dependency starts: what is still a component has a cycle without two adjacent ones.
 */
import { type Graph, rw, through } from './graph.ts';
import type { Work } from './work.ts';

/** Which edges count, and whether anti-dependencies must be spaced. */
export interface Walk {
  /** Bits of kinds. */
  readonly kinds: number;
  readonly spaced: boolean;
}

/** A state is a node, or with spaced anti-dependencies 2 × node + 1 after one of them and 2 × node otherwise. */
export interface Components {
  /** The component of each state, or -1 if it is on no cycle. */
  readonly of: Int32Array;
  /** The states of each component. */
  readonly members: readonly (readonly number[])[];
}

/** The kinds that a walk may follow: what enters a waypoint must be able to leave it. */
export function followed({ kinds }: Walk): number {
  return kinds | through;
}

/** The components with a cycle, or nothing if the work left is too little. */
export function components(graph: Graph, walk: Walk, work: Work): Components | undefined {
  if (!work.afford(graph.nodes + graph.targets.length)) return undefined;
  const { offsets, targets, kinds } = graph;
  const { spaced } = walk;
  const allowed = followed(walk);
  const states = spaced ? graph.nodes * 2 : graph.nodes;
  const index = new Int32Array(states);
  const low = new Int32Array(states);
  const cursor = new Int32Array(states);
  const of = new Int32Array(states).fill(-1);
  const isOpen = new Uint8Array(states);
  const open: number[] = [];
  const path: number[] = [];
  const members: number[][] = [];
  let visited = 0;

  const enter = (state: number): void => {
    visited++;
    index[state] = visited;
    low[state] = visited;
    cursor[state] = offsets[spaced ? state >> 1 : state];
    isOpen[state] = 1;
    open.push(state);
    path.push(state);
  };
  const close = (state: number): void => {
    const first = open.lastIndexOf(state);
    const component = open.splice(first);
    for (const member of component) isOpen[member] = 0;
    if (component.length < 2) return;
    for (const member of component) of[member] = members.length;
    members.push(component);
  };

  for (let root = 0; root < states; root++) {
    if (index[root] !== 0) continue;
    enter(root);
    while (path.length > 0) {
      const state = path[path.length - 1];
      const end = offsets[(spaced ? state >> 1 : state) + 1];
      let entered = false;
      while (cursor[state] < end) {
        const edge = cursor[state]++;
        const kind = kinds[edge];
        if ((kind & allowed) === 0) continue;
        if (spaced && kind === rw && (state & 1) === 1) continue;
        const isAnti = kind === rw || kind === through;
        const target = spaced ? targets[edge] * 2 + (isAnti ? 1 : 0) : targets[edge];
        if (index[target] === 0) {
          enter(target);
          entered = true;
          break;
        }
        if (isOpen[target] === 1 && index[target] < low[state]) low[state] = index[target];
      }
      if (entered) continue;
      path.pop();
      if (low[state] === index[state]) close(state);
      const parent = path.at(-1);
      if (parent !== undefined && low[state] < low[parent]) low[parent] = low[state];
    }
  }
  return { of, members };
}
