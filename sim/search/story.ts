/** Tells a broken run: what was promised, what happened on the way, what was seen. From data, then in words. */
import type { Operation, Violation } from '../check/index.ts';
import type { TraceEvent } from '../kernel/trace.ts';
import { causalPast } from './causes.ts';
import { beganText, endedText } from './fault-words.ts';
import type { FullRecord, Outcome, Story, StorySentence } from './outcome.ts';
import type { Necessity } from './shrink/shrink.ts';

const sentencesMax = 12;
/** Of the operations that contradict each other, so many are told. */
const operationsMax = 5;
/** Events longer ago than this before the violation count for little. */
const recentUs = 4_000_000;

interface Candidate extends StorySentence {
  /** The place in the trace: several things happen at one time. */
  readonly seq: number;
  readonly score: number;
}

export interface Telling {
  /** What the broken check promises, in words: its line in the catalogue. */
  readonly promise?: string;
  /** Which faults of a shrunk run it takes: they are told whatever else is left out. */
  readonly necessity?: readonly Necessity[];
}

/**
 * Tells the first violation of an outcome that was recorded in full, in the order of time, the violation last. Told are
 * the operations in evidence, the faults that are known to be necessary, other faults, and what hosts said of
 * themselves, if it could have had an influence; of those the ones that concern the hosts and terms in evidence come
 * first, then the latest.
 * @returns undefined if nothing broke or nothing was recorded
 */
export function tellStory(outcome: Outcome, telling: Telling = {}): Story | undefined {
  const violation = outcome.violations[0];
  if (violation === undefined || outcome.full === undefined) return undefined;
  const inEvidence = operationsIn(violation).slice(-operationsMax);
  const seenUs = Math.max(
    violation.atUs ?? outcome.virtualUs,
    ...inEvidence.map(({ callUs, returnUs }) => returnUs ?? callUs ?? 0),
  );
  const trace = outcome.full.trace.filter(({ atUs }) => atUs <= seenUs);
  const witnesses = witnessesOf(violation);
  const operations = inEvidence.map(operationSentence);
  const needed = neededEvents(trace, outcome.full, telling.necessity ?? []);
  const told = candidates(trace, witnesses, seenUs, endsOf(trace, inEvidence), needed)
    .sort((left, right) => right.score - left.score)
    .slice(0, sentencesMax - 1 - operations.length);
  const sentences = [
    ...told,
    ...operations.map((sentence) => ({ ...sentence, seq: Number.POSITIVE_INFINITY })),
  ].sort(
    (left, right) => left.atUs - right.atUs || (left.seq < right.seq ? -1 : left.seq > right.seq ? 1 : 0),
  );
  const promised = violation.check.replaceAll('-', ' ');
  return {
    check: violation.check,
    ...(telling.promise !== undefined && { promise: telling.promise }),
    headline: `${promised} was promised, and broken at ${seconds(seenUs)}`,
    sentences: [
      ...sentences.map(({ atUs, kind, text }) => ({ atUs, kind, text })),
      { atUs: seenUs, kind: 'violation', text: violation.message },
    ],
  };
}

/** Kills may come so much later than they were decided: between two effects. */
const doomUs = 100_000;

/** The events that tell of necessary faults: when they began; of kills, when hosts died. By their place in the trace. */
function neededEvents(
  trace: readonly TraceEvent[],
  { faults }: FullRecord,
  necessity: readonly Necessity[],
): ReadonlySet<number> {
  const found = new Set<number>();
  const isNeeded = (label: string | undefined) =>
    necessity.some((needed) => needed.isNeeded && needed.line.label === label);
  // Faults began in the order in which they are traced.
  const begun = trace.filter(({ type }) => type === 'fault');
  for (const [index, { label, fault }] of faults.entries()) {
    const began = begun[index];
    if (began === undefined || !isNeeded(label)) continue;
    found.add(began.seq);
    if (fault.kind !== 'kill') continue;
    const targets = fault.targets as readonly string[];
    for (const { seq, type, host = '', atUs } of trace) {
      const isOfFault = seq > began.seq && atUs <= began.atUs + doomUs && targets.includes(host);
      if (type === 'kill' && isOfFault) found.add(seq);
    }
  }
  return found;
}

/** The events that show the violation: the end of the trace, and the ends of the operations in evidence. */
function endsOf(trace: readonly TraceEvent[], operations: readonly Operation[]): number[] {
  const last = trace.at(-1);
  const ends = trace.filter(
    ({ type, host, atUs }) =>
      type === 'operation' && operations.some(({ client, returnUs }) => client === host && returnUs === atUs),
  );
  return (operations.length > 0 || last === undefined ? ends : [last]).map(({ event }) => event);
}

