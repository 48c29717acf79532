/** What happened, in sentences: of events of the trace, and of operations. */
import type { Operation } from '../check/index.ts';
import type { TraceEvent } from '../kernel/trace.ts';
import type { Fault } from '../world/spec.ts';
import { beganText, endedText } from './fault-words.ts';
import type { StorySentence } from './outcome.ts';

export interface Sentence {
  readonly kind: NonNullable<StorySentence['kind']>;
  readonly text: string;
  /** Faults weigh most, then what changes who leads, then the rest. */
  readonly weight: number;
}

/**
 * @param fault of an event of the type `fault`
 * @returns undefined if nobody needs to hear of it
 */
export function sentenceOf(event: TraceEvent, fault: Fault | undefined): Sentence | undefined {
  const { type, host = '', detail = {} } = event;
  switch (type) {
    case 'fault':
      // A kill is told when it happens, which may be later than it was decided.
      if (detail.kind === 'kill') return undefined;
      return {
        kind: 'fault',
        text: beganText(String(detail.kind), String(detail.text), fault),
        weight: 3,
      };
    case 'heal':
      if (detail.kind === undefined || detail.kind === 'kill' || detail.kind === 'members') return undefined;
      return { kind: 'heal', text: endedText(String(detail.kind), String(detail.text)), weight: 0.5 };
    case 'kill':
      return killed(host, detail);
    case 'halt':
      return {
        kind: 'host',
        text: `${host} ended by the error of its disk: ${String(detail.error)}`,
        weight: 3,
      };
    case 'boot':
      return Number(detail.incarnation) > 1
        ? { kind: 'heal', text: `${host} came back`, weight: 1.5 }
        : undefined;
    case 'log': {
      const weight = /elected|down|granted/.test(String(detail.event)) ? 2 : 0.5;
      return { kind: 'host', text: logText(host, detail), weight };
    }
    default:
      return undefined;
  }
}

function killed(host: string, { storage, changesLost }: Readonly<Record<string, unknown>>): Sentence {
  if (storage === 'wipe') {
    return { kind: 'fault', text: `${host} was killed, and its disk was wiped`, weight: 3 };
  }
  const lost = Number(changesLost);
  const what = lost === 0 ? '' : ` and lost ${lost} unsynced change${lost === 1 ? '' : 's'} of its disk`;
  return { kind: 'fault', text: `${host} was killed${what}`, weight: lost === 0 ? 2 : 3 };
}

/** What became of a packet that mattered: `the expire of c3 to n1 was lost on the way`. */
export function packetText({ type, detail = {} }: TraceEvent, underWayUs: number): string {
  const { kind, from, to } = detail;
  const became = {
    lost: 'was lost on the way',
    duplicated: 'came twice',
    deliver: `came after ${Math.round(underWayUs / 1000)} ms only`,
  }[type];
  return `the ${String(kind)} from ${String(from)} to ${String(to)} ${became}`;
}

function logText(host: string, { event, ...detail }: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(detail).map(([name, value]) => `${name} ${String(value)}`);
  return `${host}: ${String(event)}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}

export function operationText({ client, f, key, value, output, callUs, returnUs, type }: Operation): string {
  const on = key === undefined ? '' : ` "${key}"`;
  const asked = value === undefined ? '' : ` ${JSON.stringify(value)}`;
  const told = output === undefined ? '' : ` → ${JSON.stringify(output)}`;
  const called = `called at ${seconds(callUs ?? 0)}`;
  const ended =
    type === 'ok' && returnUs != null
      ? called
      : type === 'fail'
        ? `${called}, refused`
        : 'nobody knows whether it took effect';
  return `${client ?? 'a client'}: ${f}${on}${asked}${told} (${ended})`;
}

export const seconds = (us: number): string => `${(us / 1_000_000).toFixed(3)} s`;
