/**
 * How Node runs everything runnable between two events.
 *
 * `process._tickCallback()` drains promise reactions and next-ticks synchronously, when it is entered from a macrotask
 * outside every microtask; inside one it silently does nothing. It is undocumented, so it is probed first; where the
 * probe fails, a hop takes its place, which rests on public promises of Node alone and is several times slower.
 *
 * What goes wrong during a slice (a rejection that nobody handles, a throw inside a microtask or a next-tick) is the
 * program's: it goes to the slice's `onUnhandled`, and neither ends the process nor reaches anybody else's listeners.
 */
import type { Pump } from '../kernel/loop.ts';

/** What is put on while virtual time runs and off while the real loop breathes. */
export interface Guards {
  on(): void;
  off(): void;
}

export interface PumpOptions {
  readonly guards?: Guards;
  /**
   * Shared with a watchdog: element 0 is the number of the current event, element 1 (if there is one) goes up by one
   * at each end of a slice, so that it is odd during one.
   */
  readonly beacon?: Float64Array;
  /** `hop` leaves out the synchronous drain, as on a runtime that has none. */
  readonly way?: 'drain' | 'hop';
}

type OnUnhandled = (reason: unknown) => void;

// Captured at load: guards shadow them during a slice.
const { setImmediate, queueMicrotask } = globalThis;
const { nextTick } = process;
const nowMs = performance.now.bind(performance);

/** A pump for one run at a time; runs on different pumps may interleave in one process. */
export async function makePump(options: PumpOptions = {}): Promise<Pump> {
  const { guards, beacon = new Float64Array(1) } = options;
  const drain = options.way === 'hop' ? undefined : await probeDrain();
  const hop = drain === undefined && (await probeQuietHop()) ? quietHop : tickHop;
  let slice: Slice | undefined;
  const turnBeacon = () => {
    if (beacon.length > 1) beacon[1] = beacon[1]! + 1;
  };
  return {
    drain,
    hop,
    macrotask: (task) => void setImmediate(task),
    nowMs,
    enter(onUnhandled) {
      slice = openSlice(onUnhandled);
      turnBeacon();
      guards?.on();
    },
    leave() {
      if (slice === undefined) return;
      try {
        guards?.off();
      } finally {
        turnBeacon();
        closeSlice(slice);
        slice = undefined;
      }
    },
    beacon,
  };
}

interface Slice {
  readonly onUnhandled: OnUnhandled;
}

/** Open slices, the newest last. There is one at most, unless runs that hop overlap. */
const slices: Slice[] = [];
/** An error of `onUnhandled` itself: the rules of the loop are broken, and the loop must hear of it. */
let failure: { readonly error: unknown } | undefined;
let giveBack = () => {};

function openSlice(onUnhandled: OnUnhandled): Slice {
  if (slices.length === 0) giveBack = takeOver();
  const slice = { onUnhandled };
  slices.push(slice);
  return slice;
}

function closeSlice(slice: Slice): void {
  const index = slices.indexOf(slice);
  if (index >= 0) slices.splice(index, 1);
  if (slices.length === 0) giveBack();
}

/** Hears of everything that goes unhandled in this process, and returns how to stop that. */
function takeOver(): () => void {
  const events = ['unhandledRejection', 'uncaughtException'] as const;
  const listeners = events.map((event) => process.rawListeners(event));
  for (const event of events) {
    process.removeAllListeners(event);
    process.on(event as 'unhandledRejection', unhandled);
  }
  const theirs = { nextTick: process.nextTick, queueMicrotask: globalThis.queueMicrotask };
  process.nextTick = nextTickCaught;
  globalThis.queueMicrotask = queueMicrotaskCaught;
  return () => {
    process.nextTick = theirs.nextTick;
    globalThis.queueMicrotask = theirs.queueMicrotask;
    for (const [index, event] of events.entries()) {
      process.removeAllListeners(event);
      for (const listener of listeners[index]!) process.on(event, listener as () => void);
    }
  };
}

function unhandled(reason: unknown): void {
  if (reason instanceof Quiet) {
    reason.resolve();
    return;
  }
  try {
    slices.at(-1)?.onUnhandled(reason);
  } catch (error) {
    failure ??= { error };
  }
}

// A throw inside a next-tick or a microtask takes Node's road to a fatal exception, which is long and upsets its
// bookkeeping of async ids. These two keep it off that road; code that holds on to the originals still gets there.
const nextTickCaught: typeof process.nextTick = (callback: (...args: never[]) => void, ...args: never[]) => {
  if (typeof callback !== 'function') return nextTick(callback);
  nextTick(runCaught, () => callback(...args));
};

const queueMicrotaskCaught: typeof globalThis.queueMicrotask = (callback) => {
  if (typeof callback !== 'function') return queueMicrotask(callback);
  queueMicrotask(() => runCaught(callback));
};

function runCaught(task: () => void): void {
  try {
    task();
  } catch (error) {
    if (slices.length === 0) throw error;
    unhandled(error);
  }
}

/** The synchronous drain, if this runtime has one that works. */
function probeDrain(): Promise<(() => void) | undefined> {
  const { _tickCallback: tick } = process as { _tickCallback?: () => void };
  if (typeof tick !== 'function') return Promise.resolve(undefined);
  const drain = () => {
    for (;;) {
      try {
        tick.call(process);
        break;
      } catch (error) {
        // A next-tick threw and left its async id on Node's stack; a process with dirty ones aborts in the end. The
        // same error thrown by a microtask is reported as uncaught, and Node clears that stack on the way.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    if (failure !== undefined) raiseFailure();
  };
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

function raiseFailure(): void {
  const { error } = failure!;
  failure = undefined;
  throw error;
}

/** Rejected with on purpose, to be told when Node reports rejections. */
class Quiet {
  readonly resolve: () => void;
  constructor(resolve: () => void) {
    this.resolve = resolve;
  }
}

/**
 * Node reports unhandled rejections when neither a promise reaction nor a next-tick is left, whatever those spawned;
 * a rejection of our own among them says that this moment has come, and that all others were reported.
 */
async function quietHop(): Promise<void> {
  await new Promise<void>((resolve) => {
    void Promise.reject(new Quiet(resolve));
  });
  if (failure !== undefined) raiseFailure();
}

/** Whether unhandled rejections are reported here; a flag may have turned them off. */
async function probeQuietHop(): Promise<boolean> {
  await new Promise((resolve) => setImmediate(resolve));
  const slice = openSlice(() => {});
  try {
    const late = new Promise<false>((resolve) => setImmediate(() => resolve(false)));
    return await Promise.race([quietHop().then(() => true), late]);
  } finally {
    closeSlice(slice);
  }
}

/** The next best: misses what a next-tick sets off through promises and further next-ticks. */
async function tickHop(): Promise<void> {
  await new Promise<void>((resolve) => queueMicrotask(() => nextTick(resolve)));
  if (failure !== undefined) raiseFailure();
}
