/** Anti-dependencies of many readers on many writers, with as many edges as there are readers and writers. */
import { type GraphBuilder, rw, through } from './graph.ts';

/** A transaction, and the version that it read or installed. */
export interface Access {
  readonly transaction: number;
  readonly version: number;
}

const pairsPerEdgeMax = 4;

/**
 * Every reader comes before every writer but itself. Writers are different transactions. Where pairs would be too
 * many, two chains of waypoints lead past all writers, one in each direction, so that a reader who writes too
 * can enter them on either side of itself.
 */
export function addAntidependencies(
  builder: GraphBuilder,
  readers: readonly Access[],
  writers: readonly Access[],
): void {
  if (readers.length * writers.length <= pairsPerEdgeMax * (readers.length + writers.length)) {
    for (const reader of readers) {
      for (const writer of writers) {
        builder.edge(reader.transaction, writer.transaction, rw, reader.version, writer.version);
      }
    }
    return;
  }
  const forwards = chain(builder, writers);
  const backwards = chain(builder, writers.toReversed()).reverse();
  const places = new Map(writers.map(({ transaction }, at) => [transaction, at]));
  for (const { transaction, version } of readers) {
    const own = places.get(transaction);
    if (own === undefined) builder.edge(transaction, forwards[0], rw, version);
    else {
      if (own + 1 < writers.length) builder.edge(transaction, forwards[own + 1], rw, version);
      if (own > 0) builder.edge(transaction, backwards[own - 1], rw, version);
    }
  }
}

/** A waypoint for each writer, from which it and all later ones are reached. */
function chain(builder: GraphBuilder, writers: readonly Access[]): number[] {
  const waypoints = writers.map(() => builder.waypoint());
  writers.forEach(({ transaction, version }, at) => {
    builder.edge(waypoints[at], transaction, through, -1, version);
    if (at + 1 < writers.length) builder.edge(waypoints[at], waypoints[at + 1], through);
  });
  return waypoints;
}
