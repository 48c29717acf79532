/** One value, or one value a key: registers and maps. */
import type { Operation } from '../history.ts';
import { canonical, same, show } from '../plain.ts';
import { illegal, type Model, refused, specified } from './model.ts';

type Deed = 'read' | 'write' | 'delete' | 'cas';

const usage: Readonly<Record<Deed, string>> = {
  read: 'no value; answers the value stored',
  write: 'the value to store; the answer does not count',
  delete: 'no value; stores null',
  cas: '[from, to]; answers false if `from` was not stored, anything else if it was replaced by `to`',
};

/** A single value; `deeds` maps the names of functions to what they do. */
function cell(name: string, about: string, deeds: Readonly<Record<string, Deed>>): Model {
  const deedOf = (operation: Operation): Deed | undefined => deeds[operation.f];
  return specified({
    name,
    about,
    initial: null,
    vocabulary: Object.fromEntries(Object.entries(deeds).map(([f, deed]) => [f, usage[deed]])),
    problem(operation) {
      if (deedOf(operation) !== 'cas') return undefined;
      const pair = Array.isArray(operation.value) && operation.value.length === 2;
      return pair ? undefined : `a cas needs [from, to] as its value, not ${show(operation.value)}`;
    },
    step(state, operation) {
      switch (deedOf(operation)) {
        case 'read':
          return operation.type !== 'ok' || same(state, operation.output) ? state : illegal;
        case 'write':
          return operation.value;
        case 'delete':
          return null;
        case 'cas': {
          const [from, to] = operation.value as [unknown, unknown];
          if (refused(operation)) return same(state, from) ? illegal : state;
          return same(state, from) ? to : illegal;
        }
        default:
          return illegal;
      }
    },
    isReadOnly(operation) {
      const deed = deedOf(operation);
      return deed === 'read' || (deed === 'cas' && refused(operation));
    },
    isOverwrite(operation) {
      const deed = deedOf(operation);
      return deed === 'write' || deed === 'delete';
    },
    // A value that nobody was told of, nor expected, may as well never have been written; but a cas that was told
    // that its value was not there may owe it to any write.
    mattering(history) {
      if (history.some((operation) => deedOf(operation) === 'cas' && refused(operation))) return () => true;
      const observed = new Set<string>();
      for (const operation of history) {
        const deed = deedOf(operation);
        if (deed === 'read' && operation.type === 'ok') observed.add(canonical(operation.output));
        if (deed === 'cas') observed.add(canonical((operation.value as [unknown, unknown])[0]));
      }
      return (operation) => {
        switch (deedOf(operation)) {
          case 'write':
            return observed.has(canonical(operation.value));
          case 'cas':
            return observed.has(canonical((operation.value as [unknown, unknown])[1]));
          default:
            return observed.has('null');
        }
      };
    },
    why(state, operation) {
      if (deedOf(operation) === 'read')
        return `returned ${show(operation.output)} where ${show(state)} was stored`;
      if (deedOf(operation) !== 'cas') return `is not something that a ${name} does`;
      const [from] = operation.value as [unknown, unknown];
      if (refused(operation)) return `was told that ${show(from)} was not stored where it was`;
      return `was told that ${show(from)} was stored where ${show(state)} was`;
    },
  });
}

export const register: Model = cell('register', 'One value a key: a read returns what was written last.', {
  read: 'read',
  write: 'write',
});

export const casRegister: Model = cell(
  'cas-register',
  'A register with compare-and-set: [from, to] replaces `from` by `to`, or answers false and changes nothing.',
  { read: 'read', write: 'write', cas: 'cas' },
);

export const kv: Model = cell(
  'kv',
  'A map of keys to values with get, put, delete and cas; a missing key reads as null.',
  { get: 'read', put: 'write', delete: 'delete', cas: 'cas', read: 'read', write: 'write' },
);

/** Texts that grow, as in the logs of Porcupine's key-value tests. */
export const appendKv: Model = specified({
  name: 'append-kv',
  about: 'A map of keys to texts with get, put and append; a missing key reads as "".',
  initial: '',
  vocabulary: {
    get: 'no value; answers the text stored',
    put: 'the text to store; the answer does not count',
    append: 'the text to add at the end; the answer does not count',
  },
  problem({ f, value, output, type }) {
    if (f !== 'get') return typeof value === 'string' ? undefined : `it needs a text, not ${show(value)}`;
    if (type !== 'ok' || typeof output === 'string') return undefined;
    return `a get answers a text, not ${show(output)}`;
  },
  step(state, { f, value, output, type }) {
    if (f === 'get') return type !== 'ok' || state === output ? state : illegal;
    return f === 'put' ? value : `${state}${value}`;
  },
  isReadOnly: ({ f, value }) => f === 'get' || (f === 'append' && value === ''),
  isOverwrite: ({ f }) => f === 'put',
  // Whatever is read until the next put begins with what was put, and has what was appended somewhere.
  mattering(history) {
    const texts = [
      ...new Set(history.filter(({ f, type }) => f === 'get' && type === 'ok').map(({ output }) => output)),
    ] as string[];
    return ({ f, value }) =>
      texts.some((text) => (f === 'put' ? text.startsWith(`${value}`) : text.includes(`${value}`)));
  },
  why: (state, { output }) => `returned ${show(output)} where ${show(state)} was stored`,
});
