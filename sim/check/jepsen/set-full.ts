/**
 * What became of every element that was added to a set, as Jepsen's `set-full` asks: an element is *known* from the
 * moment its add was acknowledged or a read showed it. Known elements may not vanish, and, if the set is to be
 * linearizable, may not be missing from any later read.
 */
import {
  asker,
  assertWellFormed,
  calledAt,
  type History,
  HistoryError,
  type Operation,
  returnedAt,
} from '../history.ts';
import { canonical, counted, show } from '../plain.ts';
import { broken, held, unknown, type Verdict, type Violation } from '../verdict.ts';

export interface SetFullOptions {
  /** Whether a read that misses a known element is a violation even if later reads show it; by default it is not. */
  readonly linearizable?: boolean;
}

export type SetFullVerdict = Verdict & {
  readonly operations: number;
  /** How many elements were tried; `stable` are those the last reads show, `stale` those among them that a read missed. */
  readonly attempted: number;
  readonly stable: number;
  readonly stale: number;
  readonly lost: number;
  /** Acknowledged or not, no read that began after they were known says anything about them. */
  readonly neverRead: number;
  /** Read though never added, or though the add had failed. */
  readonly unexpected: number;
  /** Shown twice by one read. */
  readonly duplicated: number;
};

/** One element and the operations that tell its fate. */
export interface ElementEvidence {
  readonly element: unknown;
  readonly add: Operation | null;
  /** What made it known: its add, or the first read that showed it. */
  readonly knownBy: Operation | null;
  readonly lastPresent: Operation | null;
  readonly lastAbsent: Operation | null;
}

interface Fate {
  readonly element: unknown;
  add?: Operation;
  knownBy?: Operation;
  lastPresent?: Operation;
  lastAbsent?: Operation;
}

const violationsMax = 20;

/**
 * `add` has the element as its value, `read` the list of all elements as its output. A history in which no element
 * proved stable is unknown.
 * @throws HistoryError if there is another function, an element is added twice, or a read has no list
 */
export function setFull(history: History, options: SetFullOptions = {}): SetFullVerdict {
  assertWellFormed(history);
  const fates = new Map<string, Fate>();
  const reads: { operation: Operation; elements: Set<string> }[] = [];
  const violations: Violation[] = [];
  let duplicated = 0;
  for (const [at, operation] of history.entries()) addOf(operation, at, fates);
  const attempted = fates.size;
  history.forEach((operation, at) => {
    if (operation.f !== 'read' || operation.type !== 'ok') return;
    const list = listOf(operation, at);
    const elements = new Set<string>();
    for (const element of list) {
      const name = canonical(element);
      if (elements.has(name)) {
        duplicated++;
        violations.push(
          violation(`${show(element)} is in one read twice`, operation, { element, operation }),
        );
      }
      elements.add(name);
      if (!fates.has(name)) fates.set(name, { element });
    }
    reads.push({ operation, elements });
  });
  follow(fates, reads);

  const count = { stable: 0, stale: 0, lost: 0, neverRead: 0, unexpected: 0 };
  for (const fate of fates.values()) {
    const judged = judgedFate(fate);
    count[judged === 'stale' ? 'stable' : judged]++;
    if (judged === 'stale') count.stale++;
    if (judged === 'stale' ? options.linearizable !== true : judged === 'stable' || judged === 'neverRead') {
      continue;
    }
    violations.push(violation(sentence(judged, fate), witness(judged, fate), evidenceOf(fate)));
  }
  const counts = { operations: history.length, attempted, ...count, duplicated };
  if (violations.length > 0) return { ...broken(...violations.slice(0, violationsMax)), ...counts };
  if (count.stable === 0) {
    const why = `none of ${counted(attempted, 'element')} was seen by a read after it was known`;
    return { ...unknown(why), ...counts };
  }
  return { ...held, ...counts };
}

function addOf(operation: Operation, at: number, fates: Map<string, Fate>): void {
  if (operation.f === 'read') return;
  const wrong = (what: string): HistoryError =>
    new HistoryError(`operation ${at + 1} (${operation.f}): ${what}`);
  if (operation.f !== 'add') throw wrong('set-full knows add and read, not this');
  const name = canonical(operation.value);
  if (fates.has(name)) throw wrong(`${show(operation.value)} was added before; add every element once`);
  const known = operation.type === 'ok' ? { knownBy: operation } : {};
  fates.set(name, { element: operation.value, add: operation, ...known });
}

