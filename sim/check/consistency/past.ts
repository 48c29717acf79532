/** Causal pasts of reads and writes, as vector clocks over sessions, and paths through them in words. */
import type { Access, Registers } from './registers.ts';
import { initialWrite } from './registers.ts';

/** For every key, the places of its reads or writes in each session that has any. */
export class Places {
  readonly #ofKey: { session: number; accesses: Access[] }[][];

  constructor({ keys, sessions }: Registers, belongs: (access: Access) => boolean) {
    this.#ofKey = keys.map(() => []);
    sessions.forEach((accesses, session) => {
      for (const access of accesses) {
        if (!belongs(access)) continue;
        const lists = this.#ofKey[access.key];
        const last = lists[lists.length - 1];
        if (last?.session === session) last.accesses.push(access);
        else lists.push({ session, accesses: [access] });
      }
    });
  }

  /** Calls back with the last one of each session, as far as the clock knows the session. */
  eachLast(
    key: number,
    clock: Int32Array,
    visit: (access: Access) => void,
    isNeeded: (session: number) => boolean,
  ): void {
    for (const { session, accesses } of this.#ofKey[key]) {
      const known = clock[session];
      if (known < accesses[0].place || !isNeeded(session)) continue;
      let low = 1;
      let high = accesses.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (accesses[middle].place <= known) low = middle + 1;
        else high = middle;
      }
      visit(accesses[low - 1]);
    }
  }
}

/** What a session knows: per session the place up to which, or -1; and the place of its own at which that grew. */
export interface Knowledge {
  readonly clock: Int32Array;
  readonly grewAt: Int32Array;
}

/** Words of memory for clocks: a quarter of a gigabyte. */
export const clockWordsMax = 64_000_000;

/** How many words the clocks of a history take. */
export function clockWords({ accesses, sessions }: Registers): number {
  const writes = accesses.reduce((count, { isWrite }) => count + Number(isWrite), 0);
  return (writes + 2 * sessions.length) * sessions.length;
}

/**
 * Walks over all accesses in an order in which everything comes after what it knows: what its session did before, what
 * it reads from, and what `before` puts before a write.
 * @returns the clocks of the writes, by access; `undefined` if something would have to come before itself
 */
export function walk(
  { accesses, sessions }: Registers,
  visit: (access: Access, knowledge: Knowledge) => void,
  before: ReadonlyMap<number, ReadonlySet<number>> = new Map(),
): readonly (Int32Array | undefined)[] | undefined {
  const count = sessions.length;
  const clocks: (Int32Array | undefined)[] = new Array(accesses.length).fill(undefined);
  const knowledge = sessions.map(() => ({
    clock: new Int32Array(count).fill(-1),
    grewAt: new Int32Array(count).fill(-1),
  }));
  const next = new Int32Array(count);
  // Which sessions wait for a write.
  const waiting = new Map<number, number[]>();
  const ready = sessions.map((_, session) => session).reverse();
  const missing = (access: Access): number => {
    if (!access.isWrite) {
      const { writer } = access;
      return writer !== initialWrite && clocks[writer] === undefined ? writer : -1;
    }
    for (const earlier of before.get(access.at) ?? []) if (clocks[earlier] === undefined) return earlier;
    return -1;
  };
  const join = (own: Knowledge, other: Int32Array, place: number): void => {
    const { clock, grewAt } = own;
    for (let session = 0; session < count; session++) {
      if (other[session] <= clock[session]) continue;
      clock[session] = other[session];
      grewAt[session] = place;
    }
  };
  let walked = 0;
  for (let session = ready.pop(); session !== undefined; session = ready.pop()) {
    const own = knowledge[session];
    while (next[session] < sessions[session].length) {
      const access = sessions[session][next[session]];
      const needed = missing(access);
      if (needed !== -1) {
        const others = waiting.get(needed);
        if (others === undefined) waiting.set(needed, [session]);
        else others.push(session);
        break;
      }
      next[session]++;
      walked++;
      if (!access.isWrite && access.writer !== initialWrite) {
        join(own, clocks[access.writer] as Int32Array, access.place);
      }
      for (const earlier of before.get(access.at) ?? []) {
        join(own, clocks[earlier] as Int32Array, access.place);
      }
      own.clock[session] = access.place;
      own.grewAt[session] = access.place;
      visit(access, own);
      if (!access.isWrite) continue;
      clocks[access.at] = own.clock.slice();
      const released = waiting.get(access.at);
      if (released === undefined) continue;
      waiting.delete(access.at);
      ready.push(...released);
    }
  }
  return walked === accesses.length ? clocks : undefined;
}

/** A step of a causal path: on in the same session, or from a write to a read of it. */
export interface Step {
  readonly kind: 'session' | 'reads from';
  readonly from: Access;
  readonly to: Access;
}

/** A path from one access to another through sessions and reads, with the fewest reads that are at least so many. */
export function pathTo(
  { accesses, sessions }: Registers,
  from: Access,
  to: Access,
  readsMin: 0 | 1 = 0,
): Step[] | undefined {
  // Backwards from the end. Of each session, the latest access reached so far; what is before it is reached as well.
  const reached = sessions.map(() => -1);
  const cameFrom = new Map<Access, Access>();
  let frontier = [to];
  for (let reads = 0; frontier.length > 0; reads++) {
    const found: Access[] = [];
    for (const end of frontier) {
      const isThere = end.session === from.session && end.place >= from.place;
      if (isThere && reads >= readsMin) return stepsOf(from, end, to, cameFrom);
      for (let place = end.place; place > reached[end.session]; place--) {
        const access = sessions[end.session][place];
        if (access.isWrite || access.writer === initialWrite) continue;
        const writer = accesses[access.writer];
        if (reached[writer.session] >= writer.place || cameFrom.has(writer)) continue;
        cameFrom.set(writer, access);
        cameFrom.set(access, end);
        found.push(writer);
      }
      reached[end.session] = Math.max(reached[end.session], end.place);
    }
    frontier = found;
  }
  return undefined;
}

function stepsOf(from: Access, end: Access, to: Access, cameFrom: ReadonlyMap<Access, Access>): Step[] {
  const steps: Step[] = [];
  const on = (one: Access, other: Access): void => {
    if (one !== other) steps.push({ kind: 'session', from: one, to: other });
  };
  on(from, end);
  let at = end;
  while (at !== to) {
    const read = cameFrom.get(at) as Access;
    steps.push({ kind: 'reads from', from: at, to: read });
    const next = cameFrom.get(read) as Access;
    on(read, next);
    at = next;
  }
  return steps;
}
