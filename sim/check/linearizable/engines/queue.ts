/**
 * FIFO queues whose values were each enqueued once, in O(n log n).
 *
 * After Henzinger, Sezgin & Vafeiadis, Aspect-oriented linearizability proofs (CONCUR 2013, Theorem 1): a complete
 * history of such a queue is linearizable unless a value is dequeued that nobody enqueued, or twice, or before it was
 * enqueued; or a came in before b and yet b came out before a; or a dequeue found nothing although at each time
 * between its call and its return some value was inside for certain.
 *
 * An enqueue of unknown fate happened if its value came out, and else may as well not have. A dequeue of unknown fate
 * may have taken any one value out that is missing, at any time after its call. If the values that nobody dequeued break
 * a rule, each of them needs one such dequeue that was called before a later value came out: the earliest deadline gets
 * the earliest call. Together with dequeues that found nothing this may leave a history undecided.
 */
import { calledAt, type Operation, returnedAt } from '../../history.ts';
import { show } from '../../plain.ts';
import type { Decision, Engine } from '../engine.ts';
import { ascending, firstAtLeast } from './order.ts';
import { Values } from './values.ts';
import { named } from './wording.ts';

const suspectsMax = 6;

export const queueEngine: Engine = {
  name: 'queue',
  models: ['queue'],
  judge(part, model) {
    if ((model.initial as readonly unknown[]).length > 0) {
      return { verdict: 'undecided', reason: 'the queue does not start empty' };
    }
    const visits = visitsOf(part);
    return 'verdict' in visits ? visits : judgeVisits(part, visits);
  },
};

/** What is known of the values that were inside; by value, -1 for none. */
interface Visits {
  readonly enqueue: readonly number[];
  readonly dequeue: readonly number[];
  /** Dequeues that found nothing. */
  readonly empty: readonly number[];
  /** Calls of dequeues of unknown fate, ascending. */
  readonly unknown: readonly number[];
}

function visitsOf(part: readonly Operation[]): Visits | Decision {
  const values = new Values();
  const [enqueue, dequeue]: [number[], number[]] = [[], []];
  const [empty, unknown]: [number[], number[]] = [[], []];
  let repeated: unknown;
  for (let at = 0; at < part.length; at++) {
    const { f, type, value } = part[at];
    if (type === 'fail') continue;
    if (f === 'dequeue') {
      if (type !== 'ok') unknown.push(part[at].call);
      continue;
    }
    const number = values.number(value);
    if (number < enqueue.length) repeated = value;
    else {
      enqueue.push(at);
      dequeue.push(-1);
    }
  }
  for (let at = 0; at < part.length; at++) {
    const { f, type, output } = part[at];
    if (f !== 'dequeue' || type !== 'ok') continue;
    if (output === null || output === undefined) {
      empty.push(at);
      continue;
    }
    const number = values.find(output);
    if (number === -1) {
      return {
        verdict: 'illegal',
        rule: 'never-enqueued',
        why: `${named(part[at])} took out ${show(output)}, which nobody ever enqueued`,
        suspects: [at],
      };
    }
    if (dequeue[number] === -1) dequeue[number] = at;
    else if (repeated === undefined) return dequeuedTwice(part, enqueue[number], dequeue[number], at);
  }
  if (repeated === undefined) return { enqueue, dequeue, empty, unknown: unknown.sort((a, b) => a - b) };
  return { verdict: 'undecided', reason: `${show(repeated)} is enqueued more than once` };
}

function dequeuedTwice(part: readonly Operation[], enqueue: number, one: number, other: number): Decision {
  return {
    verdict: 'illegal',
    rule: 'dequeued-twice',
    why:
      `${named(part[one])}, which returned at ${returnedAt(part[one])}, and ${named(part[other])}, which returned at ` +
      `${returnedAt(part[other])}, took out the same value, which was put in once`,
    suspects: [enqueue, one, other].sort((a, b) => a - b),
  };
}

/** A value inside: certainly from `begin` to `end`, both excluded; `end` is infinite if nobody took it out. */
interface Stay {
  readonly enqueue: number;
  readonly dequeue: number;
  readonly call: number;
  readonly begin: number;
  readonly end: number;
  /** When it was out for certain. */
  readonly gone: number;
}

