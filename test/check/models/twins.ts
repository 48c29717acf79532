/** Objects by definition, as short as can be, written apart from the models. */
import type { Below, Twin } from './twin.ts';

const values = 3;
const someOf = (below: Below, fs: readonly string[]): string => fs[below(fs.length)]!;
const valueOrNull = (below: Below): number | null => below(values + 1) || null;

type Cell = number | null;

function cell(name: string, fs: readonly string[], liesOneIn: number): Twin<Cell> {
  return {
    name,
    initial: null,
    does(stored, { f, value }) {
      if (f === 'read' || f === 'get') return [[stored, stored]];
      if (f === 'write' || f === 'put') return [[undefined, value as Cell]];
      if (f === 'delete') return [[undefined, null]];
      const [from, to] = value as [Cell, Cell];
      return stored === from ? [[true, to]] : [[false, stored]];
    },
    ask(below) {
      const f = someOf(below, fs);
      if (f === 'cas') return { f, value: [valueOrNull(below), 1 + below(values)] };
      return f === 'write' || f === 'put' ? { f, value: 1 + below(values) } : { f };
    },
    lie: (below, { f }) => (f === 'cas' ? below(2) === 0 : valueOrNull(below)),
    violation: [{ f: fs[0]!, output: 99 }],
    isOpaque: true,
    liesOneIn,
  };
}

const appendKv: Twin<string> = {
  name: 'append-kv',
  initial: '',
  does(text, { f, value }) {
    if (f === 'get') return [[text, text]];
    return [[undefined, f === 'put' ? `${value}` : text + value]];
  },
  ask(below) {
    const f = someOf(below, ['get', 'get', 'put', 'append']);
    return f === 'get' ? { f } : { f, value: someOf(below, ['a', 'b', 'ab', '']) };
  },
  lie: (below) => someOf(below, ['', 'a', 'b', 'ab', 'ba', 'aab']),
  violation: [{ f: 'get', output: 'never written' }],
  liesOneIn: 3,
};

type Two = readonly [x: Cell, y: Cell];

const multiRegister: Twin<Two> = {
  name: 'multi-register',
  initial: [null, null],
  does([x, y], { f, value }) {
    if (f === 'read') {
      const pairs = { x: ['x', x], y: ['y', y] };
      return [[(value as ('x' | 'y')[]).map((key) => pairs[key]), [x, y]]];
    }
    const written = Object.fromEntries(value as [string, Cell][]);
    return [[undefined, ['x' in written ? written.x! : x, 'y' in written ? written.y! : y]]];
  },
  ask(below) {
    const keys = [['x'], ['y'], ['x', 'y'], ['y', 'x']][below(4)]!;
    if (below(2) === 0) return { f: 'read', value: keys };
    return { f: 'write', value: keys.map((key) => [key, valueOrNull(below)]) };
  },
  lie: (below, { value }) => (value as string[]).map((key) => [key, valueOrNull(below)]),
  violation: [{ f: 'read', value: ['x'], output: [['x', 99]] }],
  liesOneIn: 3,
};

const counter: Twin<number> = {
  name: 'counter',
  initial: 0,
  does(sum, { f, value }) {
    if (f === 'read') return [[sum, sum]];
    const amount = value === undefined ? 1 : (value as number);
    return [[undefined, f === 'decrement' ? sum - amount : sum + amount]];
  },
  ask(below) {
    const f = someOf(below, ['read', 'read', 'add', 'increment', 'decrement']);
    if (f === 'read' || (f !== 'add' && below(2) === 0)) return { f };
    return { f, value: below(5) - 2 };
  },
  lie: (below) => below(5) - 1,
  violation: [{ f: 'read', output: 1_000_000 }],
  liesOneIn: 2,
};

