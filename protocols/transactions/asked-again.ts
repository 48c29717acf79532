/** How a client learns what became of what it has named. */
import { grainMs } from '../grain.ts';
import { type Host, isRefused, isTimedOut, TimedOut } from '../host.ts';

interface Patience {
  /** Milliseconds after which it asks again. */
  readonly attemptTimeout: number;
  /** Milliseconds after which it gives up. */
  readonly requestTimeout: number;
}

/**
 * Asks again and again until there is an answer: what is asked for has a name, so that it happens once.
 * @param ask rejects with `Refused` or `TimedOut`; then it is asked again when the time of the attempt is over
 * @throws TimedOut with these words: nobody answered in time
 */
export async function askedAgain<T>(
  { clock }: Pick<Host, 'clock'>,
  { attemptTimeout, requestTimeout }: Patience,
  ask: (timeoutMs: number) => Promise<T>,
  inVain: string,
): Promise<T> {
  const deadline = clock.elapsed() + requestTimeout;
  for (;;) {
    const askedAt = clock.elapsed();
    // What is less than any timer would never be over.
    if (deadline - askedAt < grainMs) throw new TimedOut(inVain);
    const timeoutMs = Math.min(deadline - askedAt, attemptTimeout);
    try {
      return await ask(timeoutMs);
    } catch (error) {
      if (!isTimedOut(error) && !isRefused(error)) throw error;
      const rest = askedAt + timeoutMs - clock.elapsed();
      if (rest > 0) await clock.sleep(rest);
    }
  }
}
