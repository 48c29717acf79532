/**
 * Causal consistency, causal convergence and causal memory (Bouajjani, Enea, Guerraoui & Hamza, *On Verifying Causal
 * Consistency*, POPL 2017), by the bad patterns of its table 2. For values that are written once these are exact.
 */
import type { History } from '../history.ts';
import { counted, show } from '../plain.ts';
import { broken, held, unknown, type Verdict, type Violation } from '../verdict.ts';
import { cycleViolation, known, told, toldWithTime, violation } from './explain.ts';
import { Precedence } from './order.ts';
import { clockWords, clockWordsMax, Places, walk } from './past.ts';
import {
  type Access,
  ambiguity,
  initialWrite,
  type Registers,
  registersOf,
  type SessionOf,
  thinAirViolations,
} from './registers.ts';
import { LastReads, nodeOf, tooLarge } from './sessions.ts';

export interface CausalOptions {
  /**
   * `causal`: every read alone is explained by its causal past in some order. `convergence`: by one order of all
   * writes for everybody, as replicas that converge have it. `memory`: every session's reads together are explained by
   * one order that may differ from session to session. The last two both imply the first, and not each other.
   */
  readonly variant?: 'causal' | 'convergence' | 'memory';
  readonly session?: SessionOf;
  /** For `memory`: how many accesses it may look at, over and over, before it gives up. */
  readonly steps?: number;
  readonly initial?: unknown;
}

const name = 'causal';
const violationsMax = 5;
const stepsDefault = 3_000_000;

/**
 * Takes time and memory n times sessions, for `memory` in the worst case much more; unknown if that is too much.
 * @throws HistoryError if the history is malformed or has other functions than reads, writes, deletes and cas
 */
export function causal(history: History, options: CausalOptions = {}): Verdict {
  const registers = registersOf(history, options.session ?? 'process', options.initial ?? null);
  const words = clockWords(registers);
  if (words > clockWordsMax) return tooLarge(words);
  const violations = [...thinAirViolations(name, registers), ...causalViolations(registers)];
  if (violations.length === 0 && options.variant === 'convergence') violations.push(...conflicts(registers));
  let given: string | undefined;
  if (violations.length === 0 && options.variant === 'memory') {
    const found = memoryViolation(registers, options.steps ?? stepsDefault);
    if (typeof found === 'string') given = found;
    else if (found !== undefined) violations.push(found);
  }
  if (violations.length > 0) return broken(...violations.slice(0, violationsMax));
  const reason = given ?? ambiguity(registers);
  return reason === undefined ? held : unknown(reason);
}

const isWrite = (access: Access): boolean => access.isWrite;

/** CyclicCO, WriteCOInitRead and WriteCORead. */
function causalViolations(registers: Registers): Violation[] {
  const { accesses, sessions } = registers;
  const writes = new Places(registers, isWrite);
  const reads: { read: Access; newer: Access }[] = [];
  const lastWriter = sessions.map(() => new Map<number, number>());
  const seen = sessions.map(() => new LastReads());
  // Reads are judged when all clocks are there; until then it is kept which writes they know.
  const clocks: (Int32Array | undefined)[] = new Array(accesses.length).fill(undefined);
  const isKnownTo = (earlier: Access, later: Access): boolean =>
    (clocks[later.at] as Int32Array)[earlier.session] >= earlier.place;
  const complete = walk(registers, (access, { clock, grewAt }) => {
    if (access.isWrite) {
      clocks[access.at] = clock.slice();
      return;
    }
    const { key, session, writer } = access;
    const since = seen[session].since(access);
    const isSame = lastWriter[session].get(key) === writer;
    lastWriter[session].set(key, writer);
    const look = (write: Access): void => {
      if (write.at === writer || reads.length >= violationsMax) return;
      if (writer === initialWrite || isKnownTo(accesses[writer], write))
        reads.push({ read: access, newer: write });
    };
    // If it reads what it read last, only what it has got to know since can be newer.
    writes.eachLast(key, clock, look, (other) => !isSame || grewAt[other] > since);
  });
  if (complete === undefined) return [cyclicPast(registers)];
  return reads.map((found) => overwritten(registers, found.read, found.newer));
}

function cyclicPast(registers: Registers): Violation {
  const order = causalOrder(registers);
  const cycle = order.cycle();
  if (cycle === undefined || cycle === 'given') throw new Error('a walk that stops has met a cycle');
  return cycleViolation(name, 'CyclicCO', registers, cycle);
}

function causalOrder({ accesses, sessions, keys }: Registers): Precedence {
  const order = new Precedence(accesses.length + keys.length);
  for (const session of sessions) {
    for (let place = 1; place < session.length; place++) {
      order.add(session[place - 1].at, session[place].at, 'session');
    }
  }
  for (const { at, writer } of accesses) {
    if (writer !== initialWrite) order.add(writer, at, 'reads from', at);
  }
  return order;
}