function candidates(
  trace: readonly TraceEvent[],
  witnesses: Witnesses,
  seenUs: number,
  ends: readonly number[],
  needed: ReadonlySet<number>,
): Candidate[] {
  const past = causalPast(trace, ends);
  const found: Candidate[] = [];
  for (const event of trace) {
    const isNeeded = needed.has(event.seq);
    if (event.host !== undefined && !past.has(event.event) && !isNeeded) continue;
    const sentence = sentenceOf(event);
    if (sentence === undefined) continue;
    const { detail = {} } = event;
    const concerns =
      witnesses.hosts.has(event.host ?? '') ||
      Object.values(detail).some((value) => typeof value === 'string' && mentions(value, witnesses.hosts));
    const isOfTerm = witnesses.terms.has(Number(detail.term));
    const recency = Math.max(0, 1 - (seenUs - event.atUs) / recentUs);
    const score =
      sentence.weight + (concerns ? 2 : 0) + (isOfTerm ? 3 : 0) + 3 * recency + (isNeeded ? neededScore : 0);
    found.push({ atUs: event.atUs, seq: event.seq, kind: kinds[event.type]!, text: sentence.text, score });
  }
  return found;
}

/** Above all that is not necessary. */
const neededScore = 100;

const kinds: Readonly<Record<string, NonNullable<StorySentence['kind']>>> = {
  fault: 'fault',
  kill: 'fault',
  heal: 'heal',
  boot: 'heal',
  halt: 'host',
  log: 'host',
};

/** The hosts and terms that a violation's evidence names. */
interface Witnesses {
  readonly hosts: ReadonlySet<string>;
  readonly terms: ReadonlySet<number>;
}

function witnessesOf({ evidence, message }: Violation): Witnesses {
  const hosts = new Set(message.match(/\b[a-z]+\d+\b/g) ?? []);
  const terms = new Set<number>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'number' && (key === 'term' || key === 'epoch')) terms.add(value);
    else if (typeof value === 'string' && key === 'host') hosts.add(value);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value)) visit(part, name);
    }
  };
  visit(evidence, '');
  return { hosts, terms };
}

const mentions = (text: string, hosts: ReadonlySet<string>): boolean =>
  (text.match(/\b[a-z]+\d+\b/g) ?? []).some((name) => hosts.has(name));

/** The operations that contradict each other, of a history that no model explains. */
function operationsIn({ evidence }: Violation): readonly Operation[] {
  const { core } = (evidence ?? {}) as { core?: readonly Operation[] };
  return Array.isArray(core) ? core : [];
}

function operationSentence({
  client,
  f,
  key,
  value,
  output,
  callUs,
  returnUs,
  type,
}: Operation): StorySentence {
  const on = key === undefined ? '' : ` "${key}"`;
  const asked = value === undefined ? '' : ` ${JSON.stringify(value)}`;
  const told = output === undefined ? '' : ` → ${JSON.stringify(output)}`;
  const ended =
    type === 'ok' && returnUs != null
      ? `called at ${seconds(callUs ?? 0)}`
      : 'nobody knows whether it took effect';
  return {
    atUs: returnUs ?? callUs ?? 0,
    kind: 'operation',
    text: `${client ?? 'a client'}: ${f}${on}${asked}${told} (${ended})`,
  };
}

/** Faults weigh most, then what changes who leads, then the rest. */
function sentenceOf({ type, host, detail = {} }: TraceEvent): { text: string; weight: number } | undefined {
  switch (type) {
    case 'fault':
      // A kill is told when it happens, which may be later than it was decided.
      if (detail.kind === 'kill') return undefined;
      return { text: beganText(String(detail.kind), String(detail.text)), weight: 3 };
    case 'heal':
      if (detail.kind === 'kill') return undefined;
      return { text: endedText(String(detail.kind), String(detail.text)), weight: 0.5 };
    case 'kill': {
      const lost = Number(detail.changesLost);
      if (detail.storage === 'wipe') {
        return { text: `${host} was killed, and came to have an empty disk`, weight: 3 };
      }
      const what = lost === 0 ? '' : ` and lost ${lost} unsynced change${lost === 1 ? '' : 's'} of its disk`;
      return { text: `${host} was killed${what}`, weight: lost === 0 ? 2 : 3 };
    }
    case 'halt':
      return { text: `${host} ended by the error of its disk: ${String(detail.error)}`, weight: 3 };
    case 'boot':
      return Number(detail.incarnation) > 1 ? { text: `${host} came back`, weight: 1.5 } : undefined;
    case 'log': {
      const weight = /elected|down|granted/.test(String(detail.event)) ? 2 : 0.5;
      return { text: logText(host ?? '', detail), weight };
    }
    default:
      return undefined;
  }
}

function logText(host: string, { event, ...detail }: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(detail).map(([name, value]) => `${name} ${String(value)}`);
  return `${host}: ${String(event)}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}

const seconds = (us: number): string => `${(us / 1_000_000).toFixed(3)} s`;