function judgeVisits(part: readonly Operation[], { enqueue, dequeue, empty, unknown }: Visits): Decision {
  const [taken, left]: [Stay[], Stay[]] = [[], []];
  for (let value = 0; value < enqueue.length; value++) {
    const [put, take] = [part[enqueue[value]], dequeue[value] === -1 ? undefined : part[dequeue[value]]];
    if (take === undefined && put.type !== 'ok') continue;
    const stay: Stay = {
      enqueue: enqueue[value],
      dequeue: dequeue[value],
      call: put.call,
      begin: put.type === 'ok' ? (put.return as number) : Number.POSITIVE_INFINITY,
      end: take === undefined ? Number.POSITIVE_INFINITY : take.call,
      gone: take === undefined ? Number.POSITIVE_INFINITY : (take.return as number),
    };
    if (stay.gone < stay.call) return tooEarly(part, stay);
    (take === undefined ? left : taken).push(stay);
  }
  const certain = overtaking(part, taken) ?? full(part, taken, empty);
  if (certain !== undefined) return certain;
  if (left.length === 0) return { verdict: 'linearizable' };
  const all = [...taken, ...left];
  if (unknown.length > 0) {
    const short = missing(part, taken, left, unknown);
    if (short !== undefined) return short;
    // Unless something has to be empty, what is missing has been matched with what may have taken it.
    if (empty.length === 0) return { verdict: 'linearizable' };
    const isFine = overtaking(part, all) === undefined && full(part, all, empty) === undefined;
    if (isFine) return { verdict: 'linearizable' };
    return { verdict: 'undecided', reason: 'dequeues of unknown fate may have emptied the queue' };
  }
  return overtaking(part, all) ?? full(part, all, empty) ?? { verdict: 'linearizable' };
}

function tooEarly(part: readonly Operation[], { enqueue, dequeue }: Stay): Decision {
  return {
    verdict: 'illegal',
    rule: 'dequeued-before-enqueued',
    why:
      `${named(part[dequeue])} returned at ${returnedAt(part[dequeue])}, before the only ${named(part[enqueue])} was ` +
      `called at ${calledAt(part[enqueue])}`,
    suspects: [enqueue, dequeue].sort((a, b) => a - b),
  };
}

/** Whether one came in after another and was out before that could have been taken. */
function overtaking(part: readonly Operation[], stays: readonly Stay[]): Decision | undefined {
  const byBegin = ascending(Float64Array.from(stays, (stay) => stay.begin));
  const byCall = ascending(Float64Array.from(stays, (stay) => stay.call));
  let before = 0;
  // Of those that came in before, the one that was asked for last.
  let slowest: Stay | undefined;
  for (const at of byCall) {
    const later = stays[at];
    for (; stays[byBegin[before]].begin < later.call; before++) {
      const earlier = stays[byBegin[before]];
      if (slowest === undefined || earlier.end > slowest.end) slowest = earlier;
    }
    if (slowest === undefined || later.gone >= slowest.end) continue;
    const [put, take] = [part[slowest.enqueue], slowest.dequeue === -1 ? undefined : part[slowest.dequeue]];
    return {
      verdict: 'illegal',
      rule: take === undefined ? 'skipped' : 'overtaken',
      why:
        `${named(put)} had returned at ${returnedAt(put)} before ${named(part[later.enqueue])} was called at ` +
        `${calledAt(part[later.enqueue])}; but ${named(part[later.dequeue])} returned at ` +
        `${returnedAt(part[later.dequeue])}, and ` +
        (take === undefined
          ? `nobody ever took ${show(put.value)} out`
          : `${named(take)} was only called at ${calledAt(take)}`),
      suspects: [slowest.enqueue, later.enqueue, slowest.dequeue, later.dequeue]
        .filter((position) => position !== -1)
        .sort((a, b) => a - b),
    };
  }
  return undefined;
}