function listOf({ output }: Operation, at: number): readonly unknown[] {
  if (output === null || output === undefined) return [];
  if (Array.isArray(output)) return output;
  throw new HistoryError(`operation ${at + 1} (read): its output ${show(output)} should be a list`);
}

/**
 * Finds what made each element known, and the last reads with and without it. From the last read backwards only
 * elements that all later reads showed are still looked for, so the work is bounded by what was read.
 */
function follow(fates: Map<string, Fate>, reads: { operation: Operation; elements: Set<string> }[]): void {
  const knownAt = (fate: Fate): number =>
    (fate.knownBy?.return as number | undefined) ?? Number.POSITIVE_INFINITY;
  const presentUntil = (fate: Fate): number => fate.lastPresent?.return ?? Number.NEGATIVE_INFINITY;
  for (const { operation, elements } of reads) {
    for (const name of elements) {
      const fate = fates.get(name)!;
      if (returnOf(operation) < knownAt(fate)) fate.knownBy = operation;
      // Reads that were under way at once may take effect in either order: what counts is which returned last.
      if (returnOf(operation) > presentUntil(fate)) fate.lastPresent = operation;
    }
  }
  const backwards = [...reads].sort((left, right) => right.operation.call - left.operation.call);
  let present = [...fates.keys()];
  for (const { operation, elements } of backwards) {
    present = present.filter((name) => {
      if (elements.has(name)) return true;
      fates.get(name)!.lastAbsent = operation;
      return false;
    });
  }
}

type Judged = 'stable' | 'stale' | 'lost' | 'neverRead' | 'unexpected';

function judgedFate({ add, knownBy, lastPresent, lastAbsent }: Fate): Judged {
  if (lastPresent !== undefined && (add === undefined || add.type === 'fail')) return 'unexpected';
  if (lastPresent !== undefined && returnOf(knownBy!) < add!.call) return 'unexpected';
  const missedKnown = (read: Operation): boolean => (knownBy!.return as number) < read.call;
  const wasMissed = knownBy !== undefined && lastAbsent !== undefined && missedKnown(lastAbsent);
  if (wasMissed && (lastPresent === undefined || returnOf(lastPresent) < lastAbsent.call)) return 'lost';
  if (lastPresent === undefined) return 'neverRead';
  return wasMissed ? 'stale' : 'stable';
}

const returnOf = (operation: Operation): number => operation.return as number;

function sentence(judged: Judged, fate: Fate): string {
  const name = show(fate.element);
  if (judged === 'unexpected') {
    const read = witness(judged, fate);
    const why = fate.add === undefined ? 'nobody ever added it' : reproach(fate.add);
    return `${name} was read by ${asker(read)} at ${returnedAt(read)}, but ${why}`;
  }
  const how = fate.knownBy === fate.add ? 'its add was acknowledged' : 'a read had shown it';
  const known = `${how} at ${returnedAt(fate.knownBy!)}`;
  const missed = `a read by ${asker(fate.lastAbsent!)} that returned at ${returnedAt(fate.lastAbsent!)}`;
  if (judged === 'stale')
    return `${name} was missing from ${missed}, although ${known}; later reads show it again`;
  return `${name} was lost: ${known}, but ${missed} did not show it, and neither did any later one`;
}

function reproach(add: Operation): string {
  return add.type === 'fail' ? 'its add had failed' : `it was added only later, at ${calledAt(add)}`;
}

function witness(judged: Judged, { add, knownBy, lastPresent, lastAbsent }: Fate): Operation {
  if (judged !== 'unexpected') return lastAbsent as Operation;
  return (knownBy === add ? lastPresent : knownBy) as Operation;
}

function evidenceOf({ element, add, knownBy, lastPresent, lastAbsent }: Fate): ElementEvidence {
  return {
    element,
    add: add ?? null,
    knownBy: knownBy ?? null,
    lastPresent: lastPresent ?? null,
    lastAbsent: lastAbsent ?? null,
  };
}

function violation(message: string, { returnUs }: Operation, evidence: object): Violation {
  const atUs = returnUs === undefined || returnUs === null ? {} : { atUs: returnUs };
  return { check: 'set-full', message, ...atUs, evidence };
}
