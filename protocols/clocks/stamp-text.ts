/** Stamps as people read them, in log lines and in reports. */
import type { HybridStamp } from './hybrid.ts';
import type { VectorStamp } from './vector.ts';

const dayUs = 24 * 60 * 60 * 1_000_000;

/**
 * A stamp of any of the clocks: a counter as it is, a vector as `n1:3 n2:1`, and of a hybrid stamp the time of day in
 * UTC to the microsecond and its counter, `09:30:00.000250+2`. Nothing but zeros is `the beginning`.
 */
export function stampText(stamp: unknown): string {
  if (typeof stamp !== 'object' || stamp === null) return stamp === 0 ? beginning : String(stamp);
  if (!('physicalUs' in stamp)) return vectorText(stamp as VectorStamp);
  const { physicalUs, logical } = stamp as HybridStamp;
  return physicalUs === 0 && logical === 0 ? beginning : `${timeOfDay(physicalUs)}+${logical}`;
}

const beginning = 'the beginning';

function vectorText(stamp: VectorStamp): string {
  const parts = Object.keys(stamp)
    .sort()
    .map((host) => `${host}:${stamp[host]}`);
  return parts.length === 0 ? beginning : parts.join(' ');
}

function timeOfDay(us: number): string {
  const ofDay = us % dayUs;
  const part = (unitUs: number, limit: number, digits: number) =>
    String(Math.floor(ofDay / unitUs) % limit).padStart(digits, '0');
  const [hours, minutes, seconds] = [
    part(3_600_000_000, 24, 2),
    part(60_000_000, 60, 2),
    part(1_000_000, 60, 2),
  ];
  return `${hours}:${minutes}:${seconds}.${part(1, 1_000_000, 6)}`;
}
