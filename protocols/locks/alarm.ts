/** When a table has to be looked at again, though nobody asks. */
import { grainMs } from '../grain.ts';
import type { Clock, Timer } from '../host.ts';

/**
 * Rings when the next of several things ends: one timer, however many there are. What it returns has to be called
 * whenever there may be something that ends sooner.
 * @param leftMs how long it is until then; null if nothing ends by itself
 */
export function alarm(
  clock: Pick<Clock, 'elapsed' | 'after'>,
  leftMs: () => number | null,
  ring: () => void,
): () => void {
  let timer: Timer | undefined;
  let setFor = Number.POSITIVE_INFINITY;
  const set = () => {
    const left = leftMs();
    if (left === null) return;
    const now = clock.elapsed();
    const due = now + Math.max(0, left) + grainMs;
    // It rings before that anyway, and then looks again.
    if (due >= setFor) return;
    timer?.cancel();
    setFor = due;
    timer = clock.after(due - now, () => {
      setFor = Number.POSITIVE_INFINITY;
      ring();
      set();
    });
  };
  return set;
}
