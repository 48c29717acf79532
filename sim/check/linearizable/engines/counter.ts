/**
 * Counters to which the same amount is always added, in O(n log n).
 *
 * The state is the number k of additions so far, as in alternation.ts: an addition counts when it returns, or when a
 * read that saw more returns, those that return first going first. A read that saw v is satisfied if k was v at some
 * time since its call, and k takes every value in between. By the argument given there no linearization is ever behind.
 */
import { calledAt, type Operation, returnedAt } from '../../history.ts';
import { counted } from '../../plain.ts';
import type { Decision, Engine } from '../engine.ts';
import { eventsOf } from './events.ts';
import { Soonest } from './heap.ts';
import { named } from './wording.ts';

const suspectsMax = 6;

export const counterEngine: Engine = {
  name: 'equal steps',
  models: ['counter'],
  judge(part, model) {
    const initial = model.initial as number;
    let step = 0;
    const counting: number[] = [];
    for (let at = 0; at < part.length; at++) {
      const { f, type } = part[at];
      if (type === 'fail') continue;
      if (f === 'read') {
        if (type === 'ok') counting.push(at);
        continue;
      }
      const amount = amountOf(part[at]);
      if (amount === 0) continue;
      if (step !== 0 && amount !== step) {
        return { verdict: 'undecided', reason: `both ${step} and ${amount} are added` };
      }
      step = amount;
      counting.push(at);
    }
    return judgeSteps(part, counting, initial, step);
  },
};

function amountOf({ f, value }: Operation): number {
  const amount = (value ?? 1) as number;
  return f === 'decrement' ? -amount : amount;
}

function judgeSteps(
  part: readonly Operation[],
  counting: readonly number[],
  initial: number,
  step: number,
): Decision {
  const isRead = Uint8Array.from(counting, (at) => (part[at].f === 'read' ? 1 : 0));
  const call = Float64Array.from(counting, (at) => part[at].call);
  const returned = Float64Array.from(counting, (at) => {
    const { type, return: end } = part[at];
    return type === 'ok' ? (end ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  });
  const open = new Soonest(returned);
  const added = new Uint8Array(counting.length);
  const sumAtCall = new Int32Array(counting.length);
  // By addition that counts: what made it count when it returned.
  const askers: number[] = [];
  for (const event of eventsOf(call, returned)) {
    const operation = event < 0 ? ~event : event;
    if (event >= 0) {
      sumAtCall[event] = askers.length;
      if (isRead[event] === 0) open.add(event);
      continue;
    }
    let goal = askers.length;
    if (isRead[operation] === 1) {
      const { output } = part[counting[operation]];
      const difference = (output as number) - initial;
      const steps = difference === 0 ? 0 : difference / step;
      if (!Number.isSafeInteger(steps) || steps < 0)
        return unreachable(part, counting[operation], initial, step);
      if (steps < sumAtCall[operation])
        return tooFew(part, counting[operation], counting[askers[steps]], steps);
      goal = Math.max(goal, steps);
      const most = askers.length + open.size;
      if (goal > most) return tooMany(part, counting[operation], most, steps);
    } else if (added[operation] === 0) goal++;
    while (askers.length < goal) {
      added[open.take()] = 1;
      askers.push(operation);
    }
  }
  return { verdict: 'linearizable' };
}

function unreachable(part: readonly Operation[], at: number, initial: number, step: number): Decision {
  const read = part[at];
  const only = step === 0 ? 'nothing was ever added' : `only ${step} was ever added`;
  return {
    verdict: 'illegal',
    rule: 'impossible-sum',
    why: `${named(read)} returned at ${returnedAt(read)}, but ${only} to ${initial}`,
    suspects: [at],
  };
}

function tooMany(part: readonly Operation[], at: number, most: number, steps: number): Decision {
  const read = part[at];
  return {
    verdict: 'illegal',
    rule: 'sum-too-far',
    why:
      `${named(read)} returned at ${returnedAt(read)}, which takes ${counted(steps, 'addition')}, but only ${most} had ` +
      'been called by then',
    suspects: [at],
  };
}

/** `asker` made one addition more than `at` read count, and returned before that was called. */
function tooFew(part: readonly Operation[], at: number, asker: number, steps: number): Decision {
  const read = part[at];
  const before = part.flatMap(({ f, type, return: end }, position) => {
    const isBefore = f !== 'read' && type === 'ok' && end !== null && end < read.call;
    return isBefore && amountOf(part[position]) !== 0 ? [position] : [];
  });
  // Without the additions that it saw a read is as wrong as without those that it missed.
  let suspects = [at];
  if (part[asker].f === 'read') suspects = [asker, at];
  else if (before.length > steps && steps < suspectsMax - 1) suspects = [...before.slice(0, steps + 1), at];
  return {
    verdict: 'illegal',
    rule: 'sum-too-near',
    why:
      `${named(read)} was called at ${calledAt(read)}, after ${named(part[asker])} had returned at ` +
      `${returnedAt(part[asker])}: by then there had been more than ${counted(steps, 'addition')}`,
    suspects: suspects.sort((a, b) => a - b),
  };
}
