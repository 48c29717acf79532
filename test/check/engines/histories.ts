/** Histories for the tests of engines: small ones that are often wrong, large ones that are right, and short notation. */
import type { Operation } from '../../../sim/check/history.ts';

export type Chance = (limit: number) => number;

/** The same numbers for the same seed. */
export function chance(seed: number): Chance {
  let state = Math.imul(seed, 0x9e3779b1) | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** What one copy is asked, and does: asking may depend on nothing but chance, answering changes the copy. */
export interface Copy {
  ask(below: Chance): { readonly f: string; readonly value?: unknown; readonly process?: number };
  /** The answer; undefined for none. */
  answer(f: string, value: unknown, process: number): unknown;
  /** Another answer, which may be wrong. */
  lie(f: string, value: unknown, below: Chance): unknown;
}

export interface Shape {
  readonly operations: number;
  /** How far call and return lie from the effect at most; effects are two apart. */
  readonly width: number;
  /** One in so many is of unknown fate; 0 for none. */
  readonly unknownOneIn: number;
  /** One in so many answers is another one; 0 for none. */
  readonly liesOneIn: number;
}

/** Each operation takes effect between its call and its return; then some answers are falsified. */
export function smallHistory(below: Chance, copy: Copy, shape: Shape): Operation[] {
  const operations: Operation[] = [];
  const oneIn = (limit: number): boolean => limit > 0 && below(limit) === 0;
  for (let at = 0; at < shape.operations; at++) {
    const { f, value, process = at } = copy.ask(below);
    const call = 2 * at - below(shape.width);
    const returned = 2 * at + below(shape.width);
    const isUnknown = oneIn(shape.unknownOneIn);
    const happens = !isUnknown || below(2) === 0;
    const truth = happens ? copy.answer(f, value, process) : undefined;
    const output = oneIn(shape.liesOneIn) ? copy.lie(f, value, below) : truth;
    const asked = { process, f, ...(value === undefined ? {} : { value }), call };
    if (isUnknown) operations.push({ ...asked, type: 'info', return: below(2) === 0 ? null : returned });
    else
      operations.push({
        ...asked,
        type: 'ok',
        return: returned,
        ...(output === undefined ? {} : { output }),
      });
  }
  // Engines must not depend on the order of the part.
  if (below(2) === 0) operations.sort((a, b) => a.call - b.call);
  return operations;
}

/** `clients` in a closed loop; operations in order of call, each with an effect somewhere in it; nothing is wrong. */
export function largeHistory(
  below: Chance,
  copy: Copy,
  shape: { readonly operations: number; readonly clients: number; readonly unknownOneIn?: number },
): Operation[] {
  const { operations: count, clients, unknownOneIn = 0 } = shape;
  const free = Array.from({ length: clients }, () => below(100));
  const process = Array.from({ length: clients }, (_, client) => client);
  let nextProcess = clients;
  const drafts: { process: number; call: number; effect: number; return: number }[] = [];
  for (let at = 0; at < count; at++) {
    const client = at % clients;
    const call = free[client] + below(20);
    const returned = call + 1 + below(200);
    drafts.push({
      process: process[client],
      call,
      effect: call + below(returned - call + 1),
      return: returned,
    });
    free[client] = returned + 1;
  }
  drafts.sort((a, b) => a.effect - b.effect);
  const operations = drafts.map((draft): Operation => {
    const { f, value, process: owner = draft.process } = copy.ask(below);
    const asked = { process: owner, f, ...(value === undefined ? {} : { value }), call: draft.call };
    if (unknownOneIn > 0 && below(unknownOneIn) === 0) {
      if (below(2) === 0) copy.answer(f, value, owner);
      return { ...asked, process: nextProcess++, type: 'info', return: null };
    }
    const output = copy.answer(f, value, owner);
    return { ...asked, type: 'ok', return: draft.return, ...(output === undefined ? {} : { output }) };
  });
  return operations.sort((a, b) => a.call - b.call);
}

/**
 * A history in lines such as `write 1  0-10`, `read → 1  12-20`, `cas 1 2 → false  5-9`, `write 2  3-?` (unknown);
 * values are JSON.
 */
export function lines(text: string): Operation[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line, process): Operation => {
      const match = /^(?:p(\d+)\s+)?(\S+)\s*(.*?)\s*(?:→\s*(.*?)\s*)?(-?[\d.]+)-(-?[\d.]+|\?)$/.exec(line);
      if (match === null) throw new Error(`cannot read "${line}"`);
      const [, owner, f, asked, answered, call, returned] = match;
      const values = asked === '' ? [] : asked.split(/\s+/).map((word) => JSON.parse(word) as unknown);
      return {
        process: owner === undefined ? process : Number(owner),
        f,
        ...(values.length === 0 ? {} : { value: f === 'cas' ? values : values[0] }),
        ...(answered === undefined ? {} : { output: JSON.parse(answered) as unknown }),
        type: returned === '?' ? 'info' : 'ok',
        call: Number(call),
        return: returned === '?' ? null : Number(returned),
      };
    });
}
