/** Reads without a question: a primary's lease (Gray & Cheriton, *Leases*, SOSP 1989; VR Revisited, §6.3). */

const million = 1_000_000;

/**
 * How long a primary may answer reads alone after it sent what enough secondaries have answered. They give it up after
 * `failoverTimeout` on their clocks at the earliest, counted from when they heard it, which is later; a clock of theirs
 * may be fast, and its own slow. A millisecond less, for the grain of clocks.
 */
export function leaseMs(failoverTimeout: number, driftPpm: number): number {
  return Math.floor((failoverTimeout * (million - driftPpm)) / (million + driftPpm)) - 1;
}
