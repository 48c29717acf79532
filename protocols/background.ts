/** Work that goes on by itself. */
import type { Clock } from './host.ts';

/**
 * Lets a task go on that nobody waits for. If it fails, that is a failure of the program, as an error in a timer is:
 * otherwise it would be nobody's, and a program whose disk has failed would go on with what it has in memory.
 */
export function inBackground(clock: Pick<Clock, 'after'>, task: Promise<unknown>): void {
  task.catch((error: unknown) => {
    clock.after(0, () => {
      throw error;
    });
  });
}
