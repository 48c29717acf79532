/** Sources of names that are given once only. */
import { canonical, show } from '../plain.ts';
import { illegal, isNothing, type Model, specified } from './model.ts';

/** Judged id by id, since an id is only ever in the way of itself. The state: whether it was given. */
export const uniqueIds: Model = specified({
  name: 'unique-ids',
  about: 'A source of ids, each of which is given once only.',
  initial: false,
  vocabulary: { generate: 'no value; answers an id' },
  problem: ({ output, type }) =>
    type === 'ok' && isNothing(output) ? 'it answers an id, not null' : undefined,
  key({ key, output, type }) {
    if (type !== 'ok') return key;
    return key === undefined ? `id ${canonical(output)}` : `${key}, id ${canonical(output)}`;
  },
  step: (state, { type }) => (type !== 'ok' ? state : state === true ? illegal : true),
  isReadOnly: ({ type }) => type !== 'ok',
  isLost: (state, { type }) => type === 'ok' && state === true,
  why: (_, { output }) => `returned ${show(output)}, which was given before`,
});

/** The state: the last id. An id that nobody got to know may lie anywhere above the last one. */
export const risingIds: Model = specified({
  name: 'rising-ids',
  about: 'A source of numbers, each of which is greater than all that were given before.',
  initial: null,
  vocabulary: { generate: 'no value; answers a number' },
  problem: ({ output, type }) =>
    type !== 'ok' || Number.isFinite(output) ? undefined : `it answers a number, not ${show(output)}`,
  step(state, { output, type }) {
    if (type !== 'ok') return state;
    return isNothing(state) || (output as number) > (state as number) ? output : illegal;
  },
  isReadOnly: ({ type }) => type !== 'ok',
  isLost: (state, { output, type }) =>
    type === 'ok' && !isNothing(state) && (output as number) <= (state as number),
  why: (state, { output }) => `returned ${show(output)} where ${show(state)} was given before`,
});
