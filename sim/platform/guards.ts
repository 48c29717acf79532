/**
 * Guards against real time, real chance and the outside world during a slice of virtual execution.
 *
 * Invariants
 * 1. Nothing is guarded outside a slice: globals are swapped back, and wrappers pass calls through.
 * 2. A wrapper looks at one variable, `armed`; whoever is armed gets the report. It is never set after `off`.
 * 3. What was there before (someone's fake timers, say) is what is there afterwards.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { EscapeError, type EscapeReport, framesOf, isOwnFrame, whereIn } from './escape.ts';
import { allowed, type Forbidden, globals, modules, processFunctions } from './forbidden.ts';
import type { Guards } from './pump.ts';

/** Guards of one run or of several, one after the other. */
export interface HeldGuards extends Guards {
  /** Takes the wrappers off Node's modules, unless others hold them too. Without effect when called again. */
  release(): void;
}

type AnyFunction = (...args: unknown[]) => unknown;
type Owner = Record<PropertyKey, unknown>;

/** Reports the first escape of a slice's program, even if the program swallows the error. */
interface Sentry {
  report(report: EscapeReport): void;
}

/** Who guards the slice that runs now. */
let armed: Sentry | undefined;
/** Sentries of slices that are open; more than one only if runs that hop overlap. */
const onDuty: Sentry[] = [];
let holders = 0;
let swaps: readonly Swap[] | undefined;
/** Open slices, and modules that are being loaded. */
let swappers = 0;
let restoreGlobals = () => {};
let restoreModules = () => {};

/**
 * Puts wrappers on the functions of Node's modules (also as `import { readFileSync } from 'node:fs'` sees them), and
 * returns what a pump puts on and off around its slices.
 * @param onEscape hears of the first escape only; what it does itself is not guarded
 */
export function holdGuards(onEscape: (report: EscapeReport) => void): HeldGuards {
  // Streams that come to life while `fs` is wrapped would hold on to the wrappers.
  void process.stdout;
  void process.stderr;
  if (holders === 0) restoreModules = wrapModules();
  holders += 1;
  let held = true;
  let escaped = false;
  const sentry: Sentry = {
    report(first) {
      if (escaped) return;
      escaped = true;
      onEscape(first);
    },
  };
  return {
    on() {
      swapIn();
      onDuty.push(sentry);
      armed = sentry;
    },
    off() {
      const index = onDuty.lastIndexOf(sentry);
      if (index < 0) return;
      onDuty.splice(index, 1);
      armed = onDuty.at(-1);
      swapOut();
    },
    release() {
      if (!held) return;
      held = false;
      this.off();
      holders -= 1;
      if (holders === 0) restoreModules();
    },
  };
}

/**
 * Loads a program in such a way that what it keeps a copy of (`const { now } = Date`) is guarded in its slices too.
 * Nothing is out of bounds while it loads.
 */
export async function whileLoading<T>(load: () => Promise<T>): Promise<T> {
  swapIn();
  try {
    return await load();
  } finally {
    swapOut();
  }
}

function swapIn(): void {
  swaps ??= prepareSwaps();
  if (swappers === 0) restoreGlobals = swapAll(swaps);
  swappers += 1;
}

function swapOut(): void {
  swappers -= 1;
  if (swappers === 0) restoreGlobals();
}

/** Runs a task as if there were no guards. */
function unguarded<T>(task: () => T): T {
  const sentry = armed;
  armed = undefined;
  try {
    return task();
  } finally {
    armed = sentry;
  }
}

/** The error to throw for an escape, already reported; undefined if nobody guards, or if it was Node's own doing. */
function caught(what: string, instead: string): EscapeError | undefined {
  const sentry = armed;
  if (sentry === undefined) return undefined;
  return unguarded(() => {
    const frames = callers();
    // Node's handling of an uncaught error sets an immediate through the public module, for one.
    const caller = frames.find((frame) => !isOwnFrame(frame));
    if (caller?.startsWith('node:internal/process/')) return undefined;
    const where = whereIn(frames);
    const report = { what, instead, ...(where !== undefined && { where }) };
    sentry.report(report);
    return new EscapeError(report);
  });
}