function overwritten(registers: Registers, read: Access, newer: Access): Violation {
  const { accesses, initial } = registers;
  const [learnt, named] = known(registers, newer, read);
  const sentences = [`${toldWithTime(read)} knew ${told(newer)}: ${learnt}`];
  named.push(read, newer);
  if (read.writer === initialWrite) {
    const message = `${toldWithTime(read)} returned the initial value ${show(initial)}, although it knew ${told(newer)}: ${learnt}`;
    return violation(name, 'WriteCOInitRead', message, named, sentences);
  }
  const old = accesses[read.writer];
  const [overwrote, more] = known(registers, old, newer);
  named.push(...more, old);
  sentences.push(`${told(newer)} is newer than ${told(old)}: ${overwrote}`);
  const message =
    `${toldWithTime(read)} returned the value of ${told(old)}, although it knew ${told(newer)} (${learnt}), ` +
    `which is newer (${overwrote})`;
  return violation(name, 'WriteCORead', message, named, sentences);
}

/** CyclicCF: a write that a read knew comes before the write whose value it returned. */
function conflicts(registers: Registers): Violation[] {
  const { sessions } = registers;
  const order = causalOrder(registers);
  const writes = new Places(registers, isWrite);
  const lastWriter = sessions.map(() => new Map<number, number>());
  const seen = sessions.map(() => new LastReads());
  walk(registers, (read, { clock, grewAt }) => {
    if (read.isWrite) return;
    const { key, session, writer } = read;
    const since = seen[session].since(read);
    const last = lastWriter[session].get(key);
    lastWriter[session].set(key, writer);
    // With the initial value there is nothing to order: nothing is known that is newer, or it is broken already.
    if (writer === initialWrite) return;
    const node = nodeOf(registers, read);
    if (last !== undefined && last !== initialWrite) order.add(last, node, 'overwritten', read.at);
    const put = (write: Access): void => order.add(write.at, node, 'overwritten', read.at);
    writes.eachLast(key, clock, put, (other) => grewAt[other] > since);
  });
  const cycle = order.cycle();
  if (cycle === undefined || cycle === 'given') return [];
  return [cycleViolation(name, 'CyclicCF', registers, cycle)];
}

/** WriteHBInitRead and CyclicHB, session by session; a text if the steps ran out. */
function memoryViolation(registers: Registers, stepsMax: number): Violation | string | undefined {
  const { sessions, accesses } = registers;
  const writes = new Places(registers, isWrite);
  let steps = 0;
  for (const [judged, session] of sessions.entries()) {
    if (session.every(isWrite)) continue;
    const before = new Map<number, Set<number>>();
    const because: { from: number; to: number; via: number }[] = [];
    for (let isGrowing = true; isGrowing; ) {
      isGrowing = false;
      steps += accesses.length;
      if (steps > stepsMax) {
        return (
          `the search for one order for each session ran out after ${counted(stepsMax, 'step')}, ` +
          `with ${judged} of ${counted(sessions.length, 'session')} judged`
        );
      }
      let initRead: { read: Access; newer: Access } | undefined;
      const knew: { write: Access; read: Access }[] = [];
      const clocks = walk(
        registers,
        (read, { clock }) => {
          if (read.isWrite || read.session !== judged) return;
          const look = (write: Access): void => {
            if (write.at === read.writer) return;
            if (read.writer === initialWrite) initRead ??= { read, newer: write };
            else knew.push({ write, read });
          };
          writes.eachLast(read.key, clock, look, () => true);
        },
        before,
      );
      if (clocks === undefined) return memoryCycle(registers, because);
      if (initRead !== undefined) return memoryInit(registers, because, initRead);
      for (const { write, read } of knew) {
        const clock = clocks[read.writer] as Int32Array;
        if (clock[write.session] >= write.place) continue;
        const earlier = before.get(read.writer) ?? new Set();
        if (earlier.has(write.at)) continue;
        before.set(read.writer, earlier.add(write.at));
        because.push({ from: write.at, to: read.writer, via: read.at });
        isGrowing = true;
      }
    }
  }
  return undefined;
}

type Because = readonly { readonly from: number; readonly to: number; readonly via: number }[];

function memoryCycle(registers: Registers, because: Because): Violation {
  const order = causalOrder(registers);
  for (const { from, to, via } of because) order.add(from, to, 'put before', via);
  const cycle = order.cycle();
  if (cycle === undefined || cycle === 'given') throw new Error('a walk that stops has met a cycle');
  return cycleViolation(name, 'CyclicHB', registers, cycle);
}

function memoryInit(
  registers: Registers,
  because: Because,
  { read, newer }: { readonly read: Access; readonly newer: Access },
): Violation {
  const order = causalOrder(registers);
  for (const { from, to, via } of because) order.add(from, to, 'put before', via);
  // The initial value that was read would have to come after a write.
  order.add(read.at, newer.at, 'initial', read.at);
  const cycle = order.cycle();
  if (cycle === undefined || cycle === 'given') throw new Error('what is known before a read leads to it');
  return cycleViolation(name, 'WriteHBInitRead', registers, cycle);
}
