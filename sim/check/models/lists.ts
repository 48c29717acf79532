/** A list that grows at its end. */
import { canonical, same, show } from '../plain.ts';
import { illegal, type Model, specified } from './model.ts';

export const appendList: Model = specified({
  name: 'append-list',
  about: 'A list to which elements are appended; a read returns all of it. It starts empty.',
  initial: [],
  vocabulary: {
    append: 'the element to put at the end; the answer does not count',
    read: 'no value; answers the list, or null if it is empty',
  },
  problem({ f, output, type }) {
    if (f === 'append' || type !== 'ok' || Array.isArray(output ?? [])) return undefined;
    return `a read answers a list, not ${show(output)}`;
  },
  step(state, { f, value, output, type }) {
    const list = state as readonly unknown[];
    if (f === 'append') return [...list, value];
    return type !== 'ok' || same(list, output ?? []) ? state : illegal;
  },
  isReadOnly: ({ f }) => f === 'read',
  mattering(history) {
    const seen = new Set<string>();
    for (const { f, type, output } of history) {
      if (f === 'read' && type === 'ok')
        for (const element of (output ?? []) as unknown[]) seen.add(canonical(element));
    }
    return ({ value }) => seen.has(canonical(value));
  },
  // A list only grows: what it begins with stays.
  isLost(state, { f, output, type }) {
    if (f === 'append' || type !== 'ok') return false;
    const [list, seen] = [state as readonly unknown[], (output ?? []) as readonly unknown[]];
    return list.length > seen.length || !list.every((element, at) => same(element, seen[at]));
  },
  why: (state, { output }) => `returned ${show(output ?? [])} where the list was ${show(state)}`,
});
