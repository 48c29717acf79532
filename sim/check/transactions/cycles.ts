/**
 * Cycles of dependencies: which kinds there are, and a shortest one of each component as evidence. Whether a level is
 * ruled out is decided by components alone, in linear time; the budget for short cycles decides only how short
 * they are and whether one is told apart as G-single.
 */
import { type Components, components, type Walk } from './components.ts';
import { type EdgeKind, type Graph, induced, realTime, rw, session, wr, ww } from './graph.ts';
import type { CycleAnomalyName } from './levels.ts';
import { Paths } from './paths.ts';
import type { Work } from './work.ts';

/** A dependency between two transactions, waypoints left out. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
  /** Versions, or -1. */
  readonly before: number;
  readonly after: number;
}

export interface Cycle {
  readonly name: CycleAnomalyName;
  /** Each ends where the next one starts, the last one where the first starts. */
  readonly steps: readonly Step[];
}

export interface Cycles {
  readonly cycles: readonly Cycle[];
  /** How many components of the graph of all dependencies have a cycle. */
  readonly tangles: number;
  /** False if the budget ran out, so that there may be kinds of cycles which are not named here. */
  readonly isComplete: boolean;
}

const everything = ww | wr | rw | session | realTime;

/** The orders beside those of the data: none, that of each session, that of real time as well. */
const orders = [0, session, session | realTime];

/** The phenomena by the edges they are made of, the worst first; each cycle has an edge of the kind `by`. */
const phenomena: readonly { readonly kinds: number; readonly spaced: boolean; readonly by: EdgeKind }[] = [
  { kinds: ww, spaced: false, by: ww },
  { kinds: ww | wr, spaced: false, by: wr },
  { kinds: ww | wr | rw, spaced: true, by: rw },
  { kinds: ww | wr | rw, spaced: false, by: rw },
];

const componentsShown = 10;
/** Edges to look at for shorter cycles of one phenomenon, after the first. */
const shorteningSteps = 2_000_000;

export function cyclesOf(whole: Graph, work: Work): Cycles {
  const tangled = components(whole, { kinds: everything, spaced: false }, work);
  if (tangled === undefined) return { cycles: [], tangles: 0, isComplete: false };
  const tangles = tangled.members.length;
  if (tangles === 0) return { cycles: [], tangles, isComplete: true };
  const graph = induced(
    whole,
    tangled.members.flat().sort((left, right) => left - right),
  );
  const search = new Search(graph);
  for (const order of orders) {
    const all = components(graph, { kinds: ww | wr | rw | order, spaced: false }, work);
    if (all === undefined) break;
    if (all.members.length === 0) continue;
    for (const { kinds, spaced, by } of phenomena) {
      const walk = { kinds: kinds | order, spaced };
      const found = walk.kinds === (ww | wr | rw | order) && !spaced ? all : components(graph, walk, work);
      if (found === undefined) break;
      search.look(walk, by, found, all);
    }
  }
  return { cycles: search.found, tangles, isComplete: !work.isExhausted };
}

