/** What `skerry ablate` prints: a table of what was taken away, and what became of the broken seeds. */
import type { AblationRow } from '../sim/index.ts';
import { counted, grouped } from './numbers.ts';
import { type Style, wrapped } from './style.ts';

export interface Ablation {
  readonly scenario: string;
  readonly seeds: number;
  /** Seeds that broke with everything in place. */
  readonly broken: readonly string[];
  /** The checks that broke, most frequent first. */
  readonly checks: readonly string[];
  readonly rows: readonly AblationRow[];
}

const seedsShown = 6;

export function ablationText(
  ablation: Ablation,
  { palette, columns }: Pick<Style, 'palette' | 'columns'>,
): string {
  const { scenario, seeds, broken, checks, rows } = ablation;
  const by = checks.length === 0 ? '' : ` (${checks.join(', ')})`;
  const head = `${palette.strong(scenario)}  ${counted(seeds, 'seed')}, ${grouped(broken.length)} broken${by}`;
  if (rows.length === 0) return `${head}\n  Nothing in it ever breaks: there is nothing to take away.`;
  const width = Math.max('without'.length, ...rows.map(({ without }) => without.length));
  const titles = `  ${'without'.padEnd(width)}  broken  `;
  const lines = rows.map((row) => {
    const count = grouped(row.broken).padStart(6);
    const text = wrapped(meaning(row, broken.length), titles.length, titles.length, columns);
    return `  ${row.without.padEnd(width)}  ${count}  ${text}`;
  });
  return [head, palette.faint(`${titles}`.trimEnd()), ...lines].join('\n');
}

/** What a row says, in words. */
function meaning({ without, needed, hid }: AblationRow, broken: number): string {
  const parts: string[] = [];
  if (needed.length > 0) {
    const all = needed.length === broken;
    parts.push(
      all
        ? broken === 1
          ? `needed in the one seed that broke (${needed[0]})`
          : `needed in all ${grouped(broken)} seeds that broke`
        : `needed in ${grouped(needed.length)} of ${grouped(broken)}: ${seedsOf(needed)}`,
    );
  }
  if (hid.length > 0) parts.push(`breaks ${counted(hid.length, 'other seed')}: ${seedsOf(hid)}`);
  if (parts.length > 0) return parts.join('; ');
  if (without === 'everything' && broken > 0) return 'the protocol breaks without any fault';
  return 'changed no verdict';
}

const seedsOf = (seeds: readonly string[]): string =>
  seeds.slice(0, seedsShown).join(', ') + (seeds.length > seedsShown ? ' …' : '');

export interface AblationJson extends Ablation {
  readonly tool: 'skerry';
  readonly version: string;
}

export const ablationJson = (ablation: Ablation, version: string): AblationJson => ({
  tool: 'skerry',
  version,
  ...ablation,
});
