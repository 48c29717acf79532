/**
 * The session guarantees (Terry et al., *Session Guarantees for Weakly Consistent Replicated Data*, PDIS 1994), judged
 * by what the sessions saw.
 *
 * Every read is served by some server, which knows some writes; the value is the newest of these by an order of all
 * writes. A guarantee demands that certain writes be known, or ordered. A history keeps it if one order of the writes
 * and one set of writes for every read would explain all values: that is so exactly if the smallest such sets, closed
 * under the guarantee, put the writes before each other without a cycle.
 *
 * A session goes on after a write of unknown fate. That one comes after what the session did before, but nothing comes
 * after it, and nothing has to see it, unless the session reads it: it may take effect at any later time.
 */
import type { History } from '../history.ts';
import { broken, held, unknown, type Verdict } from '../verdict.ts';
import { cycleViolation } from './explain.ts';
import { Precedence, type Reason } from './order.ts';
import { clockWords, clockWordsMax, type Knowledge, Places, walk } from './past.ts';
import {
  type Access,
  ambiguity,
  initialWrite,
  type Registers,
  registersOf,
  type SessionOf,
  thinAirViolations,
} from './registers.ts';

export interface SessionOptions {
  /** Whose operations make a session; those that the history calls one unless given. */
  readonly session?: SessionOf;
  /**
   * What is taken for granted of the order of writes to one key. By the paper's letter nothing is (`any`), and a read
   * that returns the older of its session's own writes breaks nothing yet, since the two may be ordered the other way
   * round. Unless given, a session's own writes are ordered as it made them (`session`). With `real-time`, so are all
   * writes of which one returned before the other was called, as in a store with one primary.
   */
  readonly writeOrder?: 'any' | 'session' | 'real-time';
  readonly initial?: unknown;
}

/** A session's reads see its own earlier writes, or newer ones (§3). Takes time near n. */
export function readYourWrites(history: History, options: SessionOptions = {}): Verdict {
  const registers = registersOf(history, options.session ?? 'session', options.initial ?? null);
  const order = orderOf(registers, options.writeOrder ?? 'session');
  for (const session of registers.sessions) ownWritesFirst(session, registers, order);
  return judged('read-your-writes', registers, order);
}

/** A session's reads see all that its earlier reads saw, or newer (§3). Takes time near n. */
export function monotonicReads(history: History, options: SessionOptions = {}): Verdict {
  const registers = registersOf(history, options.session ?? 'session', options.initial ?? null);
  const order = orderOf(registers, options.writeOrder ?? 'session');
  readsNeverGoBack(registers, order);
  return judged('monotonic-reads', registers, order);
}

/**
 * Whoever knows a write knows the earlier ones of its session, in this order (§4). A read that changes servers from
 * one to the next shows no order of writes, so this is judged on the premise that reads are monotonic: unknown if they
 * are not, even with writes in any order, wherever something seems wrong. Takes time n times sessions at most.
 */
export function monotonicWrites(history: History, options: Omit<SessionOptions, 'writeOrder'> = {}): Verdict {
  const registers = registersOf(history, options.session ?? 'session', options.initial ?? null);
  const order = orderOf(registers, 'any');
  readsNeverGoBack(registers, order);
  const { accesses, sessions } = registers;
  for (const session of sessions) inTurn(session, order);
  const writes = new Places(registers, isDone);
  for (const session of sessions) {
    const knowledge: Knowledge = {
      clock: new Int32Array(sessions.length).fill(-1),
      grewAt: new Int32Array(sessions.length).fill(-1),
    };
    const seen = new LastReads();
    for (const read of session) {
      if (read.isWrite) continue;
      if (read.writer !== initialWrite) {
        const writer = accesses[read.writer];
        if (writer.place > knowledge.clock[writer.session]) {
          knowledge.clock[writer.session] = writer.place;
          knowledge.grewAt[writer.session] = read.place;
        }
      }
      const since = seen.since(read);
      const put = (write: Access): void =>
        order.add(write.at, nodeOf(registers, read), 'overwritten', read.at);
      writes.eachLast(read.key, knowledge.clock, put, (other) => knowledge.grewAt[other] > since);
    }
  }
  return judged(
    'monotonic-writes',
    registers,
    order,
    (reason) => reason === 'initial' || reason === 'read later',
  );
}

