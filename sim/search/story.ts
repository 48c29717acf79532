/** Tells a broken run: what was promised, what happened on the way, what was seen. From data, then in words. */
import { type Operation, type Violation, witnessesOf as witnessesIn } from '../check/index.ts';
import type { Tape } from '../kernel/choices.ts';
import type { TraceEvent } from '../kernel/trace.ts';
import type { TimedFault } from '../world/spec.ts';
import { causalPast } from './causes.ts';
import type { FullRecord, Outcome, Story, StorySentence } from './outcome.ts';
import type { Necessity } from './shrink/shrink.ts';
import { operationText, packetText, seconds, sentenceOf } from './story-sentences.ts';

const sentencesMax = 12;
/** Of the operations that contradict each other, so many are told. */
const operationsMax = 5;
/** Of a run with more operations only those are told that have to do with what was seen. */
const fewOperations = 20;
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
  /** Of a shrunk run: which faults it takes. They are told whatever else is left out. */
  readonly necessity?: readonly Necessity[];
  /** Of a shrunk run: the draws that matter; packets that they lose or double are told. */
  readonly draws?: Tape;
}

/**
 * Tells the first violation of an outcome that was recorded in full, in the order of time, the violation last. Told are
 * the operations in evidence, the faults that are known to be necessary, other faults, further operations, and what
 * hosts said of themselves, if it could have had an influence; of those the ones that concern the hosts and terms in
 * evidence come first, and what happened between the operations in evidence to hosts that these reached; then the latest.
 * @returns undefined if nothing broke or nothing was recorded
 */
export function tellStory(outcome: Outcome, telling: Telling = {}): Story | undefined {
  const violation = outcome.violations[0];
  const { full } = outcome;
  if (violation === undefined || full === undefined) return undefined;
  // What happened to them after the violation was seen adds nothing to it.
  const judged = witnessesIn(violation)
    .map(({ operation }) => operation)
    .filter(({ callUs }) => (callUs ?? 0) <= (violation.atUs ?? outcome.virtualUs));
  const witnesses = witnessesOf(violation);
  const inEvidence = (judged.length > 0 ? judged : named(full.history, witnesses)).slice(-operationsMax);
  const seenUs = Math.max(
    violation.atUs ?? outcome.virtualUs,
    ...inEvidence.map(({ callUs, returnUs }) => returnUs ?? callUs ?? 0),
  );
  const trace = full.trace.filter(({ atUs }) => atUs <= seenUs);
  const scene: Scene = {
    trace,
    full,
    seenUs,
    telling,
    inEvidence,
    isCore: violation.evidence !== undefined && 'core' in violation.evidence,
    witnesses,
    past: causalPast(trace, endsOf(trace, judged.length > 0 ? inEvidence : [], violation)),
    reach: reachOf(trace, inEvidence, seenUs),
  };
  const found = [...eventCandidates(scene), ...operationCandidates(scene), ...packetCandidates(scene)];
  const sentences = found
    .sort((left, right) => right.score - left.score)
    .slice(0, sentencesMax - 1)
    .sort((left, right) => left.atUs - right.atUs || left.seq - right.seq);
  const promised = violation.check.replaceAll('-', ' ');
  return {
    check: violation.check,
    ...(telling.promise !== undefined && { promise: telling.promise }),
    headline: `${promised} was promised, and broken at ${seconds(seenUs)}`,
    sentences: [
      ...sentences.map(({ atUs, kind, text }) => ({ atUs, ...(kind !== undefined && { kind }), text })),
      { atUs: seenUs, kind: 'violation', text: violation.message },
    ],
  };
}

/** What a story is chosen from. */
interface Scene {
  readonly trace: readonly TraceEvent[];
  readonly full: FullRecord;
  readonly seenUs: number;
  readonly telling: Telling;
  readonly inEvidence: readonly Operation[];
  /** Whether these contradict each other whatever else there was. */
  readonly isCore: boolean;
  readonly witnesses: Witnesses;
  /** The events that could have had an influence. */
  readonly past: ReadonlySet<number>;
  readonly reach: Reach;
}

