/** A number that is added to. */
import type { Operation } from '../history.ts';
import { show } from '../plain.ts';
import { illegal, isNothing, type Model, specified } from './model.ts';

export const counter: Model = specified({
  name: 'counter',
  about: 'A whole number that starts at 0 and can be added to; a read returns the sum.',
  initial: 0,
  vocabulary: {
    add: 'a whole number to add, which may be negative; the answer does not count',
    increment: 'a whole number to add, or nothing for 1; the answer does not count',
    decrement: 'a whole number to subtract, or nothing for 1; the answer does not count',
    read: 'no value; answers the sum',
  },
  problem({ f, value, output, type }) {
    if (f === 'read') {
      if (type !== 'ok' || Number.isSafeInteger(output)) return undefined;
      return `a read of a counter answers a whole number, not ${show(output)}`;
    }
    if (Number.isSafeInteger(value) || (f !== 'add' && isNothing(value))) return undefined;
    return `it needs a whole number, not ${show(value)}`;
  },
  step(state, operation) {
    if (operation.f !== 'read') return (state as number) + change(operation);
    return operation.type !== 'ok' || operation.output === state ? state : illegal;
  },
  isReadOnly: (operation) => operation.f === 'read' || change(operation) === 0,
  why: (state, { output }) => `returned ${show(output)} where the sum was ${show(state)}`,
});

function change({ f, value }: Operation): number {
  const amount = (value ?? 1) as number;
  return f === 'decrement' ? -amount : amount;
}