function callers(): string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  try {
    return framesOf(new Error('where').stack ?? '');
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** A function or class that is out of bounds while somebody is armed, and is itself otherwise. */
function forbid<F extends AnyFunction>(original: F, what: string, { instead, when }: Forbidden): F {
  return new Proxy(original, {
    apply(target, self, args) {
      if (armed !== undefined && (when === undefined || when(args, false))) {
        const error = caught(what, instead);
        if (error !== undefined) throw error;
      }
      return Reflect.apply(target, self, args);
    },
    construct(target, args, newTarget) {
      if (armed !== undefined && (when === undefined || when(args, true))) {
        const error = caught(`new ${what}`, instead);
        if (error !== undefined) throw error;
      }
      return Reflect.construct(target, args, newTarget);
    },
  });
}

/** One property that is another during a slice. */
interface Swap {
  readonly owner: Owner;
  readonly key: string;
  /** Made once, or from what stands there when the slice begins: a spy of a test must not lose its calls. */
  readonly guarded: PropertyDescriptor | (() => PropertyDescriptor | undefined);
}

function prepareSwaps(): Swap[] {
  const prepared: Swap[] = [];
  for (const [path, forbidden] of Object.entries(globals)) {
    const place = placeOf(path);
    const current = place && describe(place.owner, place.key);
    if (place === undefined || current === undefined) continue;
    prepared.push({ ...place, guarded: forbiddenProperty(current, path, forbidden) });
  }
  for (const path of allowed) {
    const place = placeOf(path);
    if (place !== undefined)
      prepared.push({ ...place, guarded: () => allowedProperty(place.owner[place.key]) });
  }
  return prepared;
}

function allowedProperty(original: unknown): PropertyDescriptor | undefined {
  if (typeof original !== 'function') return undefined;
  const value = new Proxy(original, {
    apply: (target, self, args) => unguarded(() => Reflect.apply(target, self, args)),
  });
  return { value, writable: true, configurable: true, enumerable: true };
}

function forbiddenProperty(
  current: PropertyDescriptor,
  path: string,
  forbidden: Forbidden,
): PropertyDescriptor {
  const { configurable = true, enumerable = true } = current;
  if (typeof current.value === 'function') {
    return { value: forbid(current.value, path, forbidden), writable: true, configurable, enumerable };
  }
  const { get = () => current.value } = current;
  return {
    get(this: unknown) {
      const value = Reflect.apply(get, this, []);
      // The format of a DateTimeFormat is a getter that gives a function; MessageChannel comes to life when read.
      if (typeof value === 'function') return forbid(value, path.replace('.prototype.', '().'), forbidden);
      const error = caught(path, forbidden.instead);
      if (error !== undefined) throw error;
      return value;
    },
    configurable,
    enumerable,
  };
}

function placeOf(path: string): { owner: Owner; key: string } | undefined {
  const steps = path.split('.');
  const key = steps.pop()!;
  let owner: unknown = globalThis;
  for (const step of steps) owner = (owner as Owner | undefined)?.[step];
  return owner === undefined ? undefined : { owner: owner as Owner, key };
}

/** A property of an object or of what it inherits from. */
function describe(owner: object, key: string): PropertyDescriptor | undefined {
  for (let object: object | null = owner; object !== null; object = Object.getPrototypeOf(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

/** Swaps all properties, and returns how to swap them back. */
function swapAll(all: readonly Swap[]): () => void {
  const before: (PropertyDescriptor | undefined)[] = [];
  for (const { owner, key, guarded } of all) {
    before.push(Object.getOwnPropertyDescriptor(owner, key));
    const descriptor = typeof guarded === 'function' ? guarded() : guarded;
    if (descriptor !== undefined) Reflect.defineProperty(owner, key, descriptor);
  }
  return () => {
    for (const [index, { owner, key }] of all.entries()) {
      const descriptor = before[index];
      if (descriptor === undefined) Reflect.deleteProperty(owner, key);
      else Reflect.defineProperty(owner, key, descriptor);
    }
  };
}

/** Wraps the functions of Node's modules, and returns how to undo it. */
function wrapModules(): () => void {
  const require = createRequire(import.meta.url);
  const undo: (() => void)[] = [];
  const wrap = (owner: Owner, key: string, what: string, forbidden: Forbidden) => {
    const before = Object.getOwnPropertyDescriptor(owner, key);
    if (typeof before?.value !== 'function' || !before.writable) return;
    const wrapped = forbid(before.value, what, forbidden);
    owner[key] = wrapped;
    undo.push(() => {
      // Whoever wrapped it in the meantime goes on with our wrapper inside, which then lets everything through.
      if (owner[key] === wrapped) owner[key] = before.value;
    });
  };
  for (const [name, forbidden] of Object.entries(modules)) {
    const owner = require(`node:${name}`) as Owner;
    const prefix = name.replace('/', '.');
    for (const key of forbidden.only ?? Object.keys(owner)) wrap(owner, key, `${prefix}.${key}`, forbidden);
  }
  wrap(process.hrtime as unknown as Owner, 'bigint', 'process.hrtime.bigint', processFunctions.hrtime!);
  for (const [key, forbidden] of Object.entries(processFunctions)) {
    wrap(process as unknown as Owner, key, `process.${key}`, forbidden);
  }
  syncBuiltinESMExports();
  return () => {
    for (const step of undo.reverse()) step();
    syncBuiltinESMExports();
  };
}
