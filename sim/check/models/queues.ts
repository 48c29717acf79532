/** What is put in is taken out: first in first out, last in first out, smallest first. */
import type { Operation } from '../history.ts';
import { canonical, same, show } from '../plain.ts';
import { illegal, isNothing, type Model, specified } from './model.ts';

interface Discipline {
  readonly name: string;
  readonly about: string;
  readonly put: string;
  readonly take: string;
  /** What is wrong with a value to be put in. */
  problem?(value: unknown): string | undefined;
  /** The state with one more value; the one to be taken next stands first. */
  withOne(state: readonly unknown[], value: unknown): readonly unknown[];
}

function container({ name, about, put, take, problem, withOne }: Discipline): Model {
  return specified({
    name,
    about,
    initial: [],
    vocabulary: {
      [put]: 'the value to put in, which is not null; the answer does not count',
      [take]: 'no value; answers what it took out, null if there was nothing',
    },
    problem({ f, value }) {
      if (f !== put) return undefined;
      return isNothing(value) ? 'it needs a value other than null' : problem?.(value);
    },
    step(state, { f, value, output, type }) {
      const waiting = state as readonly unknown[];
      if (f === put) return withOne(waiting, value);
      if (type === 'ok' && !same(waiting[0], output)) return illegal;
      return waiting.length === 0 ? state : waiting.slice(1);
    },
    isReadOnly: (operation) => operation.f === take && tookNothing(operation),
    // What nobody was given is still inside, or went to somebody who does not know: leave both out.
    mattering(history) {
      const taken = new Set<string>();
      for (const { f, type, output } of history)
        if (f === take && type === 'ok') taken.add(canonical(output));
      return ({ f, value }) => f === take || taken.has(canonical(value));
    },
    why(state, { output }) {
      const waiting = state as readonly unknown[];
      const next = waiting.length === 0 ? 'nothing was there' : `${show(waiting[0])} was next`;
      return `${isNothing(output) ? 'found nothing' : `took ${show(output)}`} where ${next}`;
    },
  });
}

const tookNothing = (operation: Operation): boolean => operation.type === 'ok' && isNothing(operation.output);

export const queue: Model = container({
  name: 'queue',
  about: 'A queue: what was enqueued first is dequeued first; a dequeue of an empty queue answers null.',
  put: 'enqueue',
  take: 'dequeue',
  withOne: (state, value) => [...state, value],
});

export const stack: Model = container({
  name: 'stack',
  about: 'A stack: what was pushed last is popped first; a pop of an empty stack answers null.',
  put: 'push',
  take: 'pop',
  withOne: (state, value) => [value, ...state],
});

export const priorityQueue: Model = container({
  name: 'priority-queue',
  about: 'A bag of numbers from which the smallest is taken; taking from an empty one answers null.',
  put: 'insert',
  take: 'remove-min',
  problem: (value) => (Number.isFinite(value) ? undefined : `it needs a number, not ${show(value)}`),
  withOne(state, value) {
    const behind = state.findIndex((other) => (other as number) > (value as number));
    return behind === -1 ? [...state, value] : state.toSpliced(behind, 0, value);
  },
});
