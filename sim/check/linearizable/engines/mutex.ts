/** Locks that anybody may release: acquisitions and releases take turns, see alternation.ts. */
import { calledAt, returnedAt } from '../../history.ts';
import type { Engine } from '../engine.ts';
import { stuckTurn, Turn } from './alternation.ts';
import { named } from './wording.ts';

export const mutexEngine: Engine = {
  name: 'turns',
  models: ['mutex'],
  judge(part, model) {
    const counting: number[] = [];
    part.forEach((operation, at) => {
      if (operation.type !== 'fail') counting.push(at);
    });
    const kind = Uint8Array.from(counting, (at) => {
      const { f, type, output } = part[at];
      if (f === 'release') return Turn.giving;
      return type === 'ok' && output === false ? Turn.seenTaken : Turn.taking;
    });
    const call = Float64Array.from(counting, (at) => part[at].call);
    const returned = Float64Array.from(counting, (at) => {
      const { type, return: end } = part[at];
      return type === 'ok' ? (end ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    });
    const stuck = stuckTurn({ kind, call, returned }, model.initial === 'held');
    if (stuck === undefined) return { verdict: 'linearizable' };
    const suspects = [...new Set([stuck.operation, stuck.lastTurn, stuck.askedBy])].filter((at) => at !== -1);
    const operation = part[counting[stuck.operation]];
    const last = stuck.lastTurn === -1 ? undefined : part[counting[stuck.lastTurn]];
    const isTaking = kind[stuck.operation] === Turn.taking;
    const state = isTaking ? 'held' : 'free';
    const missing = isTaking ? 'release' : 'acquisition';
    const since =
      last === undefined
        ? 'it was from the start'
        : `the last to change that was ${named(last)}, called at ${calledAt(last)}`;
    return {
      verdict: 'illegal',
      rule: isTaking
        ? 'held-twice'
        : kind[stuck.operation] === Turn.giving
          ? 'released-while-free'
          : 'refused-while-free',
      why:
        `${named(operation)} returned at ${returnedAt(operation)} although the lock was ${state} (${since}) and no other ` +
        `${missing} had been called that could have come in between`,
      suspects: suspects.map((at) => counting[at]).sort((a, b) => a - b),
    };
  },
};
