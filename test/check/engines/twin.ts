/**
 * The definition of linearizability, tried out: every choice of the operations of unknown fate, every order that
 * respects real time, against specifications written apart from the models. For a handful of operations.
 */
import type { Operation } from '../../../sim/check/history.ts';

/** The state after an operation that happens here with this answer; undefined if it cannot. */
type Specification = (state: unknown, operation: Operation) => unknown;

const told = (operation: Operation, truth: unknown): boolean =>
  operation.type !== 'ok' || JSON.stringify(operation.output ?? null) === JSON.stringify(truth ?? null);

const register: Specification = (state, operation) => {
  switch (operation.f) {
    case 'read':
    case 'get':
      return told(operation, state) ? state : undefined;
    case 'write':
    case 'put':
      return operation.value ?? null;
    case 'delete':
      return null;
    default: {
      const [from, to] = operation.value as [unknown, unknown];
      const succeeds = (from ?? null) === state;
      if (operation.type === 'ok' && succeeds !== (operation.output !== false)) return undefined;
      return succeeds ? (to ?? null) : state;
    }
  }
};

const queue: Specification = (state, operation) => {
  const waiting = state as unknown[];
  if (operation.f === 'enqueue') return [...waiting, operation.value];
  return told(operation, waiting[0]) ? waiting.slice(1) : undefined;
};

/** What was taken may be given back, and nothing else; whoever asks for it when it is taken may be refused. */
const mutex: Specification = (state, operation) => {
  const isRefused = operation.type === 'ok' && operation.output === false;
  if (operation.f === 'release') return state === 'held' ? 'free' : undefined;
  if (isRefused) return state === 'held' ? state : undefined;
  return state === 'free' ? 'held' : undefined;
};

const counter: Specification = (state, operation) => {
  if (operation.f === 'read') return told(operation, state) ? state : undefined;
  const amount = (operation.value as number | undefined) ?? 1;
  return (state as number) + (operation.f === 'decrement' ? -amount : amount);
};

const list: Specification = (state, operation) => {
  if (operation.f === 'append') return [...(state as unknown[]), operation.value];
  return operation.type !== 'ok' || told({ ...operation, output: operation.output ?? [] }, state)
    ? state
    : undefined;
};

/** Elements are numbers here, and the state is in their order. */
const set: Specification = (state, operation) => {
  const elements = state as number[];
  const { f, value, output, type } = operation;
  if (f === 'read') {
    const listed = type === 'ok' ? (output as number[]).toSorted((a, b) => a - b) : elements;
    return JSON.stringify(listed) === JSON.stringify(elements) ? state : undefined;
  }
  const isThere = elements.includes(value as number);
  if (f === 'contains') return told(operation, isThere) ? state : undefined;
  if (typeof output === 'boolean' && !told(operation, f === 'add' ? !isThere : isThere)) return undefined;
  if (f === 'remove') return elements.filter((element) => element !== value);
  return isThere ? state : [...elements, value as number].sort((a, b) => a - b);
};

const rising: Specification = (state, { output, type }) => {
  if (type !== 'ok') return state;
  return state === null || (output as number) > (state as number) ? output : undefined;
};

const unique: Specification = (state, { output, type }) => {
  const given = state as unknown[];
  if (type !== 'ok') return state;
  return given.includes(output) ? undefined : [...given, output].sort();
};

const specifications: Readonly<Record<string, readonly [initial: unknown, specification: Specification]>> = {
  register: [null, register],
  queue: [[], queue],
  mutex: ['free', mutex],
  counter: [0, counter],
  list: [[], list],
  set: [[], set],
  rising: [null, rising],
  unique: [[], unique],
};

/** Whether a linearization exists. */
export function isLinearizable(model: string, history: readonly Operation[], initial?: unknown): boolean {
  const [standard, step] = specifications[model];
  const operations = history.filter((operation) => operation.type !== 'fail');
  const all = (1 << operations.length) - 1;
  let certain = 0;
  const before = operations.map((operation, at) => {
    if (operation.type === 'ok') certain |= 1 << at;
    return operations.reduce((mask, other, position) => {
      const ended = other.type === 'ok' ? other.return! : Number.POSITIVE_INFINITY;
      return ended < operation.call ? mask | (1 << position) : mask;
    }, 0);
  });
  const dead = new Set<string>();
  const visit = (placed: number, state: unknown): boolean => {
    if ((placed & certain) === certain) return true;
    const key = `${placed} ${JSON.stringify(state)}`;
    if (dead.has(key)) return false;
    for (let at = 0; at < operations.length; at++) {
      const isOpen = ((all ^ placed) >> at) & 1;
      // What precedes an operation is certain, and has its place already.
      if (isOpen === 0 || (before[at] & ~placed) !== 0) continue;
      const after = step(state, operations[at]);
      if (after !== undefined && visit(placed | (1 << at), after)) return true;
    }
    dead.add(key);
    return false;
  };
  return visit(0, initial === undefined ? standard : initial);
}
