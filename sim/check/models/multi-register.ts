/** Several registers that are read and written at once. */
import { canonical, same, show } from '../plain.ts';
import { illegal, isNothing, type Model, specified } from './model.ts';

type Pairs = readonly (readonly [key: string, value: unknown])[];

export const multiRegister: Model = specified({
  name: 'multi-register',
  about: 'Named registers, several of which are read or written in one operation; each starts as null.',
  initial: {},
  vocabulary: {
    read: 'a list of keys, or nothing; answers [key, value] pairs',
    write: 'a list of [key, value] pairs to store; the answer does not count',
  },
  problem({ f, value, output, type }) {
    if (f === 'write') return isPairs(value) ? undefined : `it needs [key, value] pairs, not ${show(value)}`;
    return type !== 'ok' || isPairs(output)
      ? undefined
      : `it answers [key, value] pairs, not ${show(output)}`;
  },
  // A history is judged as a whole: an operation may be about many registers.
  key: () => undefined,
  step(state, operation) {
    const stored = state as Readonly<Record<string, unknown>>;
    if (operation.f === 'read') {
      if (operation.type !== 'ok') return state;
      const pairs = operation.output as Pairs;
      return pairs.every(([key, value]) => same(own(stored, key), value)) ? state : illegal;
    }
    const after = new Map(Object.entries(stored));
    for (const [key, value] of operation.value as Pairs) {
      if (isNothing(value)) after.delete(key);
      else after.set(key, value);
    }
    return Object.fromEntries(after);
  },
  isReadOnly: ({ f, value }) => f === 'read' || (value as Pairs).length === 0,
  // A write none of whose values was ever read is as good as one that never happened.
  mattering(history) {
    const observed = new Set<string>();
    for (const { f, type, output } of history) {
      if (f === 'read' && type === 'ok')
        for (const [key, value] of output as Pairs) observed.add(face(key, value));
    }
    return ({ value }) => (value as Pairs).some(([key, stored]) => observed.has(face(key, stored)));
  },
  why(state, { output }) {
    const stored = state as Readonly<Record<string, unknown>>;
    const wrong = (output as Pairs).filter(([key, value]) => !same(own(stored, key), value));
    return wrong
      .map(([key, value]) => `returned ${show(value)} for ${key} where ${show(own(stored, key))} was stored`)
      .join(' and ');
  },
});

const own = (stored: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(stored, key) ? stored[key] : null;

const face = (key: string, value: unknown): string => canonical([key, value]);

function isPairs(value: unknown): value is Pairs {
  if (!Array.isArray(value)) return false;
  return value.every((pair) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string');
}
