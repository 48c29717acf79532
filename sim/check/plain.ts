/** Plain JSON data: comparing it, naming it, showing it. `undefined` counts as `null` throughout. */

/** Whether two plain values are equal in depth; the order of an object's keys does not matter. */
export function same(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (left === undefined || left === null) return right === undefined || right === null;
  if (typeof left !== 'object' || typeof right !== 'object' || right === null) return false;
  return canonical(left) === canonical(right);
}

/** A text that two plain values share exactly when they are equal in depth. */
export function canonical(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}

const shownLengthMax = 60;

/** A value as a message shows it: JSON, cut off after 60 characters. */
export function show(value: unknown): string {
  const text = canonical(value);
  return text.length <= shownLengthMax ? text : `${text.slice(0, shownLengthMax - 1)}…`;
}

/** Virtual microseconds as seconds: `7412000` is `7.412s`. */
export function showUs(us: number): string {
  const sign = us < 0 ? '-' : '';
  const whole = Math.floor(Math.abs(us) / 1_000_000);
  const rest = Math.abs(us) % 1_000_000;
  const fraction = rest === 0 ? '' : `.${String(rest).padStart(6, '0').replace(/0+$/, '')}`;
  return `${sign}${whole}${fraction}s`;
}

/** `1 operation`, `3 operations`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
