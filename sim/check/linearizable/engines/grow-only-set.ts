/**
 * Sets that only grow: the reads, by size, must each contain the one before, and what is new in a read was first added
 * between the two. Linear in the size of the reads.
 *
 * Of several additions of an element the one that was called first comes between the reads: it is the least in the way
 * of what comes later, and must not come earlier any more than the others. Those may come anywhere from then on, and
 * what is not known to have happened need not come at all.
 */
import { calledAt, type Operation, returnedAt } from '../../history.ts';
import { show } from '../../plain.ts';
import type { Decision, Engine } from '../engine.ts';
import { Levels, type OutOfOrder } from './levels.ts';
import { ascending } from './order.ts';
import { Values } from './values.ts';
import { named } from './wording.ts';

export const growOnlySetEngine: Engine = {
  name: 'growing reads',
  models: ['grow-only-set'],
  judge(part, model) {
    if ((model.initial as readonly unknown[]).length > 0) {
      return { verdict: 'undecided', reason: 'the set does not start empty' };
    }
    const values = new Values();
    // By element: the positions of its additions, that which was called first standing first.
    const additions: number[][] = [];
    const reads: number[] = [];
    for (let at = 0; at < part.length; at++) {
      const { f, type, value, output, call } = part[at];
      if (type === 'fail') continue;
      if (f === 'read') {
        if (type === 'ok') reads.push(at);
        continue;
      }
      if (type === 'ok' && typeof output === 'boolean') {
        return { verdict: 'undecided', reason: 'additions were told whether the element was new' };
      }
      const number = values.number(value);
      if (number === additions.length) additions.push([at]);
      else if (part[additions[number][0]].call > call) additions[number].unshift(at);
      else additions[number].push(at);
    }
    return judgeGrowth(part, values, additions, reads);
  },
};

const listOf = ({ output }: Operation): readonly unknown[] => output as readonly unknown[];

function judgeGrowth(
  part: readonly Operation[],
  values: Values,
  additions: readonly (readonly number[])[],
  reads: readonly number[],
): Decision {
  const bySize = ascending(Float64Array.from(reads, (at) => listOf(part[at]).length));
  const firstReadOf = new Int32Array(additions.length).fill(-1);
  const lastReadOf = new Int32Array(additions.length).fill(-1);
  const levels = new Levels(part);
  let [seen, previous] = [0, -1];
  // Two additions contradict nothing without the read that found the one and not the other.
  const showing = ({ later, earlier }: OutOfOrder): number[] =>
    part[later].f === 'add' && part[earlier].f === 'add'
      ? [later, earlier, firstReadOf[values.find(part[earlier].value)]]
      : [later, earlier];
  for (const position of bySize) {
    const at = reads[position];
    const fresh: number[] = [];
    for (const element of listOf(part[at])) {
      const number = values.find(element);
      if (number === -1)
        return wrongRead(part, at, 'read-of-unwritten', `${show(element)}, which nobody ever added`);
      if (lastReadOf[number] === at) return wrongRead(part, at, 'listed-twice', `${show(element)} twice`);
      lastReadOf[number] = at;
      if (firstReadOf[number] !== -1) continue;
      firstReadOf[number] = at;
      fresh.push(number);
    }
    seen += fresh.length;
    if (seen > listOf(part[at]).length) {
      const missing = firstReadOf.findIndex((read, number) => read !== -1 && lastReadOf[number] !== at);
      return crossing(part, values, previous, at, missing, fresh[0]);
    }
    if (fresh.length > 0) levels.next();
    for (const number of fresh) {
      const conflict = levels.add(additions[number][0]);
      if (conflict !== undefined) return outOfOrder(part, conflict, showing(conflict));
      for (const other of additions[number].slice(1)) {
        const early = levels.conflict(other);
        if (early !== undefined) return outOfOrder(part, early, showing(early));
      }
    }
    if (fresh.length > 0) levels.next();
    const conflict = levels.add(at);
    if (conflict !== undefined) return outOfOrder(part, conflict, showing(conflict));
    previous = at;
  }
  levels.next();
  for (let number = 0; number < additions.length; number++) {
    if (firstReadOf[number] !== -1) continue;
    for (const at of additions[number]) {
      const conflict = levels.conflict(at);
      if (conflict !== undefined) return outOfOrder(part, conflict, showing(conflict));
    }
  }
  return { verdict: 'linearizable' };
}

const wrongRead = (part: readonly Operation[], at: number, rule: string, what: string): Decision => ({
  verdict: 'illegal',
  rule,
  why: `${named(part[at])}, which returned at ${returnedAt(part[at])}, found ${what}`,
  suspects: [at],
});

/** Each of two reads found an element that the other did not. */
function crossing(
  part: readonly Operation[],
  values: Values,
  one: number,
  other: number,
  missing: number,
  fresh: number,
): Decision {
  return {
    verdict: 'illegal',
    rule: 'reads-disagree',
    why:
      `${named(part[one])}, which returned at ${returnedAt(part[one])}, found ${show(values.value(missing))} but not ` +
      `${show(values.value(fresh))}; ${named(part[other])}, which returned at ${returnedAt(part[other])}, found ` +
      `${show(values.value(fresh))} but not ${show(values.value(missing))}`,
    suspects: [one, other].sort((a, b) => a - b),
  };
}

function outOfOrder(
  part: readonly Operation[],
  { later, earlier }: OutOfOrder,
  suspects: number[],
): Decision {
  const isStale = part[later].f === 'add';
  return {
    verdict: 'illegal',
    rule: isStale ? 'missing-element' : 'sets-reversed',
    why: isStale
      ? `${named(part[earlier])} was called at ${calledAt(part[earlier])}, after ${named(part[later])} had returned at ` +
        `${returnedAt(part[later])}, but belongs before it: it did not find ${show(part[later].value)}, or was found without it`
      : `${named(part[later])} returned at ${returnedAt(part[later])}, before ${named(part[earlier])} was called at ` +
        `${calledAt(part[earlier])}, but what it found contains that`,
    suspects: suspects.sort((a, b) => a - b),
  };
}
