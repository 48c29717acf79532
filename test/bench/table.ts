/** Results in words. */
import type { Result } from './measure.ts';

export function table(results: readonly Result[]): string {
  const rows = results.map(({ subject, rate, ratio, also }) => [
    subject.section,
    subject.name,
    `${short(rate)} ${subject.unit}/s`,
    ratio > 1 ? `${ratio.toFixed(1)}` : `1/${(1 / ratio).toFixed(1)}`,
    Object.entries(also)
      .map(([name, value]) => `${short(value)} ${name}`)
      .join(', '),
  ]);
  const head = ['', '', 'median', 'of the yardstick', ''];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 2 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}

/** How much is left of the best rate with few hosts when there are many. */
export function flatness(results: readonly Result[]): string[] {
  return ['send', 'call'].flatMap((how) => {
    const of = (shape: string) => results.find(({ subject }) => subject.name === `${how} ${shape}`)?.ratio;
    const [few, many] = [of('5×1'), of('1000×1')];
    if (few === undefined || many === undefined) return [];
    return [`${how}: 1000 hosts run at ${(many / few).toFixed(2)} of the rate of 5`];
  });
}

function short(value: number): string {
  if (value >= 1_000_000) return `${(value / 1_000_000).toFixed(2)} M`;
  return value >= 1_000 ? `${(value / 1_000).toFixed(1)} k` : value.toFixed(0);
}