/** Whether a dequeue found nothing although something was inside all the time. */
function full(
  part: readonly Operation[],
  stays: readonly Stay[],
  empty: readonly number[],
): Decision | undefined {
  const inside = stays.filter(({ begin, end }) => begin < end);
  const order = ascending(Float64Array.from(inside, ({ begin }) => begin));
  // Stays that overlap in more than a point, run together.
  const [begins, ends]: [number[], number[]] = [[], []];
  for (const at of order) {
    const { begin, end } = inside[at];
    const last = ends.length - 1;
    if (last >= 0 && begin < ends[last]) ends[last] = Math.max(ends[last], end);
    else {
      begins.push(begin);
      ends.push(end);
    }
  }
  const sorted = Float64Array.from(begins);
  for (const at of empty) {
    const { call, return: returned } = part[at];
    const around = firstAtLeast(sorted, call) - 1;
    if (around < 0 || ends[around] <= (returned as number)) continue;
    return foundNothing(part, at, inside, order);
  }
  return undefined;
}

function foundNothing(
  part: readonly Operation[],
  at: number,
  inside: readonly Stay[],
  order: Int32Array,
): Decision {
  // Step by step the one that was inside longest of those that were there when the one before may have left.
  const cover: Stay[] = [];
  let until = part[at].call;
  let best: Stay | undefined;
  for (const next of order) {
    const stay = inside[next];
    if (best !== undefined && stay.begin >= until) {
      cover.push(best);
      until = best.end;
      best = undefined;
      if (until > (part[at].return as number)) break;
    }
    if (stay.end > until && (best === undefined || stay.end > best.end)) best = stay;
  }
  if (best !== undefined && until <= (part[at].return as number)) cover.push(best);
  const names = cover.slice(0, suspectsMax).map(({ enqueue }) => show(part[enqueue].value));
  return {
    verdict: 'illegal',
    rule: 'empty-while-full',
    why:
      `${named(part[at])}, called at ${calledAt(part[at])}, found nothing until it returned at ${returnedAt(part[at])}; but ` +
      `all the time some value was inside: ${names.join(', then ')}${cover.length > names.length ? ' and others' : ''}`,
    suspects: [
      at,
      ...cover.flatMap(({ enqueue, dequeue }) => (dequeue === -1 ? [enqueue] : [enqueue, dequeue])),
    ].sort((a, b) => a - b),
  };
}

/** Whether more values are missing than dequeues of unknown fate can have taken in time. */
function missing(
  part: readonly Operation[],
  taken: readonly Stay[],
  left: readonly Stay[],
  unknown: readonly number[],
): Decision | undefined {
  // From each enqueue on, the first time that a value put in later was out.
  const byCall = ascending(Float64Array.from(taken, ({ call }) => call));
  const calls = Float64Array.from(byCall, (at) => taken[at].call);
  const soonest = new Int32Array(byCall.length + 1).fill(-1);
  for (let at = byCall.length - 1; at >= 0; at--) {
    const [stay, other] = [taken[byCall[at]], soonest[at + 1]];
    soonest[at] = other === -1 || stay.gone < taken[other].gone ? byCall[at] : other;
  }
  const overtakers = left.map(({ begin }) => {
    let from = firstAtLeast(calls, begin);
    while (from < calls.length && calls[from] === begin) from++;
    return soonest[from];
  });
  const overtaken = left.flatMap((_, at) => (overtakers[at] === -1 ? [] : [at]));
  const deadlines = ascending(Float64Array.from(overtaken, (at) => taken[overtakers[at]].gone));
  for (const [place, position] of deadlines.entries()) {
    const [stay, later] = [left[overtaken[position]], taken[overtakers[overtaken[position]]]];
    if (place < unknown.length && unknown[place] <= later.gone) continue;
    const [put, take] = [part[stay.enqueue], part[later.dequeue]];
    return {
      verdict: 'illegal',
      rule: 'skipped',
      why:
        `${named(put)} had returned at ${returnedAt(put)} before ${named(part[later.enqueue])} was called at ` +
        `${calledAt(part[later.enqueue])}; but ${named(take)} returned at ${returnedAt(take)}, and nobody is known to have ` +
        `taken ${show(put.value)} out: the dequeues of unknown fate that had been called by then are too few for all ` +
        'values that are missing',
      suspects: [stay.enqueue, later.enqueue, later.dequeue].sort((a, b) => a - b),
    };
  }
  return undefined;
}