/** What the operations in evidence had to do with. */
interface Reach {
  /** Their clients, and the hosts that exchanged packets with these while they went on. */
  readonly hosts: ReadonlySet<string>;
  /** From the first call to the last return; no time at all if there is no operation. */
  readonly fromUs: number;
  readonly untilUs: number;
}

/** Above all that is not necessary, or not in evidence; `near`: what happened between the operations in evidence. */
const score = { needed: 100, evidence: 50, near: 4 };

const recency = (scene: Scene, atUs: number): number => 3 * Math.max(0, 1 - (scene.seenUs - atUs) / recentUs);

/** The events that show the violation: the last ones of the hosts it names, or the ends of the operations in evidence. */
function endsOf(
  trace: readonly TraceEvent[],
  operations: readonly Operation[],
  { message }: Violation,
): number[] {
  if (operations.length > 0) {
    return trace
      .filter(
        ({ type, host, atUs }) =>
          type === 'operation' &&
          operations.some(({ client, returnUs }) => client === host && returnUs === atUs),
      )
      .map(({ event }) => event);
  }
  const hosts = new Set(hostsIn(message));
  const last = new Map<string, number>();
  for (const { host, event } of trace) {
    if (host !== undefined && hosts.has(host)) last.set(host, event);
  }
  const end = trace.at(-1);
  return end === undefined ? [] : [end.event, ...last.values()];
}

function reachOf(trace: readonly TraceEvent[], operations: readonly Operation[], seenUs: number): Reach {
  const times = operations.map(({ client = '', callUs, returnUs }) => ({
    client,
    fromUs: callUs ?? 0,
    untilUs: Math.min(returnUs ?? seenUs, seenUs),
  }));
  const hosts = new Set(times.map(({ client }) => client));
  for (const { type, atUs, detail } of trace) {
    if (type !== 'deliver') continue;
    const ends = [String(detail?.from), String(detail?.to)];
    const isOfOne = times.some(
      ({ client, fromUs, untilUs }) => ends.includes(client) && atUs >= fromUs && atUs <= untilUs,
    );
    if (isOfOne) for (const end of ends) hosts.add(end);
  }
  return {
    hosts,
    fromUs: Math.min(...times.map(({ fromUs }) => fromUs)),
    untilUs: Math.max(...times.map(({ untilUs }) => untilUs)),
  };
}

/** Of the faults of links nearly every one has to do with every operation: they are not told apart by it. */
const hostFaults = new Set(['kill', 'restart', 'pause', 'clock', 'disk', 'slow']);

/** Whether a fault struck a host that the operations in evidence reached, at a time between them. */
function isNear(
  { type, host = '', atUs, detail = {} }: TraceEvent,
  forUs: number,
  { reach }: Scene,
): boolean {
  const isOfHost = type === 'kill' || (type === 'fault' && hostFaults.has(String(detail.kind)));
  if (!isOfHost || atUs > reach.untilUs || atUs + forUs < reach.fromUs) return false;
  const struck = type === 'kill' ? [host] : hostsIn(String(detail.text));
  return struck.some((own) => reach.hosts.has(own));
}

function eventCandidates(scene: Scene): Candidate[] {
  const { trace, full, witnesses, past } = scene;
  const { faultOf, needed } = faultEvents(scene, full.faults);
  const found: Candidate[] = [];
  let [event, firstSeq] = [-1, 0];
  for (const told of trace) {
    if (told.event !== event) [event, firstSeq] = [told.event, told.seq];
    const isNeeded = needed.has(told.seq);
    if (told.host !== undefined && !past.has(told.event) && !isNeeded) continue;
    const line = faultOf.get(told.seq);
    const sentence = sentenceOf(told, line?.fault);
    if (sentence === undefined) continue;
    const { detail = {}, atUs } = told;
    const texts = Object.values(detail).filter((value) => typeof value === 'string');
    const concerns =
      witnesses.hosts.has(told.host ?? '') ||
      texts.some((value) => hostsIn(value).some((host) => witnesses.hosts.has(host)));
    const isNamed = texts.some((value) => value.length > 1 && witnesses.words.has(value));
    const isOfTerm = witnesses.terms.has(Number(detail.term));
    found.push({
      atUs,
      // What a fault does at once comes after it.
      seq: told.type === 'fault' ? firstSeq - 0.5 : told.seq,
      ...{ kind: sentence.kind, text: sentence.text },
      score:
        sentence.weight +
        (concerns ? 2 : 0) +
        (isNamed ? 2 : 0) +
        (isOfTerm ? 3 : 0) +
        (isNear(told, line?.forUs ?? 0, scene) ? score.near : 0) +
        recency(scene, atUs) +
        (isNeeded ? score.needed : 0),
    });
  }
  return found;
}