/**
 * Whoever knows a write knows what its session had read before, in this order (§4). As with monotonic writes, reads
 * must be monotonic. Takes time n times sessions at most, and as much memory.
 */
export function writesFollowReads(
  history: History,
  options: Omit<SessionOptions, 'writeOrder'> = {},
): Verdict {
  const registers = registersOf(history, options.session ?? 'session', options.initial ?? null);
  const words = clockWords(registers);
  if (words > clockWordsMax) return tooLarge(words);
  const order = orderOf(registers, 'any');
  readsNeverGoBack(registers, order);
  for (const session of registers.sessions) readsBeforeWrites(session, order);
  const reads = new Places(registers, ({ isWrite, writer }) => !isWrite && writer !== initialWrite);
  const seen = registers.sessions.map(() => new LastReads());
  // Where pasts are cyclic, the orders above are, too.
  walk(registers, (read, { clock, grewAt }) => {
    if (read.isWrite) return;
    const since = seen[read.session].since(read);
    const put = (earlier: Access): void =>
      order.add(earlier.writer, nodeOf(registers, read), 'overwritten', read.at);
    const isNeeded = (other: number): boolean => other !== read.session && grewAt[other] > since;
    reads.eachLast(read.key, clock, put, isNeeded);
  });
  return judged(
    'writes-follow-reads',
    registers,
    order,
    (reason) => reason === 'initial' || reason === 'read later',
  );
}

/** Why a history is too large for clocks. */
export function tooLarge(words: number): Verdict {
  return unknown(
    `it would take ${words} words of vector clocks, more than ${clockWordsMax}: too many sessions for so many writes`,
  );
}

/** When a session last read each key; what it knew by then has been put in order by that read. */
export class LastReads {
  readonly #places = new Map<number, number>();

  /** The place of the last read of the same key, which this read replaces; -1 if it is the first. */
  since({ key, place }: Access): number {
    const last = this.#places.get(key) ?? -1;
    this.#places.set(key, place);
    return last;
  }
}

/** The node of what a read returned: a write, or the initial value of its key. */
export function nodeOf({ accesses }: Registers, { writer, key }: Access): number {
  return writer === initialWrite ? accesses.length + key : writer;
}

/** The order of the writes that is taken for granted. */
function orderOf(registers: Registers, writeOrder: SessionOptions['writeOrder']): Precedence {
  const { accesses, sessions, keys } = registers;
  const order = new Precedence(accesses.length + keys.length);
  for (const { at, isWrite, key } of accesses) {
    if (isWrite) order.add(accesses.length + key, at, 'initial');
  }
  if (writeOrder === 'any') return order;
  for (const session of sessions) {
    const last = new Map<number, number>();
    for (const { at, isWrite, key, operation } of session) {
      if (!isWrite) continue;
      const earlier = last.get(key);
      if (earlier !== undefined) order.add(earlier, at, 'session');
      if (operation.type === 'ok') last.set(key, at);
    }
  }
  if (writeOrder === 'real-time') inRealTime(registers, order);
  return order;
}

/** Every write to a key before those that were called after it had returned. */
function inRealTime({ accesses, keys }: Registers, order: Precedence): void {
  const writesOf: Access[][] = keys.map(() => []);
  for (const access of accesses) if (access.isWrite) writesOf[access.key].push(access);
  for (const writes of writesOf) {
    const byCall = writes.sort((left, right) => left.operation.call - right.operation.call);
    const byReturn = byCall
      .filter(({ operation }) => operation.type === 'ok')
      .sort((left, right) => (left.operation.return as number) - (right.operation.return as number));
    let over = 0;
    let gathered = -1;
    for (const write of byCall) {
      while (over < byReturn.length && (byReturn[over].operation.return as number) < write.operation.call) {
        const more = order.gathering();
        if (gathered !== -1) order.add(gathered, more, 'real time');
        order.add(byReturn[over++].at, more, 'real time');
        gathered = more;
      }
      if (gathered !== -1) order.add(gathered, write.at, 'real time');
    }
  }
}

