/** Numbers as people read them. All of it is the same on every machine: nothing here asks for a locale. */

const STEPS: readonly (readonly [size: number, sign: string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** Two or three digits and a magnitude: `999`, `9.8k`, `123k`, `1.2M`. */
export function compact(value: number): string {
  for (const [size, sign] of STEPS) {
    // What would round up to 1000 of one step is 1 of the next.
    if (value >= size * 0.9995) return `${digits(value / size)}${sign}`;
  }
  return String(Math.round(value));
}

/** One decimal below ten, none above; no `.0`. */
function digits(value: number): string {
  const tenths = Math.round(value * 10);
  return tenths < 100 ? String(tenths / 10) : String(Math.round(value));
}

/** All digits, in groups: `12,345`. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 seed`, `500 seeds`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

/** A stretch of time in its two largest units: `85ms`, `9.8s`, `42s`, `2m14s`, `2h46m`, `3d4h`. */
export function duration(ms: number): string {
  if (ms < 0.9995) return ms === 0 ? '0s' : `${Math.max(1, Math.round(ms * 1000))}us`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 59_500) return `${digits(ms / 1000)}s`;
  if (ms < 3_599_500) return twoUnits(Math.round(ms / 1000), 60, 'm', 's');
  if (ms < 86_370_000) return twoUnits(Math.round(ms / 60_000), 60, 'h', 'm');
  return twoUnits(Math.round(ms / 3_600_000), 24, 'd', 'h');
}

function twoUnits(count: number, each: number, large: string, small: string): string {
  const rest = count % each;
  return `${Math.floor(count / each)}${large}${rest === 0 ? '' : `${rest}${small}`}`;
}

/** The same for virtual microseconds. */
export function virtual(us: number): string {
  return duration(us / 1000);
}

/** A moment of a run, in seconds with three decimals: `7.412s`. */
export function moment(us: number): string {
  return `${(us / 1_000_000).toFixed(3)}s`;
}

/** `45%`; what is not nothing is at least `<1%`. */
export function percent(part: number): string {
  if (part > 0 && part < 0.005) return '<1%';
  return `${Math.round(part * 100)}%`;
}
