/** What hosts were at a moment of a run, and what they had logged until then. */
import type { HostNow, Outcome, TraceEvent } from '../sim/index.ts';
import { grouped, moment } from './numbers.ts';
import { type Style, wrapped } from './style.ts';

/** A long list, say a log, is cut off after so many characters of a field. */
const fieldMax = 120;

/** Every host with what it exposes; clients that expose nothing are named together. */
export function stateText(name: string, outcome: Outcome, style: Style): string {
  const { strong, faint } = style.palette;
  const hosts = outcome.full?.hosts ?? [];
  const told = hosts.filter(({ isUp, isPaused, state }) => state !== undefined || !isUp || isPaused);
  const silent = hosts.filter((host) => !told.includes(host)).map(({ host }) => host);
  const width = Math.max(0, ...told.map(({ host }) => host.length));
  const events = `${grouped(outcome.events)} events`;
  return [
    `${strong(name)}  seed ${outcome.seed} at ${moment(outcome.virtualUs)}  ${faint(events)}`,
    ...told.map((host) => {
      const indent = width + 4;
      return `  ${strong(host.host.padEnd(width))}  ${wrapped(hostText(host), indent, indent, style.columns)}`;
    }),
    ...(silent.length === 0 ? [] : [faint(`  up, and expose nothing: ${silent.join(', ')}`)]),
  ].join('\n');
}

function hostText({ isUp, isPaused, lives, state }: HostNow): string {
  const condition = isPaused ? 'paused' : isUp ? 'up' : 'down';
  const life = lives > 1 ? `${condition}, booted ${lives} times` : condition;
  if (state === undefined) return life;
  const fields =
    typeof state === 'object' && state !== null && !Array.isArray(state)
      ? Object.entries(state).map(([key, value]) => `${key} ${short(value)}`)
      : [short(state)];
  return `${life}; ${fields.join(', ')}`;
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= fieldMax) return text;
  const size = Array.isArray(value) ? ` (${grouped(value.length)} items)` : '';
  return `${text.slice(0, fieldMax)}…${size}`;
}

const fates: Readonly<Record<string, string>> = {
  boot: 'booted',
  kill: 'was killed',
  halt: 'ended by an error of its disk',
  pause: 'was paused',
  resume: 'went on',
};

/** `6.306s  n1  leader elected (term 3)`: what hosts logged, and what befell them. */
export function logLines(trace: readonly TraceEvent[], hosts: readonly string[]): string[] {
  const told = trace.filter(
    ({ host, type }) =>
      host !== undefined && hosts.includes(host) && (type === 'log' || fates[type] !== undefined),
  );
  const width = Math.max(0, ...told.map(({ atUs }) => moment(atUs).length));
  return told.map(({ atUs, host, type, detail = {} }) => {
    const { event, ...rest } = detail;
    const what = type === 'log' ? String(event) : fates[type]!;
    const parts = Object.entries(rest).map(([key, value]) => `${key} ${short(value)}`);
    const more = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
    return `${moment(atUs).padStart(width)}  ${host}  ${what}${more}`;
  });
}
