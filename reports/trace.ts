/** What happened in a run, line by line: operations, faults, and what hosts said of themselves; no single packets. */
import type { Outcome, TraceEvent } from '../sim/index.ts';
import { moment } from './numbers.ts';
import { plainPalette } from './palette.ts';
import type { Style } from './style.ts';

const told = new Set(['operation', 'fault', 'heal', 'kill', 'halt', 'boot', 'pause', 'resume', 'log']);

/** One line an event: its moment, its host, what it was. Empty unless the run was recorded in full. */
export function traceLines(
  outcome: Outcome,
  { palette }: Pick<Style, 'palette'> = { palette: plainPalette },
): string[] {
  const events = (outcome.full?.trace ?? []).filter(({ type }) => told.has(type));
  const hostWidth = Math.max(0, ...events.map(({ host = '' }) => host.length));
  const momentWidth = Math.max(0, ...events.map(({ atUs }) => moment(atUs).length));
  return events.map((event) => {
    const at = palette.faint(moment(event.atUs).padStart(momentWidth));
    return `  ${at}  ${(event.host ?? '').padEnd(hostWidth)}  ${textOf(event)}`;
  });
}

function textOf({ type, detail = {} }: TraceEvent): string {
  switch (type) {
    case 'operation': {
      const { type: stage, f, key, value } = detail;
      const what = `${String(f)}${key === undefined ? '' : ` ${JSON.stringify(key)}`}`;
      const shown = value === undefined ? '' : ` ${JSON.stringify(value)}`;
      return stage === 'invoke' ? `${what}${shown} …` : `${what}: ${String(stage)}${shown}`;
    }
    case 'fault':
    case 'heal':
      return `${type} ${detail.kind === undefined ? '' : `${String(detail.kind)} `}${String(detail.text ?? '')}`.trim();
    case 'log': {
      const { event, ...rest } = detail;
      return `${String(event)}${partsOf(rest)}`;
    }
    default:
      return `${type}${partsOf(detail)}`;
  }
}

function partsOf(detail: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(detail).map(([name, value]) => {
    return `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
  });
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