class Search {
  readonly found: Cycle[] = [];
  readonly #graph: Graph;
  readonly #paths: Paths;
  readonly #known = new Set<string>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#paths = new Paths(graph);
  }

  /** A shortest cycle with an edge of the kind `by` for each component, of the first few. */
  look(walk: Walk, by: EdgeKind, found: Components, all: Components): void {
    const shortening = { left: shorteningSteps };
    let shown = 0;
    for (let component = 0; component < found.members.length && shown < componentsShown; component++) {
      const starts = this.#starts(walk, by, found, component);
      if (starts.length === 0) continue;
      shown++;
      // With one anti-dependency, which starts the cycle, all others are left out.
      const cycle =
        (walk.spaced ? this.#shortestOnce(walk, starts, all, shortening) : undefined) ??
        this.#shortest(walk, starts, { of: found.of, component }, shortening, true);
      if (cycle !== undefined) this.#keep(cycle);
    }
  }

  /** Edges of a kind that stay within a component, as pairs of source and edge. */
  #starts({ spaced }: Walk, by: EdgeKind, { of, members }: Components, component: number): Start[] {
    const { offsets, targets, kinds } = this.#graph;
    const starts: Start[] = [];
    for (const state of members[component]) {
      if (spaced && (state & 1) === 1) continue;
      const node = spaced ? state >> 1 : state;
      for (let edge = offsets[node]; edge < offsets[node + 1]; edge++) {
        if (kinds[edge] !== by) continue;
        const target = spaced ? targets[edge] * 2 + 1 : targets[edge];
        if (of[target] === component) starts.push({ node, edge });
      }
    }
    return starts;
  }

  #shortestOnce(
    walk: Walk,
    starts: readonly Start[],
    all: Components,
    shortening: { left: number },
  ): number[] | undefined {
    const component = all.of[starts[0].node];
    const once = { kinds: walk.kinds & ~rw, spaced: false };
    return this.#shortest(once, starts, { of: all.of, component }, shortening, false);
  }

  /**
   * The shortest cycle through one of the edges, as far as the budget goes. The first start is followed to the end
   * if it is certain to close.
   */
  #shortest(
    walk: Walk,
    starts: readonly Start[],
    within: { readonly of: Int32Array; readonly component: number },
    shortening: { left: number },
    isCertain: boolean,
  ): number[] | undefined {
    let best: number[] | undefined;
    let hopsMax = Number.POSITIVE_INFINITY;
    for (const { node, edge } of starts) {
      const isFree = isCertain && best === undefined;
      if (!isFree && shortening.left <= 0) break;
      const target = this.#graph.targets[edge];
      const [from, to] = walk.spaced ? [target * 2 + 1, node * 2] : [target, node];
      const stepsMax = isFree ? Number.POSITIVE_INFINITY : shortening.left;
      const way = this.#paths.shortest(from, to, walk, within, hopsMax, stepsMax);
      shortening.left -= this.#paths.steps;
      if (way === undefined) continue;
      best = [edge, ...way];
      const hops = this.#hops(way);
      if (hops <= 1) break;
      hopsMax = hops - 1;
    }
    return best;
  }

  #hops(edges: readonly number[]): number {
    return edges.filter((edge) => this.#graph.transactionOf(this.#graph.targets[edge]) >= 0).length;
  }

  #keep(edges: readonly number[]): void {
    const steps = this.#steps(edges);
    const first = steps.reduce((least, step, at) => (step.from < steps[least].from ? at : least), 0);
    const turned = [...steps.slice(first), ...steps.slice(0, first)];
    const key = turned.map(({ from, kind }) => `${from} ${kind}`).join(' ');
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.found.push({ name: nameOf(turned), steps: turned });
  }

  /** Joins the edges that lead into, through and out of waypoints. The first one starts at a transaction. */
  #steps(edges: readonly number[]): Step[] {
    const { targets, kinds, before, after } = this.#graph;
    const steps: Step[] = [];
    const end = edges[edges.length - 1];
    let from = this.#graph.transactionOf(targets[end]);
    let entry: number | undefined;
    for (const edge of edges) {
      entry ??= edge;
      const to = this.#graph.transactionOf(targets[edge]);
      if (to < 0) continue;
      const kind = kinds[entry] as EdgeKind;
      steps.push({ from, to, kind, before: before[entry], after: after[edge] });
      from = to;
      entry = undefined;
    }
    return steps;
  }
}

interface Start {
  readonly node: number;
  readonly edge: number;
}

/** What a cycle is called, by the edges that it has. */
function nameOf(steps: readonly Step[]): CycleAnomalyName {
  const has = (kind: EdgeKind): boolean => steps.some((step) => step.kind === kind);
  const suffix = has(realTime) ? '-realtime' : has(session) ? '-process' : '';
  const anti = steps.filter(({ kind }) => kind === rw).length;
  if (anti === 0) return has(wr) ? `G1c${suffix}` : `G0${suffix}`;
  if (anti === 1) return `G-single${suffix}`;
  const areAdjacent = steps.some(({ kind }, at) => kind === rw && steps.at(at - 1)?.kind === rw);
  return areAdjacent ? `G2-item${suffix}` : `G-nonadjacent${suffix}`;
}
