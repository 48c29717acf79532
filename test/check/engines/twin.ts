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

const specifications: Readonly<Record<string, readonly [initial: unknown, specification: Specification]>> = {
  register: [null, register],
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
