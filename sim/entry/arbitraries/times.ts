/** Durations at random, as scenario files write them. */
import fc from 'fast-check';
import { parseDuration } from '../../index.ts';

/** Whole milliseconds, of 10 at a time where there is room: a smaller time is a simpler one. */
export function milliseconds(min: number, max: number): fc.Arbitrary<string> {
  if (max - min < 100) return fc.integer({ min, max }).map((ms) => `${ms}ms`);
  const steps = fc.integer({ min: Math.ceil(min / 10), max: Math.floor(max / 10) });
  return steps.map((step) => `${step * 10}ms`);
}

/** @throws TypeError if it is no duration of a scenario file, or too short for anything to happen in it */
export function millisecondsIn(duration: string): number {
  const reading = parseDuration(duration);
  if (!reading.ok)
    throw new TypeError(reading.hint === undefined ? reading.message : `${reading.message}; ${reading.hint}`);
  const ms = Math.floor(reading.value / 1000);
  if (ms < 1) throw new TypeError(`${duration} is too short: nothing could happen in it`);
  return ms;
}

/** `1500ms` comes before `2000ms`. */
export const byTime = <T extends { readonly at?: string }>(left: T, right: T): number =>
  Number.parseInt(left.at ?? '0', 10) - Number.parseInt(right.at ?? '0', 10);