function set(name: string, fs: readonly string[], liesOneIn: number): Twin<readonly number[]> {
  return {
    name,
    initial: [],
    does(elements, { f, value }) {
      const element = value as number;
      const others = elements.filter((other) => other !== element);
      const isThere = others.length < elements.length;
      if (f === 'read') return [[elements, elements]];
      if (f === 'contains') return [[isThere, elements]];
      const after = f === 'add' ? [...others, element] : others;
      // It may say whether it changed anything, or say nothing.
      return [
        [f === 'add' ? !isThere : isThere, after],
        [element, after],
      ];
    },
    ask(below) {
      const f = someOf(below, fs);
      return f === 'read' ? { f } : { f, value: 1 + below(values) };
    },
    lie: (below, { f }) =>
      f === 'read' ? [1, 2, 3].filter(() => below(2) === 0) : f === 'contains' ? below(2) === 0 : true,
    isSame: (answer, output) =>
      JSON.stringify(Array.isArray(answer) ? answer.toSorted() : answer) ===
      JSON.stringify(Array.isArray(output) ? output.toSorted() : output),
    violation: [{ f: 'read', output: [99] }],
    isOpaque: true,
    liesOneIn,
  };
}

/** `enter` puts a value into a line of which the first leaves. */
function line(
  name: string,
  put: string,
  take: string,
  enter: (line: readonly number[], value: number) => readonly number[],
): Twin<readonly number[]> {
  return {
    name,
    initial: [],
    does(waiting, { f, value }) {
      if (f === put) return [[undefined, enter(waiting, value as number)]];
      const [first, ...others] = waiting;
      return [[first ?? null, others]];
    },
    ask: (below) => (below(2) === 0 ? { f: put, value: 1 + below(values) } : { f: take }),
    lie: valueOrNull,
    violation: [{ f: take, output: 99 }],
    isOpaque: name !== 'priority-queue',
    liesOneIn: 2,
  };
}

const appendList: Twin<readonly number[]> = {
  name: 'append-list',
  initial: [],
  does: (list, { f, value }) => (f === 'read' ? [[list, list]] : [[undefined, [...list, value as number]]]),
  ask: (below) => (below(2) === 0 ? { f: 'read' } : { f: 'append', value: 1 + below(values) }),
  lie: (below) => Array.from({ length: below(3) }, () => 1 + below(values)),
  violation: [{ f: 'read', output: [99] }],
  isOpaque: true,
  liesOneIn: 2,
};

const twice: Twin['violation'] = [
  { f: 'acquire', output: true },
  { f: 'acquire', output: true },
];

const mutex: Twin<boolean> = {
  name: 'mutex',
  initial: false,
  does(isHeld, { f }) {
    if (f === 'acquire') return isHeld ? [[false, true]] : [[true, true]];
    return isHeld ? [[undefined, false]] : [];
  },
  ask: (below) => ({ f: someOf(below, ['acquire', 'release']) }),
  lie: (below) => below(2) === 0,
  violation: twice,
  liesOneIn: 1,
};

/** Who holds it, once for every time. */
const reentrantMutex: Twin<readonly number[]> = {
  name: 'reentrant-mutex',
  initial: [],
  does(holders, { f, process }) {
    const isFree = holders.every((holder) => holder === process);
    if (f === 'acquire') return isFree ? [[true, [...holders, process]]] : [[false, holders]];
    return isFree && holders.length > 0 ? [[undefined, holders.slice(1)]] : [];
  },
  ask: (below) => ({ f: someOf(below, ['acquire', 'release']) }),
  lie: (below) => below(2) === 0,
  violation: [{ f: 'release' }],
  liesOneIn: 2,
};

const readWriteLock: Twin<{ readonly readers: number; readonly isWritten: boolean }> = {
  name: 'read-write-lock',
  initial: { readers: 0, isWritten: false },
  does(state, { f }) {
    const { readers, isWritten } = state;
    if (f === 'acquire-read')
      return isWritten ? [[false, state]] : [[true, { readers: readers + 1, isWritten }]];
    if (f === 'acquire-write')
      return isWritten || readers > 0 ? [[false, state]] : [[true, { readers, isWritten: true }]];
    if (f === 'release-read') return readers > 0 ? [[undefined, { readers: readers - 1, isWritten }]] : [];
    return isWritten ? [[undefined, { readers, isWritten: false }]] : [];
  },
  ask: (below) => ({
    f: someOf(below, ['acquire-read', 'acquire-read', 'acquire-write', 'release-read', 'release-write']),
  }),
  lie: (below) => below(2) === 0,
  violation: [
    { f: 'acquire-write', output: true },
    { f: 'acquire-read', output: true },
  ],
  liesOneIn: 2,
};

