/** The clocks and timers of the machine, as a host sees them. */
import type { Clock, ClockInterval, Timer } from '../host.ts';

/** What a 32-bit timer of Node can hold. */
const timeoutMsMax = 0x7fffffff;

export class NodeClock implements Clock {
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #onUncaught: (error: unknown) => void;
  readonly #errorMs: number;
  #stopped = false;

  /** @param errorMs how far the wall clock may be off; nobody here can measure it */
  constructor(onUncaught: (error: unknown) => void, errorMs: number) {
    this.#onUncaught = onUncaught;
    this.#errorMs = errorMs;
  }

  now(): number {
    return Date.now();
  }

  interval(): ClockInterval {
    const now = Date.now();
    return { earliest: now - this.#errorMs, latest: now + this.#errorMs };
  }

  elapsed(): number {
    return performance.now();
  }

  sleep(ms: number, options: { signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const abort = () => {
        timer.cancel();
        if (!this.#stopped) reject(signal?.reason);
      };
      const timer = this.after(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }

  after(ms: number, task: () => void): Timer {
    if (!(ms >= 0)) throw new RangeError(`a timer of ${ms} ms; expected a number from 0 on`);
    const due = performance.now() + ms;
    let timeout: NodeJS.Timeout | undefined;
    const wait = (leftMs: number) => {
      timeout = setTimeout(fire, Math.min(timeoutMsMax, Math.ceil(leftMs)));
      this.#timers.add(timeout);
    };
    const fire = () => {
      this.#timers.delete(timeout!);
      const leftMs = due - performance.now();
      // Too early: the delay was cut into pieces, or Node rounded it down.
      if (leftMs > 0) return wait(leftMs);
      try {
        // A task that goes on may fail later.
        const ending = task() as unknown;
        if (ending instanceof Promise) ending.catch((error) => this.#onUncaught(error));
      } catch (error) {
        this.#onUncaught(error);
      }
    };
    const cancel = () => {
      clearTimeout(timeout);
      this.#timers.delete(timeout!);
    };
    if (!this.#stopped) wait(ms);
    return { cancel };
  }

  /** Forgets every timer, and takes no new ones. */
  stop(): void {
    this.#stopped = true;
    for (const timeout of this.#timers) clearTimeout(timeout);
    this.#timers.clear();
  }
}
