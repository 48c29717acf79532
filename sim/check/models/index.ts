/** The built-in models, one file a family. */
import { HistoryError, type Operation } from '../history.ts';
import { appendKv, casRegister, kv, register } from './cells.ts';
import { counter } from './counter.ts';
import { risingIds, uniqueIds } from './ids.ts';
import { appendList } from './lists.ts';
import { fencingLock, mutex, readWriteLock, reentrantMutex, semaphore } from './locks.ts';
import type { Model } from './model.ts';
import { multiRegister } from './multi-register.ts';
import { priorityQueue, queue, stack } from './queues.ts';
import { growOnlySet, set } from './sets.ts';

export { casRegister, kv, register } from './cells.ts';
export { illegal, type Model } from './model.ts';

/** The built-in models by name. */
export const models: ReadonlyMap<string, Model> = new Map(
  [
    ...[register, casRegister, multiRegister, kv, appendKv, counter, set, growOnlySet, appendList],
    ...[queue, stack, priorityQueue, mutex, reentrantMutex, readWriteLock, fencingLock, semaphore],
    ...[uniqueIds, risingIds],
  ].map((model) => [model.name, model]),
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
