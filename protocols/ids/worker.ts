/**
 * A worker that gives out ids. Its number is its place among the servers (`host.peers`), which is the same in all its
 * lives and no other host's. Before it uses a millisecond it makes durable that it may have: so it needs no clock that
 * was right while it was down.
 */
import { Cell } from '../cell.ts';
import { type Host, Refused } from '../host.ts';
import type { IdOptions } from './options.ts';
import { encodeId, idEpochMs, type nextPlace, type Place, type resumedPlace, timeText } from './snowflake.ts';

export type IdWire = { generate(ask: null): { readonly id: string } };

/** The decisions on which uniqueness hangs, as a value. */
export interface Rules {
  readonly nextPlace: typeof nextPlace;
  readonly resumedPlace: typeof resumedPlace;
  /** The number of a worker, from its place among so many servers. */
  readonly worker: (place: number, servers: number) => number;
}

/** What claims, reports and operators may see of a worker. */
export interface IdView {
  readonly worker: number;
  /** Milliseconds since the epoch of the ids: of the last id, and the last that may be used before the next write. */
  readonly time: number;
  readonly bound: number;
  /** Ids given in this life. */
  readonly given: number;
}

export const idWorker =
  (options: IdOptions, rules: Rules) =>
  async (host: Host<IdWire>): Promise<void> => {
    const cell = new Cell(host.disk, 'bound');
    const bytes = await cell.read();
    let bound = bytes === null ? null : Number(new TextDecoder().decode(bytes));
    let last: Place = rules.resumedPlace(bound, options);
    let written: Promise<void> = Promise.resolve();
    const worker = rules.worker(host.peers.indexOf(host.id), host.peers.length);
    const view = { worker, time: last.time, bound: bound ?? -1, given: 0 };
    host.expose(() => view);
    if (bound !== null) {
      const [written, from] = [timeText(bound), timeText(last.time)];
      host.log('goes on', { 'last written down': written, from, 'wall clock': timeText(nowMs(host)) });
    }

    host.on('generate', async (_, client) => {
      const place = rules.nextPlace(last, nowMs(host), options);
      const id = idOrRefusal(place, worker, options);
      last = place;
      if (bound === null || place.time > bound) {
        bound = place.time + options.reserve;
        written = cell.write(new TextEncoder().encode(String(bound)));
      }
      await written;
      view.time = place.time;
      view.bound = bound;
      view.given++;
      host.log('id given', { id, ...partsText(place, worker), to: client });
      return { id };
    });
  };

/** Whole milliseconds since the epoch of the ids, by the wall clock. */
export const nowMs = (host: Pick<Host, 'clock'>): number => Math.floor(host.clock.now()) - idEpochMs;

/** What an id is made of, for log lines. */
export const partsText = ({ time, sequence }: Place, worker: number) => ({
  time: timeText(time),
  worker,
  sequence,
});

/** Nothing has been used up if an id does not fit. */
export function idOrRefusal(place: Place, worker: number, options: IdOptions): string {
  try {
    return encodeId(place, worker, options);
  } catch (error) {
    throw new Refused((error as Error).message);
  }
}
