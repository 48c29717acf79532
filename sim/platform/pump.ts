/**
 * How Node runs everything runnable between two events.
 *
 * `process._tickCallback()` drains promise reactions and next-ticks synchronously, when it is entered from a macrotask
 * outside every microtask; inside one it silently does nothing. It is undocumented, so it is probed first; where the
 * probe fails, a hop over the next-tick queue takes its place, at about twice the cost.
 */
import type { Pump } from '../kernel/loop.ts';

/** What is put on while virtual time runs and off while the real loop breathes. */
export interface Guards {
  on(): void;
  off(): void;
}

// Captured at load: the guards shadow them during a run.
const { setImmediate, queueMicrotask, performance } = globalThis;
const nextTick = process.nextTick.bind(process);

export interface PumpOptions {
  readonly guards?: Guards;
  /** Shared with a watchdog; see `Pump.beacon`. */
  readonly beacon?: Float64Array;
  /** `hop` leaves out the synchronous drain, as on a runtime that has none. */
  readonly way?: 'drain' | 'hop';
}

/** A pump for one run at a time; runs on different pumps may interleave in one process. */
export async function makePump(options: PumpOptions = {}): Promise<Pump> {
  const drain = options.way === 'hop' ? undefined : await probeDrain();
  const { guards } = options;
  let listeners: NodeJS.UnhandledRejectionListener[] = [];
  return {
    drain,
    hop: () => new Promise((resolve) => queueMicrotask(() => nextTick(resolve))),
    macrotask: (task) => void setImmediate(task),
    nowMs: () => performance.now(),
    enter(onUnhandled) {
      listeners = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.on('unhandledRejection', onUnhandled);
      guards?.on();
    },
    leave() {
      guards?.off();
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    },
    beacon: options.beacon ?? new Float64Array(1),
  };
}

/** The synchronous drain, if this runtime has one that works. */
function probeDrain(): Promise<(() => void) | undefined> {
  const { _tickCallback: tick } = process as { _tickCallback?: () => void };
  if (typeof tick !== 'function') return Promise.resolve(undefined);
  const drain = () => tick.call(process);
  return new Promise((resolve) => {
    setImmediate(() => {
      let reached = 0;
      const go = async () => {
        await null;
        await null;
        reached += 1;
      };
      void go();
      nextTick(() => {
        reached += 1;
      });
      drain();
      resolve(reached === 2 ? drain : undefined);
    });
  });
}
