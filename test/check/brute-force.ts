/**
 * The definition of linearizability, tried out: every order of every choice of uncertain operations that respects
 * real time, against a copy written apart from the models. Only for histories of a handful of operations.
 */
import type { Operation } from '../../sim/check/history.ts';

export function hasOrder(history: readonly Operation[]): boolean {
  const certain = history.filter((operation) => operation.type === 'ok');
  const uncertain = history.filter((operation) => operation.type === 'info');
  for (let choice = 0; choice < 1 << uncertain.length; choice++) {
    const chosen = uncertain.filter((_, at) => (choice >> at) & 1);
    if (someOrder([...certain, ...chosen], null)) return true;
  }
  return false;
}

function someOrder(left: readonly Operation[], stored: unknown): boolean {
  if (left.length === 0) return true;
  return left.some((operation) => {
    if (left.some((other) => precedes(other, operation))) return false;
    const rest = left.filter((other) => other !== operation);
    const outcome = done(operation, stored);
    return outcome !== undefined && someOrder(rest, outcome.stored);
  });
}

const precedes = (left: Operation, right: Operation): boolean =>
  left.type === 'ok' && left.return !== null && left.return < right.call;

function done(operation: Operation, stored: unknown): { stored: unknown } | undefined {
  const isKnown = operation.type === 'ok';
  if (operation.f === 'read' || operation.f === 'get') {
    return isKnown && (operation.output ?? null) !== stored ? undefined : { stored };
  }
  if (operation.f === 'write' || operation.f === 'put') return { stored: operation.value };
  if (operation.f === 'delete') return { stored: null };
  const [from, to] = operation.value as [unknown, unknown];
  const succeeded = stored === from;
  if (isKnown && succeeded !== (operation.output !== false)) return undefined;
  return { stored: succeeded ? to : stored };
}

/** A small generator of chance for tests: the same numbers for the same seed. */
export function chance(seed: number): (limit: number) => number {
  let state = seed | 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
    return ((mixed ^ (mixed >>> 13)) >>> 0) % limit;
  };
}

export interface Shape {
  readonly operations: number;
  readonly processes: number;
  readonly values: number;
  readonly functions: readonly string[];
  /** One in so many operations is uncertain; 0 for none. */
  readonly uncertainOneIn: number;
  /** One in so many answers is replaced by a random one; 0 for none. */
  readonly liesOneIn: number;
  /** Write the numbers 1, 2, 3 … instead of repeated values. */
  readonly distinct?: boolean;
}

/**
 * A history of one copy serving several clients in a closed loop, each operation taking effect at a random moment
 * between its call and its return; then some answers are falsified.
 */
export function randomHistory(seed: number, shape: Shape): Operation[] {
  const below = chance(seed);
  const operations: Operation[] = [];
  type Running = { process: number; at: number; f: string; value: unknown; effect?: unknown; done: boolean };
  const running: Running[] = [];
  let stored: unknown = null;
  let called = 0;
  let position = 0;
  let written = 0;
  let nextProcess = shape.processes;
  const idle = Array.from({ length: shape.processes }, (_, process) => process);
  const value = (): number => (shape.distinct ? ++written : 1 + below(shape.values));
  const observed = (): unknown => below(shape.values + 1) || null;
  while (called < shape.operations || running.length > 0) {
    position++;
    const mayCall = called < shape.operations && idle.length > 0;
    if (mayCall && (running.length === 0 || below(2) === 0)) {
      const f = shape.functions[below(shape.functions.length)];
      const asked = f === 'cas' ? [observed(), value()] : f === 'write' || f === 'put' ? value() : undefined;
      const process = idle.splice(below(idle.length), 1)[0];
      running.push({ process, at: operations.length, f, value: asked, done: false });
      operations.push({ process, f, value: asked, type: 'info', call: position, return: null });
      called++;
      continue;
    }
    const one = running[below(running.length)];
    if (!one.done) {
      one.done = true;
      const outcome = done({ f: one.f, value: one.value, type: 'info' } as Operation, stored);
      if (one.f === 'cas') one.effect = stored === (one.value as unknown[])[0];
      else if (one.f === 'read' || one.f === 'get') one.effect = stored;
      if (outcome !== undefined) stored = outcome.stored;
      continue;
    }
    running.splice(running.indexOf(one), 1);
    if (shape.uncertainOneIn > 0 && below(shape.uncertainOneIn) === 0) {
      idle.push(nextProcess++);
      continue;
    }
    idle.push(one.process);
    const lies = shape.liesOneIn > 0 && below(shape.liesOneIn) === 0;
    let output = one.effect;
    if (lies && one.f === 'cas') output = !output;
    else if (lies && output !== undefined) output = observed();
    operations[one.at] = { ...operations[one.at], type: 'ok', return: position, output };
  }
  return operations;
}
