/**
 * Bounded staleness: how far behind a read may be, in versions and in time (Bailis et al., *Probabilistically Bounded
 * Staleness for Practical Partial Quorums*, VLDB 2012, §3: ⟨k, t⟩-staleness).
 */
import { asker, assertWellFormed, deed, type History, type Operation, partitioned } from '../history.ts';
import { assertUnderstood, kv } from '../models/index.ts';
import { canonical, counted, show, showUs } from '../plain.ts';
import { broken, held, unknown, type Verdict, type Violation } from '../verdict.ts';
import { atUsOf, ofKey, readBy, writtenBy } from './registers.ts';

export interface StalenessOptions {
  /** How many versions a read may be behind, plus one: with 1 it returns the newest value. */
  readonly versions: number;
  /** A newer version counts from this long after its write returned, in virtual microseconds. */
  readonly withinUs: number;
  readonly initial?: unknown;
}

const name = 'bounded-staleness';
const violationsMax = 5;

/**
 * A read that returns a value must not miss `versions` or more newer ones: writes that were called after that value's
 * write had returned, and that had returned `withinUs` before the read was called. Every read is judged by itself, so
 * this is weaker than k-atomicity, and with one version and no time it is a regular register (Lamport, *On
 * Interprocess Communication*, 1986), in which two reads may see concurrent writes in different orders.
 *
 * A value that was written several times is taken to be as fresh as it can be. Without virtual times positions are
 * taken as microseconds. Takes time n log n.
 * @throws HistoryError if the history is malformed or has other functions than reads, writes, deletes and cas
 */
export function boundedStaleness(history: History, options: StalenessOptions): Verdict {
  assertWellFormed(history);
  assertUnderstood(kv, history);
  const violations: Violation[] = [];
  let reads = 0;
  for (const part of partitioned(history, (operation) => operation.key).values()) {
    reads += judgeKey(part, options, violations);
  }
  if (violations.length > 0) return broken(...violations.slice(0, violationsMax));
  return reads > 0 ? held : unknown('no read succeeded, so there was nothing to judge');
}

/** When a write's value can have been stored first, and until when nothing newer is certain. */
interface Source {
  readonly call: number;
  readonly return: number;
  readonly operation: Operation | undefined;
}

const calledUs = ({ callUs, call }: Operation): number => callUs ?? call;
const returnedUs = (operation: Operation): number => (operation.returnUs ?? operation.return) as number;

function judgeKey(part: readonly Operation[], options: StalenessOptions, violations: Violation[]): number {
  const { versions, withinUs, initial = null } = options;
  const sources = sourcesIn(part, initial);
  // What is certain to have been stored, by return; concurrent writes may return in any order.
  const stored = part
    .filter((operation) => operation.type === 'ok' && writtenBy(operation) !== undefined)
    .sort((left, right) => (left.return as number) - (right.return as number));
  const newer = new CallsAbove(stored);
  const reads = part
    .map((operation) => ({ operation, read: readBy(operation) }))
    .filter((one): one is { operation: Operation; read: { value: unknown } } => one.read !== undefined)
    .sort((left, right) => left.operation.call - right.operation.call);
  let counts = 0;
  for (const { operation, read } of reads) {
    // Reads come by call and writes by return, so what counts for one read counts for the next.
    while (counts < stored.length && isOver(stored[counts], operation, withinUs)) newer.add(counts++);
    const source = freshest(sources.get(canonical(read.value)), operation);
    if (typeof source === 'string') {
      violations.push({
        check: name,
        message: `${asker(operation)}'s ${ofKey(operation)} read a value out of thin air: ${source} ${show(read.value)}`,
        ...atUsOf(operation),
        evidence: { rule: 'thin-air read', operations: [operation] },
      });
      continue;
    }
    const missed = newer.count(source.return);
    if (missed >= versions && violations.length < violationsMax) {
      violations.push(staleRead(operation, source, stored.slice(0, counts), missed, options));
    }
  }
  return reads.length;
}

function isOver(write: Operation, read: Operation, withinUs: number): boolean {
  if ((write.return as number) >= read.call) return false;
  return withinUs === 0 || returnedUs(write) + withinUs < calledUs(read);
}

