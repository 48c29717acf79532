/** How small a failure became, what it takes, and its story. */
import type { Size, Smallest } from '../sim/index.ts';
import { counted, duration, grouped, moment, virtual } from './numbers.ts';
import { storyLines, violationText } from './story.ts';
import { type Style, wrapped } from './style.ts';

type Look = Pick<Style, 'palette' | 'columns'>;

/** What `skerry shrink` prints. */
export function shrunkText(smallest: Smallest, style: Style): string {
  const { runs, wallMs, seed, violations, fingerprint } = smallest;
  const { bad, faint } = style.palette;
  const cost = `${counted(runs, 'run')} in ${duration(wallMs)}${stopOf(smallest)}`;
  return [
    ...violations.map((violation) => `  ${bad(wrapped(violationText(violation), 2, 2, style.columns))}`),
    shrunkLine(smallest),
    faint(`  ${cost}; the small one has seed ${seed} and fingerprint ${fingerprint}`),
    ...storyLines(smallest.story, violations[0], style),
    ...necessityLines(smallest, style),
  ].join('\n');
}

/** What ended it, if not that nothing was left to try. */
function stopOf({ isCutShort, ranOutOfTime }: Smallest): string {
  if (ranOutOfTime) return ', as far as the time went: a faster machine may come to less';
  return isCutShort ? ', all that the budget allows' : '';
}

/** `shrunk: 9 faults → 1, 150 operations → 3, 5 nodes → 3`. */
export const shrunkLine = ({ before, after }: Smallest): string => `  shrunk: ${sizes(before, after)}`;

/** `9 faults → 1, 150 operations → 3`; what stayed as it was is left out. */
export function sizes(before: Size, after: Size): string {
  const parts = [
    change(before.faults, after.faults, 'fault'),
    change(before.operations, after.operations, 'operation'),
    change(before.nodes, after.nodes, 'node'),
    change(before.clients, after.clients, 'client'),
    before.virtualUs === after.virtualUs
      ? undefined
      : `${virtual(before.virtualUs)} → ${moment(after.virtualUs)}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'it is as small as it gets' : parts.join(', ');
}

const change = (before: number, after: number, noun: string): string | undefined =>
  before === after ? undefined : `${counted(before, noun)} → ${grouped(after)}`;

/** Of each fault that is left, whether it takes it: `without the pause of c2 at 5.1 s it holds`. */
export function necessityLines({ necessity }: Smallest, { palette, columns }: Look): string[] {
  return necessity.map(({ text, isNeeded }) =>
    isNeeded
      ? `  ${wrapped(`without ${text} it holds`, 2, 2, columns)}`
      : palette.faint(`  ${wrapped(`nobody tried it without ${text}`, 2, 2, columns)}`),
  );
}