/** Kills may come so much later than they were decided: between two effects. */
const doomUs = 100_000;

/** Which fault an event tells of, and which events tell of necessary ones; of kills, when hosts died. */
function faultEvents({ trace, telling }: Scene, faults: readonly TimedFault[]) {
  const faultOf = new Map<number, TimedFault>();
  const needed = new Set<number>();
  const isNeeded = ({ label }: TimedFault) =>
    telling.necessity?.some((necessity) => necessity.isNeeded && necessity.line.label === label) === true;
  // Faults began in the order in which they are traced.
  const begun = trace.filter(({ type }) => type === 'fault');
  for (const [index, began] of begun.entries()) {
    const line = faults[index];
    if (line === undefined) continue;
    faultOf.set(began.seq, line);
    if (!isNeeded(line)) continue;
    needed.add(began.seq);
    if (line.fault.kind !== 'kill') continue;
    const targets = line.fault.targets as readonly string[];
    for (const { seq, type, host = '', atUs } of trace) {
      const isOfFault = atUs >= began.atUs && atUs <= began.atUs + doomUs && targets.includes(host);
      if (type === 'kill' && isOfFault) needed.add(seq);
    }
  }
  return { faultOf, needed };
}

/** Operations in evidence, and those that could have had an influence on what was seen. */
function operationCandidates(scene: Scene): Candidate[] {
  const { full, inEvidence, past, reach, witnesses, seenUs, trace } = scene;
  const isShrunk = scene.telling.necessity !== undefined && full.history.length <= fewOperations;
  const calls = new Map<string, TraceEvent>();
  for (const event of trace) {
    if (event.type === 'operation' && event.detail?.type === 'invoke') {
      calls.set(`${event.host} ${event.atUs}`, event);
    }
  }
  const isTold = ({ client, callUs }: Operation) =>
    inEvidence.some((own) => own.client === client && own.callUs === callUs);
  const others = full.history.filter((operation) => {
    const { client = '', key, output, callUs = 0 } = operation;
    if (isTold(operation) || callUs > seenUs) return false;
    const call = calls.get(`${client} ${callUs}`);
    if (call === undefined || !past.has(call.event)) return false;
    if (isShrunk) return true;
    // What contradicts each other says enough, where others are many.
    if (scene.isCore) return false;
    const isOfWitness = witnesses.hosts.has(client) && (key === undefined || witnesses.words.has(key));
    return isOfWitness || isSeen(witnesses, output);
  });
  // Where operations have no key, all of them would be near.
  const isNearby = (key: string | undefined, atUs: number) =>
    key !== undefined && atUs >= reach.fromUs && atUs <= reach.untilUs;
  const candidate = (operation: Operation, weight: number): Candidate => {
    const { returnUs, callUs, client } = operation;
    // What came back after the violation was under way when it was seen.
    const atUs = returnUs != null && returnUs <= seenUs ? returnUs : (callUs ?? 0);
    const concerns = witnesses.hosts.has(client ?? '') ? 2 : 0;
    return {
      ...{ atUs, kind: 'operation', text: operationText(operation), seq: Number.MAX_SAFE_INTEGER },
      score: weight + concerns + (isNearby(operation.key, atUs) ? score.near : 0) + recency(scene, atUs),
    };
  };
  return [
    ...inEvidence.map((operation) => candidate(operation, score.evidence)),
    ...others.map((operation) => candidate(operation, isSeen(witnesses, operation.output) ? 4 : 1)),
  ];
}

/** An answer that the violation quotes: an identifier that was given out twice. */
const isSeen = ({ words }: Witnesses, output: unknown): boolean =>
  (typeof output === 'string' || typeof output === 'number') &&
  String(output).length > 2 &&
  words.has(String(output));

/** A packet that is under way for so many times the middle latency is late. */
const lateTimes = 3;