function sourcesIn(part: readonly Operation[], initial: unknown): Map<string, Source[]> {
  const sources = new Map<string, Source[]>();
  const beginning = {
    call: Number.NEGATIVE_INFINITY,
    return: Number.NEGATIVE_INFINITY,
    operation: undefined,
  };
  sources.set(canonical(initial), [beginning]);
  for (const operation of part) {
    const written = writtenBy(operation);
    if (written === undefined || operation.type === 'fail') continue;
    const returned = operation.type === 'ok' ? (operation.return as number) : Number.POSITIVE_INFINITY;
    const source = { call: operation.call, return: returned, operation };
    const value = canonical(written.value);
    const known = sources.get(value);
    if (known === undefined) sources.set(value, [source]);
    else known.push(source);
  }
  for (const [value, written] of sources) {
    if (written.length === 1) continue;
    written.sort((left, right) => left.call - right.call);
    // Each stands for the freshest so far.
    const best: Source[] = [];
    for (const source of written) {
      const last = best[best.length - 1];
      best.push(last === undefined || last.return < source.return ? source : { ...last, call: source.call });
    }
    sources.set(value, best);
  }
  return sources;
}

/** The freshest write that a read can have seen; otherwise why there is none. */
function freshest(sources: readonly Source[] | undefined, read: Operation): Source | string {
  if (sources === undefined) return 'nobody wrote';
  const returned = read.return as number;
  let low = 0;
  let high = sources.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sources[middle].call <= returned) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? `it returned at ${read.return}, before anybody wrote` : sources[low - 1];
}

function staleRead(
  read: Operation,
  source: Source,
  over: readonly Operation[],
  missed: number,
  { versions, withinUs }: StalenessOptions,
): Violation {
  const newer = over.filter((write) => write.call > source.return).slice(-3);
  const newest = newer[newer.length - 1];
  const old = source.operation === undefined ? 'the initial value' : `the value of ${told(source.operation)}`;
  const times = (write: Operation): string =>
    write.returnUs === undefined || write.returnUs === null || read.callUs === undefined
      ? `returned at ${write.return}, before the read was called at ${read.call}`
      : `returned at ${showUs(write.returnUs)}, ${showUs(read.callUs - write.returnUs)} before the read was called`;
  const bound = [
    ...(versions === 1 ? [] : [`at most ${counted(versions - 1, 'version')} behind`]),
    ...(withinUs === 0 ? [] : [`no newer value older than ${showUs(withinUs)}`]),
  ].join(' and ');
  return {
    check: name,
    message:
      `${asker(read)}'s ${ofKey(read)} returned ${old}, although ${counted(missed, 'newer write')} had returned: ` +
      `${told(newest)} ${times(newest)}${bound === '' ? '' : ` (allowed: ${bound})`}`,
    ...atUsOf(read),
    evidence: {
      rule: 'stale read',
      missed,
      operations: [...(source.operation === undefined ? [] : [source.operation]), ...newer, read],
    },
  };
}

const told = (operation: Operation): string => `${asker(operation)}'s ${deed(operation)}`;

/** Counts, of the writes added so far, those called after a position (a Fenwick tree over their calls). */
class CallsAbove {
  readonly #calls: Float64Array;
  readonly #rank: Int32Array;
  readonly #tree: Int32Array;
  #size = 0;

  constructor(writes: readonly Operation[]) {
    const byCall = Int32Array.from(writes.keys()).sort((a, b) => writes[a].call - writes[b].call || a - b);
    this.#calls = Float64Array.from(byCall, (write) => writes[write].call);
    this.#rank = new Int32Array(writes.length);
    byCall.forEach((write, at) => {
      this.#rank[write] = at;
    });
    this.#tree = new Int32Array(writes.length + 1);
  }

  add(write: number): void {
    this.#size++;
    for (let at = this.#rank[write] + 1; at < this.#tree.length; at += at & -at) this.#tree[at]++;
  }

  count(position: number): number {
    let low = 0;
    let high = this.#calls.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#calls[middle] <= position) low = middle + 1;
      else high = middle;
    }
    let below = 0;
    for (let at = low; at > 0; at -= at & -at) below += this.#tree[at];
    return this.#size - below;
  }
}
