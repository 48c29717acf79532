/** Tells a broken run: what was promised, what happened on the way, what was seen. From data, then in words. */
import type { Violation } from '../check/index.ts';
import type { TraceEvent } from '../kernel/trace.ts';
import type { Outcome, Story, StorySentence } from './outcome.ts';

const sentencesMax = 12;

/**
 * Tells the first violation of an outcome that was recorded in full. Only events that could have had an influence on
 * it are told: faults, and what the hosts in its causal past said of themselves.
 * @returns undefined if nothing broke or nothing was recorded
 */
export function tellStory(outcome: Outcome): Story | undefined {
  const violation = outcome.violations[0];
  if (violation === undefined || outcome.full === undefined) return undefined;
  const { trace } = outcome.full;
  const past = causalPast(trace);
  const told: (StorySentence & { readonly weight: number })[] = [];
  for (const event of trace) {
    if (event.host !== undefined && !past.has(event.event)) continue;
    const sentence = sentenceOf(event);
    if (sentence !== undefined) told.push({ atUs: event.atUs, ...sentence });
  }
  const last: StorySentence = { atUs: violation.atUs ?? outcome.virtualUs, text: violation.message };
  const kept = mostTelling(told, sentencesMax - 1).map(({ atUs, text }) => ({ atUs, text }));
  return { headline: headlineOf(violation), sentences: [...kept, last] };
}

function headlineOf({ check }: Violation): string {
  return `${check.replaceAll('-', ' ')} was promised`;
}

/**
 * The numbers of the events that could have influenced the last one: along each host's own order, and from the event
 * that sent a packet or set a timer to the one that it caused.
 */
function causalPast(trace: readonly TraceEvent[]): ReadonlySet<number> {
  const hostOf = new Map<number, string>();
  const causeOf = new Map<number, number>();
  const eventsOn = new Map<string, number[]>();
  for (const { event, cause, host } of trace) {
    causeOf.set(event, cause);
    if (host === undefined || hostOf.has(event)) continue;
    hostOf.set(event, host);
    const list = eventsOn.get(host) ?? [];
    eventsOn.set(host, list);
    list.push(event);
  }
  const lastEvent = trace.at(-1)?.event;
  const past = new Set<number>();
  /** Up to which of its events each host belongs to the past. */
  const reached = new Map<string, number>();
  const open = lastEvent === undefined ? [] : [lastEvent];
  for (let event = open.pop(); event !== undefined; event = open.pop()) {
    if (past.has(event)) continue;
    past.add(event);
    const cause = causeOf.get(event);
    if (cause !== undefined && cause >= 0) open.push(cause);
    const host = hostOf.get(event);
    if (host === undefined || event <= (reached.get(host) ?? -1)) continue;
    const before = reached.get(host) ?? -1;
    reached.set(host, event);
    for (const earlier of eventsOn.get(host) ?? [])
      if (earlier > before && earlier < event) open.push(earlier);
  }
  return past;
}

/** Faults weigh most, then what changes who leads, then the rest. */
function sentenceOf(event: TraceEvent): { text: string; weight: number } | undefined {
  const { type, host, detail = {} } = event;
  switch (type) {
    case 'fault':
      return { text: faultText(String(detail.kind), String(detail.text)), weight: 3 };
    case 'heal':
      return { text: healText(String(detail.kind), String(detail.text)), weight: 2 };
    case 'kill': {
      const lost = Number(detail.changesLost);
      const what = lost === 0 ? '' : ` and lost ${lost} unsynced change${lost === 1 ? '' : 's'} of its disk`;
      return { text: `${host} was killed${what}`, weight: 3 };
    }
    case 'boot':
      return Number(detail.incarnation) > 1 ? { text: `${host} came back`, weight: 2 } : undefined;
    case 'log':
      return {
        text: logText(host ?? '', detail),
        weight: /elect|lead|step/.test(String(detail.event)) ? 2 : 1,
      };
    default:
      return undefined;
  }
}

function faultText(kind: string, text: string): string {
  switch (kind) {
    case 'partition':
      return `the network was split: ${text}`;
    case 'packet':
      return `${text} became unreliable`;
    case 'kill':
      return `${text} was to be killed`;
    case 'pause':
      return `${text} was paused`;
    default:
      return `the clock of ${text} was moved`;
  }
}

function healText(kind: string, text: string): string {
  switch (kind) {
    case 'partition':
      return `the split ${text} healed`;
    case 'packet':
      return `${text} became reliable again`;
    case 'kill':
      return `${text} was started again`;
    case 'pause':
      return `${text} went on`;
    default:
      return `the clock of ${text} was moved back`;
  }
}

function logText(host: string, { event, ...detail }: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(detail).map(([name, value]) => `${name} ${String(value)}`);
  return `${host}: ${String(event)}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}

/** The latest of the weightiest, in order of time. */
function mostTelling<T extends { readonly weight: number }>(told: readonly T[], most: number): T[] {
  const ranked = told
    .map((sentence, index) => ({ index, rank: index + told.length * 0.25 * (sentence.weight - 1) }))
    .sort((left, right) => right.rank - left.rank)
    .slice(0, most)
    .sort((left, right) => left.index - right.index);
  return ranked.map(({ index }) => told[index]!);
}