/** Tokens are tenths, so that there is room for those that nobody got to know between those that somebody did. */
const fencingLock: Twin<{ readonly isHeld: boolean; readonly tenths: number }> = {
  name: 'fencing-lock',
  initial: { isHeld: false, tenths: 0 },
  does({ isHeld, tenths }, { f }) {
    if (f === 'release') return isHeld ? [[undefined, { isHeld: false, tenths }]] : [];
    if (isHeld) return [[false, { isHeld, tenths }]];
    return above(tenths).map((next) => [next / 10, { isHeld: true, tenths: next }]);
  },
  ask: (below) => ({ f: someOf(below, ['acquire', 'acquire', 'release']) }),
  lie: (below) => (below(4) === 0 ? false : 1 + below(2)),
  violation: [
    { f: 'acquire', output: 1000 },
    { f: 'acquire', output: 1001 },
  ],
  operationsMax: 6,
  liesOneIn: 2,
};

const above = (tenths: number): number[] => Array.from({ length: 25 }, (_, at) => tenths + 1 + at);

const semaphore: Twin<number> = {
  name: 'semaphore',
  initial: 1,
  does(left, { f }) {
    if (f === 'acquire') return left > 0 ? [[true, left - 1]] : [[false, left]];
    return left < 1 ? [[undefined, left + 1]] : [];
  },
  ask: (below) => ({ f: someOf(below, ['acquire', 'release']) }),
  lie: (below) => below(2) === 0,
  violation: twice,
  liesOneIn: 1,
};

const uniqueIds: Twin<readonly number[]> = {
  name: 'unique-ids',
  initial: [],
  does(given) {
    const left = Array.from({ length: 70 }, (_, at) => at).filter((id) => !given.includes(id));
    return left.slice(0, 8).map((id) => [id, [...given, id].toSorted((one, other) => one - other)]);
  },
  ask: () => ({ f: 'generate' }),
  lie: (below) => below(5),
  violation: [
    { f: 'generate', output: 1000 },
    { f: 'generate', output: 1000 },
  ],
  isOpaque: true,
  operationsMax: 6,
  liesOneIn: 3,
};

/** Tenths again. */
const risingIds: Twin<number> = {
  name: 'rising-ids',
  initial: 0,
  does: (tenths) => above(tenths).map((next) => [next / 10, next]),
  ask: () => ({ f: 'generate' }),
  lie: (below) => (1 + below(20)) / 10,
  violation: [
    { f: 'generate', output: 1000 },
    { f: 'generate', output: 999 },
  ],
  operationsMax: 6,
  liesOneIn: 3,
};

export const twins: readonly Twin[] = [
  cell('register', ['read', 'write'], 2),
  cell('cas-register', ['read', 'write', 'cas'], 2),
  cell('kv', ['get', 'put', 'delete', 'cas'], 2),
  appendKv,
  multiRegister,
  counter,
  set('set', ['read', 'contains', 'add', 'add', 'remove'], 3),
  set('grow-only-set', ['read', 'add'], 3),
  line('queue', 'enqueue', 'dequeue', (waiting, value) => [...waiting, value]),
  line('stack', 'push', 'pop', (waiting, value) => [value, ...waiting]),
  line('priority-queue', 'insert', 'remove-min', (waiting, value) => [...waiting, value].toSorted()),
  appendList,
  mutex,
  reentrantMutex,
  readWriteLock,
  fencingLock,
  semaphore,
  uniqueIds,
  risingIds,
].map((twin) => twin as Twin);
