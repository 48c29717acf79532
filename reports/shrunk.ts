/** What `skerry shrink` prints: how small a failure became, what it takes, and its story. */
import type { Shrunk, Size, Story } from '../sim/index.ts';
import { counted, duration, grouped, moment, virtual } from './numbers.ts';
import { tellBroken } from './story.ts';
import type { Style } from './style.ts';

type Look = Pick<Style, 'palette' | 'columns'>;

export function shrunkText(shrunk: Shrunk, story: Story | undefined, style: Style): string {
  const { before, after, runs, wallMs, isCutShort, necessity, seed } = shrunk;
  const cost = `${counted(runs, 'run')} in ${duration(wallMs)}${isCutShort ? ', all that the budget allows' : ''}`;
  return [
    `  shrunk: ${sizes(before, after)}`,
    style.palette.faint(`  ${cost}; the small one has seed ${seed}`),
    ...necessity.map((fault) => needed(fault, style)),
    tellBroken(shrunk.outcome, story, style),
  ].join('\n');
}

/** `9 faults → 1, 150 operations → 3`; what stayed as it was is left out. */
export function sizes(before: Size, after: Size): string {
  const parts = [
    change(before.faults, after.faults, 'fault'),
    change(before.operations, after.operations, 'operation'),
    change(before.nodes, after.nodes, 'server'),
    change(before.clients, after.clients, 'client'),
    before.virtualUs === after.virtualUs
      ? undefined
      : `${virtual(before.virtualUs)} → ${moment(after.virtualUs)}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'it is as small as it gets' : parts.join(', ');
}

const change = (before: number, after: number, noun: string): string | undefined =>
  before === after ? undefined : `${counted(before, noun)} → ${grouped(after)}`;

function needed({ line, isNeeded }: Shrunk['necessity'][number], { palette }: Look): string {
  const { fault, atUs } = line;
  const on = 'targets' in fault && Array.isArray(fault.targets) ? ` of ${fault.targets.join(' and ')}` : '';
  const when = atUs === undefined ? '' : ` at ${moment(atUs)}`;
  const what = `the ${fault.kind}${on}${when}`;
  return isNeeded
    ? `  without ${what} it holds`
    : palette.faint(`  without ${what} it breaks too, in another way`);
}
