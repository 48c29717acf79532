/**
 * Lists that grow at their end, each element appended once: the longest read fixes the order of what it saw, every
 * other read must be a beginning of it, and the rest was appended later. Linear in the size of the reads.
 */
import { calledAt, type Operation, returnedAt } from '../../history.ts';
import { show } from '../../plain.ts';
import type { Decision, Engine } from '../engine.ts';
import { Levels, type OutOfOrder } from './levels.ts';
import { Values } from './values.ts';
import { named } from './wording.ts';

export const appendListEngine: Engine = {
  name: 'longest read',
  models: ['append-list'],
  judge(part, model) {
    if ((model.initial as readonly unknown[]).length > 0) {
      return { verdict: 'undecided', reason: 'the list does not start empty' };
    }
    const values = new Values();
    // By value: the position of its append.
    const appends: number[] = [];
    let repeated: unknown;
    const reads: number[] = [];
    let longest = -1;
    for (let at = 0; at < part.length; at++) {
      const { f, type, value } = part[at];
      if (type === 'fail') continue;
      if (f === 'append') {
        const number = values.number(value);
        if (number < appends.length) repeated = value;
        else appends.push(at);
      } else if (type === 'ok') {
        reads.push(at);
        if (longest === -1 || listOf(part[at]).length > listOf(part[longest]).length) longest = at;
      }
    }
    const order = longest === -1 ? [] : listOf(part[longest]).map((element) => values.find(element));
    return (
      unlike(part, reads, longest, values, order) ??
      (repeated === undefined
        ? undefined
        : { verdict: 'undecided', reason: `${show(repeated)} is appended more than once` }) ??
      judgeOrder(part, reads, longest, appends, order)
    );
  },
};

const listOf = ({ output }: Operation): readonly unknown[] => (output ?? []) as readonly unknown[];

/** A read of something that was not appended, or that is no beginning of the longest one. */
function unlike(
  part: readonly Operation[],
  reads: readonly number[],
  longest: number,
  values: Values,
  order: readonly number[],
): Decision | undefined {
  for (const at of reads) {
    const list = listOf(part[at]);
    for (let place = 0; place < list.length; place++) {
      const number = values.find(list[place]);
      if (number === -1) {
        return {
          verdict: 'illegal',
          rule: 'read-of-unwritten',
          why: `${named(part[at])} found ${show(list[place])}, which nobody ever appended`,
          suspects: [at],
        };
      }
      if (number === order[place]) continue;
      return {
        verdict: 'illegal',
        rule: 'no-prefix',
        why:
          `${named(part[at])}, which returned at ${returnedAt(part[at])}, found ${show(list[place])} at place ${place + 1}, ` +
          `but ${named(part[longest])}, which returned at ${returnedAt(part[longest])}, found ` +
          `${show(listOf(part[longest])[place])} there`,
        suspects: [at, longest].sort((a, b) => a - b),
      };
    }
  }
  return undefined;
}

function judgeOrder(
  part: readonly Operation[],
  reads: readonly number[],
  longest: number,
  appends: readonly number[],
  order: readonly number[],
): Decision {
  const isSeen = new Uint8Array(appends.length);
  for (const number of order) {
    if (isSeen[number] === 0) {
      isSeen[number] = 1;
      continue;
    }
    const append = part[appends[number]];
    return {
      verdict: 'illegal',
      rule: 'appended-once-read-twice',
      why: `${named(part[longest])} found ${show(append.value)} twice, but it was appended only once, by ${named(append)}`,
      suspects: [longest, appends[number]].sort((a, b) => a - b),
    };
  }
  const readsOf: number[][] = Array.from({ length: order.length + 1 }, () => []);
  for (const at of reads) readsOf[listOf(part[at]).length].push(at);
  const levels = new Levels(part);
  const illegal = ({ later, earlier }: OutOfOrder): Decision => ({
    verdict: 'illegal',
    rule: part[later].f === 'read' ? 'stale-or-early-read' : 'appended-too-late',
    why:
      `${named(part[earlier])} was called at ${calledAt(part[earlier])}, after ${named(part[later])} had returned at ` +
      `${returnedAt(part[later])}; but the order of the longest read, ${named(part[longest])}, puts it before that`,
    suspects: [...new Set([later, earlier, longest])].sort((a, b) => a - b),
  });
  for (let length = 0; length <= order.length; length++) {
    if (length > 0) {
      levels.next();
      const conflict = levels.add(appends[order[length - 1]]);
      if (conflict !== undefined) return illegal(conflict);
    }
    levels.next();
    for (const at of readsOf[length]) {
      const conflict = levels.add(at);
      if (conflict !== undefined) return illegal(conflict);
    }
  }
  levels.next();
  for (const [number, at] of appends.entries()) {
    // What was not seen, and is not known to have happened, may as well not have happened.
    const conflict = isSeen[number] === 1 ? undefined : levels.conflict(at);
    if (conflict !== undefined) return illegal(conflict);
  }
  return { verdict: 'linearizable' };
}
