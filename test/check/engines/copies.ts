/** One copy of each thing, which is asked at random and answers truly, or lies. */
import type { Chance, Copy } from './histories.ts';

const one = <T>(below: Chance, list: readonly T[]): T => list[below(list.length)];

/** A register; `fresh` says what is written next, `guess` what lies and expectations are taken from. */
function registerCopy(
  below: Chance,
  functions: readonly string[],
  fresh: () => unknown,
  guess: () => unknown,
  initial: unknown,
): Copy {
  let stored = initial;
  return {
    ask() {
      const f = one(below, functions);
      if (f === 'cas') return { f, value: [below(2) === 0 ? stored : guess(), fresh()] };
      return f === 'put' || f === 'write' ? { f, value: fresh() } : { f };
    },
    answer(f, value) {
      if (f === 'get' || f === 'read') return stored;
      if (f !== 'cas') {
        stored = f === 'delete' ? null : value;
        return undefined;
      }
      const [from, to] = value as unknown[];
      if (from !== stored) return false;
      stored = to;
      return true;
    },
    lie: (f) => (f === 'cas' ? below(2) === 0 : f === 'get' || f === 'read' ? guess() : undefined),
  };
}

/** Writes the numbers 1, 2, 3 …, one in `repeatOneIn` (0 for none) being an earlier one again. */
export function numbered(below: Chance, functions: readonly string[], repeatOneIn = 0): Copy {
  let written = 0;
  const fresh = (): number =>
    repeatOneIn > 0 && below(repeatOneIn) === 0 ? 1 + below(written + 1) : ++written;
  const recent = (): unknown => Math.max(0, written + 1 - below(5)) || null;
  return registerCopy(below, functions, fresh, recent, null);
}

/** Writes a few values again and again; lies with what was written or was there before. */
export function repeating(
  below: Chance,
  functions: readonly string[],
  values: number,
  initial: unknown = null,
): Copy {
  const known: unknown[] = [initial];
  const fresh = (): unknown => {
    known.push(1 + below(values));
    return known.at(-1);
  };
  return registerCopy(below, functions, fresh, () => one(below, known), initial);
}

export function queueCopy(below: Chance, takeOneIn = 2): Copy {
  const waiting: unknown[] = [];
  let last = 0;
  return {
    ask: () => (below(takeOneIn) === 0 ? { f: 'dequeue' } : { f: 'enqueue', value: ++last }),
    answer(f, value) {
      if (f === 'dequeue') return waiting.shift() ?? null;
      waiting.push(value);
      return undefined;
    },
    lie: (f) => (f === 'dequeue' ? below(last + 2) || null : undefined),
  };
}

/** Elements 1, 2, … `elements`; changes are told what they found if `isTold`. */
export function setCopy(
  below: Chance,
  shape: { readonly functions: readonly string[]; readonly elements: number; readonly isTold: boolean },
): Copy {
  const inside = new Set<unknown>();
  const answers = (f: string): boolean => f === 'contains' || shape.isTold;
  return {
    ask() {
      const f = one(below, shape.functions);
      return f === 'read' ? { f } : { f, value: 1 + below(shape.elements) };
    },
    answer(f, value) {
      const isThere = inside.has(value);
      if (f === 'read') return [...inside];
      if (f === 'add') inside.add(value);
      if (f === 'remove') inside.delete(value);
      return answers(f) ? isThere !== (f === 'add') : undefined;
    },
    lie: (f) =>
      f === 'read' ? [...inside].filter(() => below(3) > 0) : answers(f) ? below(2) === 0 : undefined,
  };
}

/** Appends 1, 2, 3 …, or adds them to a set that is read. */
export function listCopy(below: Chance, adding: 'append' | 'add', readOneIn = 2): Copy {
  const list: number[] = [];
  let last = 0;
  return {
    ask: () => (below(readOneIn) === 0 ? { f: 'read' } : { f: adding, value: ++last }),
    answer(f, value) {
      if (f === 'read') return [...list];
      list.push(value as number);
      return undefined;
    },
    lie: (f) =>
      f !== 'read' ? undefined : below(4) === 0 ? list.toReversed() : list.slice(0, below(list.length + 1)),
  };
}

/** Asked for what may well be done: a lock that is free is acquired, one that is held released. */
export function mutexCopy(below: Chance, isHeldInitially = false): Copy {
  let isHeld = isHeldInitially;
  return {
    ask: () => ({ f: below(5) > 0 === isHeld ? 'release' : 'acquire' }),
    answer(f) {
      if (f === 'release') {
        isHeld = false;
        return undefined;
      }
      if (isHeld) return false;
      isHeld = true;
      return true;
    },
    lie: (f) => (f === 'release' ? undefined : below(2) === 0),
  };
}

export function counterCopy(below: Chance, steps: readonly number[], initial = 0): Copy {
  let sum = initial;
  return {
    ask: () => (below(2) === 0 ? { f: 'read' } : { f: 'add', value: one(below, steps) }),
    answer(f, value) {
      if (f === 'read') return sum;
      sum += value as number;
      return undefined;
    },
    lie: (f) => (f === 'read' ? sum + (below(5) - 2) * steps[0] : undefined),
  };
}

export function idsCopy(below: Chance): Copy {
  let last = 0;
  return {
    ask: () => ({ f: 'generate' }),
    answer: () => ++last,
    lie: () => 1 + below(last),
  };
}
