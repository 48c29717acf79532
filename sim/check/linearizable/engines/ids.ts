/** Sources of ids: none is given twice, and rising ones rise. */
import { calledAt, type Operation, returnedAt } from '../../history.ts';
import { show } from '../../plain.ts';
import type { Decision, Engine } from '../engine.ts';
import { ascending } from './order.ts';
import { Values } from './values.ts';
import { named } from './wording.ts';

/** The order of generation does not matter, only that no two were told the same. */
export const uniqueIdsEngine: Engine = {
  name: 'unique ids',
  models: ['unique-ids'],
  judge(part, model) {
    if (model.initial !== false)
      return { verdict: 'undecided', reason: 'some ids were given before the start' };
    const ids = new Values();
    const givenAt: number[] = [];
    for (let at = 0; at < part.length; at++) {
      if (part[at].type !== 'ok') continue;
      const id = ids.number(part[at].output);
      if (id < givenAt.length) return givenTwice(part, givenAt[id], at);
      givenAt.push(at);
    }
    return { verdict: 'linearizable' };
  },
};

/** The ids fix the order: it respects real time if none returned before a smaller one was called. */
export const risingIdsEngine: Engine = {
  name: 'rising ids',
  models: ['rising-ids'],
  judge(part, model) {
    const given: number[] = [];
    for (let at = 0; at < part.length; at++) if (part[at].type === 'ok') given.push(at);
    const floor = (model.initial ?? Number.NEGATIVE_INFINITY) as number;
    let [previous, latest] = [-1, -1];
    for (const position of ascending(Float64Array.from(given, (at) => part[at].output as number))) {
      const at = given[position];
      const operation = part[at];
      if ((operation.output as number) <= floor) {
        return {
          verdict: 'illegal',
          rule: 'id-not-rising',
          why: `${named(operation)} was given ${show(operation.output)}, which is not above ${floor}, where the ids began`,
          suspects: [at],
        };
      }
      if (previous !== -1 && part[previous].output === operation.output)
        return givenTwice(part, previous, at);
      if (latest !== -1 && (operation.return as number) < part[latest].call) {
        return {
          verdict: 'illegal',
          rule: 'id-not-rising',
          why:
            `${named(part[latest])} was called at ${calledAt(part[latest])}, after ${named(operation)} had returned at ` +
            `${returnedAt(operation)}, and yet was given the smaller id`,
          suspects: [at, latest].sort((a, b) => a - b),
        };
      }
      if (latest === -1 || operation.call > part[latest].call) latest = at;
      previous = at;
    }
    return { verdict: 'linearizable' };
  },
};

function givenTwice(part: readonly Operation[], one: number, other: number): Decision {
  return {
    verdict: 'illegal',
    rule: 'given-twice',
    why:
      `${show(part[other].output)} was given twice: to ${named(part[one])}, which returned at ${returnedAt(part[one])}, and ` +
      `to ${named(part[other])}, which returned at ${returnedAt(part[other])}`,
    suspects: [one, other].sort((a, b) => a - b),
  };
}
