/** Asks several nodes at once, and waits for as many answers as are needed. */
import { type HostId, isRefused, isTimedOut, TimedOut } from '../../host.ts';

export interface Poll<T> {
  /**
   * The answers that were there when they were enough.
   * @throws TimedOut too many did not answer
   */
  readonly enough: Promise<ReadonlyMap<HostId, T>>;
  /** All answers, when everybody has answered or failed. */
  readonly all: Promise<ReadonlyMap<HostId, T>>;
}

/** Failures other than refusals and silence, such as those of one's own disk, are passed on by both promises. */
export function poll<T>(
  nodes: readonly HostId[],
  needed: number,
  ask: (node: HostId) => Promise<T>,
): Poll<T> {
  const answers = new Map<HostId, T>();
  const settle = settling<ReadonlyMap<HostId, T>>();
  const asked = nodes.map(async (node) => {
    try {
      answers.set(node, await ask(node));
    } catch (error) {
      if (!isExpected(error)) throw error;
      return;
    }
    if (answers.size === needed) settle.resolve(new Map(answers));
  });
  if (needed <= 0) settle.resolve(new Map());
  const all = Promise.all(asked).then(() => answers);
  all.then(
    () => settle.reject(new TimedOut(`${answers.size} of ${nodes.length} nodes answered, not ${needed}`)),
    (error: unknown) => settle.reject(error),
  );
  // Whoever waits for one of them need not wait for the other.
  settle.promise.catch(() => {});
  return { enough: settle.promise, all };
}

/** What a call of another node may throw in the course of things. */
export const isExpected = (error: unknown): boolean => isRefused(error) || isTimedOut(error);

function settling<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}