/** Packets that draws that matter lost, doubled, or kept under way for longer than most. */
function packetCandidates(scene: Scene): Candidate[] {
  const { draws } = scene.telling;
  if (draws === undefined) return [];
  const found: Candidate[] = [];
  const lateUs = lateTimes * medianDelayUs(scene.trace);
  for (const { event, ordinal, underWayUs } of packetsOf(scene.trace)) {
    const { type, detail = {}, atUs, seq } = event;
    const label = `${String(detail.from)}>${String(detail.to)} ${String(detail.kind)} ${packetFamilies[type]}`;
    if (draws.get(label)?.get(ordinal) === undefined) continue;
    if (type === 'lost' ? detail.why !== 'lost' : type === 'deliver' && underWayUs < lateUs) continue;
    const text = packetText(event, underWayUs);
    const weight = type === 'deliver' ? 1 : 4;
    found.push({ atUs, seq, kind: 'fault', text, score: weight + recency(scene, atUs) });
  }
  return found;
}

const packetFamilies: Readonly<Record<string, string>> = {
  lost: 'loss',
  duplicated: 'duplicate',
  deliver: 'delay',
};

/** What became of packets, each with its number among those of its kind on its link, in the order of sending, from 0. */
function packetsOf(trace: readonly TraceEvent[]) {
  const sentAtUs = new Map<number, number>();
  const links = new Map<string, { event: TraceEvent; sent: number; underWayUs: number }[]>();
  for (const event of trace) {
    if (!sentAtUs.has(event.event)) sentAtUs.set(event.event, event.atUs);
    if (packetFamilies[event.type] === undefined) continue;
    const { from, to, kind, why } = event.detail ?? {};
    // What a link loses or doubles it does at once; everything else happens on arrival.
    const isAtOnce = event.type === 'duplicated' || why === 'lost';
    const sent = isAtOnce ? event.event : event.cause;
    const link = `${String(from)} ${String(to)} ${String(kind)}`;
    const underWayUs = event.atUs - (sentAtUs.get(sent) ?? event.atUs);
    links.set(link, [...(links.get(link) ?? []), { event, sent, underWayUs }]);
  }
  return [...links.values()].flatMap((packets) => {
    const order = [...new Set(packets.map(({ sent }) => sent))].sort((left, right) => left - right);
    return packets.map((packet) => ({ ...packet, ordinal: order.indexOf(packet.sent) }));
  });
}

function medianDelayUs(trace: readonly TraceEvent[]): number {
  const delays = packetsOf(trace)
    .filter(({ event }) => event.type === 'deliver')
    .map(({ underWayUs }) => underWayUs)
    .sort((left, right) => left - right);
  return delays[Math.floor(delays.length / 2)] ?? 0;
}

/** What a violation names. */
interface Witnesses {
  readonly hosts: ReadonlySet<string>;
  readonly terms: ReadonlySet<number>;
  readonly timesUs: ReadonlySet<number>;
  /** Everything that its message quotes, or says in one word. */
  readonly words: ReadonlySet<string>;
}

function witnessesOf({ evidence, message }: Violation): Witnesses {
  const hosts = new Set(hostsIn(message));
  const terms = new Set<number>();
  const timesUs = new Set<number>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'number' && (key === 'term' || key === 'epoch')) terms.add(value);
    else if (typeof value === 'number' && key.endsWith('Us')) timesUs.add(value);
    else if (typeof value === 'string' && key === 'host') hosts.add(value);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value)) visit(part, name);
    }
  };
  visit(evidence, '');
  const words = new Set(message.split(/[\s",;:()]+/).filter((word) => word !== ''));
  for (const [, quoted = ''] of message.matchAll(/"([^"]+)"/g)) words.add(quoted);
  return { hosts, terms, timesUs, words };
}

const hostsIn = (text: string): readonly string[] => text.match(/\b[a-z]+\d+\b/g) ?? [];

/** Operations of clients that a violation names, if they returned at a time that it names: both acquired the lock. */
const named = (history: readonly Operation[], { hosts, timesUs }: Witnesses): readonly Operation[] =>
  history.filter(({ client = '', returnUs }) => hosts.has(client) && timesUs.has(returnUs ?? -1));
