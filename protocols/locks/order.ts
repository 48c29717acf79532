/**
 * Deadlock prevention by ordering: if everybody acquires keys in one order, nobody waits in a circle (Coffman, Elphick and
 * Shoshani, *System Deadlocks*, Computing Surveys 3(2), 1971; Havender 1968).
 */
import { Refused } from '../host.ts';

/** Keys in the order in which everybody acquires them, by code units, and each once. */
export const inOrder = (keys: readonly string[]): string[] =>
  [...new Set(keys)].sort((left, right) => (left < right ? -1 : 1));

/** @throws Refused a key that is held, or waited for, comes after the one that is asked for */
export function mustBeInOrder(taken: Iterable<string>, key: string): void {
  for (const other of taken) {
    if (other <= key) continue;
    throw new Refused(
      `${JSON.stringify(key)} cannot be had after ${JSON.stringify(other)}: keys are acquired in the order of their ` +
        'code units, so that nobody waits in a circle; release the latter first, or ask for both with acquireAll',
    );
  }
}
