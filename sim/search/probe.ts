/** Listens to everything that decides a run, to find the place where two runs part. */
import type { World } from '../world/world.ts';

/** Where a run is. */
export interface Moment {
  /** The number of the loop's event. */
  readonly event: number;
  readonly atUs: number;
  /** The host whose turn it is; undefined between turns. */
  readonly host: string | undefined;
}

/**
 * Called with a number for everything that a program does or that happens to it: each message, each draw, each timer,
 * each word of the fingerprint. It is called while it is being done: a stack taken there leads to who does it.
 */
export type Probe = (word: number, moment: () => Moment) => void;

export function listen(world: World, probe: Probe): void {
  const { fingerprint, choices, loop } = world;
  const moment = (): Moment => ({ event: loop.event, atUs: loop.nowUs, host: world.turnOf() });
  const add = fingerprint.add.bind(fingerprint);
  fingerprint.add = (word) => {
    probe(word, moment);
    add(word);
  };
  const draw = choices.draw.bind(choices);
  choices.draw = (labelHash, ordinal, limit, label) => {
    probe(Math.imul(labelHash ^ ordinal, 31) + limit, moment);
    return draw(labelHash, ordinal, limit, label);
  };
  const schedule = loop.schedule.bind(loop);
  loop.schedule = (delayUs, tie, kind, subject, payload) => {
    probe(Math.imul(delayUs, 31) + Math.imul(kind, 7) + subject, moment);
    return schedule(delayUs, tie, kind, subject, payload);
  };
}
