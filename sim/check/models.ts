/**
 * Sequential specifications. A model is a small value that says what one copy, asked one thing at a time, would do;
 * the checkers ask whether a concurrent history could have come from it.
 */
import { HistoryError, type Operation } from './history.ts';
import { canonical, same, show } from './plain.ts';

/** What `step` returns for an operation that cannot have happened in this state with this answer. */
export const illegal: unique symbol = Symbol('illegal');

/** States are plain JSON data; every method is a pure function. */
export interface Model {
  readonly name: string;
  readonly about: string;
  /** The state before the first operation. `{ ...model, initial: 0 }` starts elsewhere. */
  readonly initial: unknown;
  /** The functions it knows. */
  readonly functions: readonly string[];
  /** What is wrong with the arguments of an operation, in words; nothing if all is well. */
  problem?(operation: Operation): string | undefined;
  /** The part of the state that an operation is about: parts are judged apart, each from `initial`. */
  key(operation: Operation): string | undefined;
  /**
   * The state after an operation, or `illegal`. The answer of an `info` is unknown: it is legal where it would change
   * the state, and may be illegal where it would change nothing.
   */
  step(state: unknown, operation: Operation): unknown;
  /** Whether it leaves every state as it is, whenever it is legal. */
  isReadOnly(operation: Operation): boolean;
  /** Whether it is legal in every state and leads to the same one from all of them. */
  isOverwrite(operation: Operation): boolean;
  /**
   * Tells which operations of unknown fate could help to explain the answers of a history; judging it without the
   * others gives the same verdict. Without this method all could.
   */
  mattering?(history: readonly Operation[]): (operation: Operation) => boolean;
  /** Why `step` called it illegal: the end of a sentence that starts with the operation. */
  why(state: unknown, operation: Operation): string;
}

type Deed = 'read' | 'write' | 'delete' | 'cas';

/** A single value with the given vocabulary, which maps the names of functions to what they do. */
function cell(name: string, about: string, vocabulary: Readonly<Record<string, Deed>>): Model {
  const deedOf = (operation: Operation): Deed | undefined => vocabulary[operation.f];
  // A cas that is answered with anything but `false` succeeded.
  const refused = (operation: Operation): boolean => operation.type === 'ok' && operation.output === false;
  return {
    name,
    about,
    initial: null,
    functions: Object.keys(vocabulary),
    problem(operation) {
      if (deedOf(operation) !== 'cas') return undefined;
      const pair = Array.isArray(operation.value) && operation.value.length === 2;
      return pair ? undefined : `a cas needs [from, to] as its value, not ${show(operation.value)}`;
    },
    key: (operation) => operation.key,
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
      if (history.some(refused)) return () => true;
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
  };
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

/** The built-in models by name. */
export const models: ReadonlyMap<string, Model> = new Map(
  [register, casRegister, kv].map((model) => [model.name, model]),
);

/** @throws RangeError listing all names if none is called so */
export function modelNamed(name: string): Model {
  const model = models.get(name);
  if (model !== undefined) return model;
  throw new RangeError(`there is no model "${name}"; the models are ${[...models.keys()].join(', ')}`);
}

/** @throws HistoryError if the model does not know the function of an operation, or its arguments are wrong */
export function assertUnderstood(model: Model, history: readonly Operation[]): void {
  const known = new Set(model.functions);
  history.forEach((operation, at) => {
    const problem = known.has(operation.f)
      ? model.problem?.(operation)
      : `the model "${model.name}" knows ${model.functions.join(', ')}, not this`;
    if (problem !== undefined) throw new HistoryError(`operation ${at + 1} (${operation.f}): ${problem}`);
  });
}