/** A write that was over when its session went on. */
const isDone = ({ isWrite, operation }: Access): boolean => isWrite && operation.type === 'ok';

/** The writes of a session after each other. */
function inTurn(session: readonly Access[], order: Precedence): void {
  let last = -1;
  for (const access of session) {
    if (!access.isWrite) continue;
    if (last !== -1) order.add(last, access.at, 'session');
    if (isDone(access)) last = access.at;
  }
}

/** Own writes of one key: those since the session last read one of its own, and that one, which is newer than all before. */
interface OwnWrites {
  base: number;
  readonly since: number[];
  /** A node that stands for the base and the first `gathered` of the others. */
  gathering: number;
  gathered: number;
}

/** All of a session's earlier writes to a key before what it reads of that key. */
function ownWritesFirst(session: readonly Access[], registers: Registers, order: Precedence): void {
  const ofKey = new Map<number, OwnWrites>();
  for (const access of session) {
    let own = ofKey.get(access.key);
    if (own === undefined) {
      own = { base: -1, since: [], gathering: -1, gathered: 0 };
      ofKey.set(access.key, own);
    }
    if (access.isWrite) {
      if (isDone(access)) own.since.push(access.at);
      continue;
    }
    const node = nodeOf(registers, access);
    const put = (earlier: number): void => order.add(earlier, node, 'overwritten', access.at);
    if (own.base !== -1) put(own.base);
    if (isOwn(registers, node, access)) {
      own.since.forEach(put);
      own.base = node;
      own.since.length = 0;
      own.gathering = -1;
      own.gathered = 0;
      continue;
    }
    for (; own.gathered < own.since.length; own.gathered++) {
      const more = order.gathering();
      if (own.gathering !== -1) order.add(own.gathering, more, 'overwritten', access.at);
      order.add(own.since[own.gathered], more, 'overwritten', access.at);
      own.gathering = more;
    }
    if (own.gathering !== -1) put(own.gathering);
  }
}

function isOwn({ accesses }: Registers, node: number, { session, place }: Access): boolean {
  if (node >= accesses.length) return false;
  const write = accesses[node];
  return write.session === session && write.place < place;
}

/** What a session reads of a key before what it reads of it next. */
function readsNeverGoBack(registers: Registers, order: Precedence): void {
  for (const session of registers.sessions) {
    const last = new Map<number, number>();
    for (const read of session) {
      if (read.isWrite) continue;
      const node = nodeOf(registers, read);
      const earlier = last.get(read.key);
      if (earlier !== undefined) order.add(earlier, node, 'read later', read.at);
      last.set(read.key, node);
    }
  }
}

/** What a session reads before all that it writes later. */
function readsBeforeWrites(session: readonly Access[], order: Precedence): void {
  let gathered = -1;
  let read = -1;
  for (const access of session) {
    if (access.isWrite) {
      if (gathered !== -1) order.add(gathered, access.at, 'written after', read);
      continue;
    }
    if (access.writer === initialWrite) continue;
    const more = order.gathering();
    if (gathered !== -1) order.add(gathered, more, 'written after', access.at);
    order.add(access.writer, more, 'written after', access.at);
    gathered = more;
    read = access.at;
  }
}

function judged(
  check: string,
  registers: Registers,
  order: Precedence,
  isGiven?: (reason: Reason) => boolean,
): Verdict {
  const violations = thinAirViolations(check, registers);
  const cycle = order.cycle(isGiven);
  if (cycle !== undefined && cycle !== 'given') {
    violations.push(cycleViolation(check, 'cycle', registers, cycle));
  }
  if (violations.length > 0) return broken(...violations);
  if (cycle === 'given') {
    return unknown(
      'reads went back to older values (see monotonic-reads), so they show no order of the writes',
    );
  }
  const reason = ambiguity(registers);
  return reason === undefined ? held : unknown(reason);
}
