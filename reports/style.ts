/** How a report is laid out: colours, and the widths that lines of several scenarios share. */
import type { Palette } from './palette.ts';
import type { Report, Result } from './result.ts';

export interface Style {
  readonly palette: Palette;
  /** Of the longest scenario name: the columns behind it line up. */
  readonly nameWidth: number;
  /** Where long sentences are wrapped; absent, they are not: whoever reads a file or a pipe wants whole lines. */
  readonly columns?: number;
}

/** A reporter turns each result into text as it comes, and says something at the end; either may be empty. */
export interface Reporter {
  readonly name: string;
  /** One line. */
  readonly about: string;
  result(result: Result, style: Style): string;
  end(report: Report, style: Style): string;
}

/** Fewer columns than this are not worth wrapping for. */
const COLUMNS_MIN = 40;

/**
 * A sentence, wrapped between words, its further lines indented by `indent` columns. `used` columns of the first
 * line are taken already.
 */
export function wrapped(text: string, indent: number, used: number, columns: number | undefined): string {
  if (columns === undefined || columns < COLUMNS_MIN) return text;
  const lines: string[] = [];
  let line = '';
  let room = columns - used;
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= room || line === '') {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
    room = columns - indent;
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}

/** `mutual-exclusion` as people say it. */
export const spoken = (name: string): string => name.replaceAll('-', ' ');
