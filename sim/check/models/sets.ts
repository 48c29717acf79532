/** Sets of plain values. */
import { canonical, same, show } from '../plain.ts';
import { illegal, isNothing, type Model, specified } from './model.ts';

const addUsage = 'an element; answers false if it was there, true if not, anything else says nothing';

/** The state is a list without duplicates in the order of the elements' canonical texts. */
export const set: Model = specified({
  name: 'set',
  about: 'A set to which elements are added and from which they are removed; it starts empty.',
  initial: [],
  vocabulary: {
    add: addUsage,
    remove: 'an element; answers true if it was there, false if not, anything else says nothing',
    contains: 'an element; answers whether it is there',
    read: 'no value; answers the list of all elements, in any order',
  },
  problem({ f, value, output, type }) {
    if (f === 'read') return listProblem(type, output);
    if (isNothing(value)) return 'it needs an element';
    if (f !== 'contains' || type !== 'ok' || typeof output === 'boolean') return undefined;
    return `contains answers true or false, not ${show(output)}`;
  },
  step(state, { f, value, output, type }) {
    const elements = state as readonly unknown[];
    const isKnown = type === 'ok';
    if (f === 'read') return !isKnown || same(sorted(output as unknown[]), elements) ? state : illegal;
    const at = place(elements, value);
    const isThere = at < elements.length && same(elements[at], value);
    if (f === 'contains') return !isKnown || output === isThere ? state : illegal;
    // What an addition answers is whether the element is new; what a removal answers, whether it is old.
    const isTold = isKnown && typeof output === 'boolean';
    if (isTold && output !== (f === 'add' ? !isThere : isThere)) return illegal;
    if (isThere === (f === 'add')) return state;
    return f === 'add' ? elements.toSpliced(at, 0, value) : elements.toSpliced(at, 1);
  },
  isReadOnly({ f, output, type }) {
    if (f === 'read' || f === 'contains') return true;
    return type === 'ok' && output === false;
  },
  // What nobody saw present may as well not have been added, what nobody saw absent not removed.
  mattering(history) {
    const present = new Set<string>();
    const absent = new Set<string>();
    let isRead = false;
    for (const { f, value, output, type } of history) {
      if (type !== 'ok') continue;
      if (f === 'read') {
        isRead = true;
        for (const element of output as unknown[]) present.add(canonical(element));
      } else if (typeof output === 'boolean') {
        (output === (f === 'add') ? absent : present).add(canonical(value));
      }
    }
    return ({ f, value }) => {
      const element = canonical(value);
      return f === 'add' ? present.has(element) : isRead || absent.has(element);
    };
  },
  why(state, { f, value, output }) {
    const elements = state as readonly unknown[];
    if (f === 'read') return `returned ${show(output)} where the set was ${show(elements)}`;
    const isThere = elements.some((element) => same(element, value));
    return `was told ${show(output)} where ${show(value)} was ${isThere ? '' : 'not '}in the set`;
  },
});

export const growOnlySet: Model = specified({
  name: 'grow-only-set',
  about: 'A set to which elements are only added; it starts empty.',
  initial: [],
  vocabulary: { add: addUsage, read: 'no value; answers the list of all elements, in any order' },
  problem: set.problem,
  step: set.step,
  isReadOnly: set.isReadOnly,
  mattering: set.mattering,
  // What was there once is there forever.
  isLost(state, { f, value, output, type }) {
    if (type !== 'ok') return false;
    const elements = state as readonly unknown[];
    if (f === 'add') return output === true && elements.some((element) => same(element, value));
    if ((output as unknown[]).length < elements.length) return true;
    const seen = new Set((output as unknown[]).map(canonical));
    return !elements.every((element) => seen.has(canonical(element)));
  },
  why: set.why,
});

function listProblem(type: string, output: unknown): string | undefined {
  return type !== 'ok' || Array.isArray(output) ? undefined : `a read answers a list, not ${show(output)}`;
}

const sorted = (elements: readonly unknown[]): unknown[] =>
  elements
    .map((element) => [canonical(element), element] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, element]) => element);

/** Where an element stands, or would have to be put. */
function place(elements: readonly unknown[], element: unknown): number {
  const name = canonical(element);
  let [low, high] = [0, elements.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (canonical(elements[middle]) < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
