import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyMessage, Sealer } from '../../protocols/message.ts';

interface Sealed {
  readonly hash: number;
  readonly hash2: number;
  readonly bytes: number;
  readonly holdsBytes: boolean;
}

function seal(value: unknown): Sealed {
  const sealer = new Sealer();
  sealer.seal(value);
  const { hash, hash2, bytes, holdsBytes } = sealer;
  return { hash, hash2, bytes, holdsBytes };
}

/** `levels` arrays, one in the other. */
const nested = (levels: number): unknown => (levels === 0 ? 'leaf' : [nested(levels - 1)]);

function cycle(): unknown {
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  return loop;
}

class Entry {
  term = 1;
}

describe('what no message may hold is named with its path', () => {
  const illegal: readonly [what: string, value: () => unknown][] = [
    ['undefined', () => undefined],
    ['a function', () => () => 0],
    ['a symbol', () => Symbol('s')],
    ['a bigint', () => 1n],
    ['NaN', () => Number.NaN],
    ['Infinity', () => Number.POSITIVE_INFINITY],
    ['-Infinity', () => Number.NEGATIVE_INFINITY],
    ['-0', () => -0],
    ['an instance of Date', () => new Date(0)],
    ['an instance of Map', () => new Map()],
    ['an instance of Entry', () => new Entry()],
    ['an instance of Uint16Array', () => new Uint16Array(1)],
    ['an instance of ArrayBuffer', () => new ArrayBuffer(1)],
    ['an instance of a class', () => Object.create(Object.create(null, { constructor: { value: null } }))],
  ];
  test.each(illegal)('%s', (what, value) => {
    const rule = 'a message holds plain JSON data and Uint8Array only';
    const thrown = (message: unknown) => () => seal(message);
    expect(thrown(value())).toThrow(new TypeError(`message is ${what}; ${rule}`));
    expect(thrown({ entries: [1, { 'the key': value() }] })).toThrow(
      new TypeError(`message.entries[1]["the key"] is ${what}; ${rule}`),
    );
  });
  test('the first of several', () => {
    expect(() => seal([0, { a: 1n, b: undefined }, Number.NaN])).toThrow('message[1].a is a bigint;');
  });
  test('a key that would set a prototype', () => {
    expect(() => seal({ body: JSON.parse('{"__proto__": 1}') })).toThrow(
      'message.body.__proto__ is not allowed as a key;',
    );
  });
  test('a hole in an array', () => {
    const sparse = [1, 2, 3];
    delete sparse[1];
    expect(() => seal({ sparse })).toThrow('message.sparse[1] is undefined;');
  });
  test('nesting deeper than 64 levels', () => {
    expect(() => seal(nested(64))).not.toThrow();
    expect(() => seal(nested(65))).toThrow(
      `message${'[0]'.repeat(64)} is nested deeper than 64 levels, or part of a cycle;`,
    );
  });
  test('a cycle', () => {
    expect(() => seal(cycle())).toThrow(
      `message${'.self'.repeat(64)} is nested deeper than 64 levels, or part of a cycle;`,
    );
  });
  test('and the sealer serves on', () => {
    const sealer = new Sealer();
    expect(() => sealer.seal([new Uint8Array(9), undefined])).toThrow(TypeError);
    sealer.seal({ a: 1 });
    expect({ ...sealer }).toEqual(seal({ a: 1 }));
  });
});

describe('sealing freezes in place', () => {
  test('every object and array, however deep', () => {
    const message = { term: 1, entries: [{ command: { f: 'put' } }] };
    seal(message);
    const parts = [message, message.entries, message.entries[0], message.entries[0].command];
    for (const part of parts) expect(Object.isFrozen(part)).toBe(true);
    expect(() => {
      message.entries[0].command.f = 'get';
    }).toThrow(TypeError);
    expect(() => message.entries.push({ command: { f: 'get' } })).toThrow(TypeError);
  });
  test('and may be done again', () => {
    const message = { a: [1, { b: 'c' }] };
    expect(seal(message)).toEqual(seal(message));
  });
});

/** Values that a message may hold. */
const { message } = fc.letrec((tie) => ({
  message: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, 1, -1, 0.5, 2 ** 31, 2 ** 53, ''),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('message'), { maxLength: 4 }),
    fc
      .dictionary(fc.string(), tie('message'), { maxKeys: 4, noNullPrototype: true })
      .filter((object) => !Object.hasOwn(object, '__proto__')),
  ),
}));

type Path = readonly (string | number)[];

function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [path];
  return Object.entries(value).flatMap(([key, part]) => leaves(part, [...path, key]));
}

function changed(value: unknown, [key, ...path]: Path): unknown {
  if (key === undefined) return value === 'changed' ? 'changed again' : 'changed';
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = changed(copy[key], path);
  return copy;
}

describe('the hash', () => {
  test('of equal deep copies is equal', () => {
    fc.assert(
      fc.property(message, (one) => {
        expect(seal(structuredClone(one))).toEqual(seal(one));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
  test('of messages that differ in one leaf differs', () => {
    fc.assert(
      fc.property(message, fc.nat(), (one, pick) => {
        const paths = leaves(one);
        fc.pre(paths.length > 0);
        const other = seal(changed(one, paths[pick % paths.length]));
        expect([other.hash, other.hash2]).not.toEqual([seal(one).hash, seal(one).hash2]);
      }),
      { seed: 2, numRuns: 500 },
    );
  });
  test('tells alike messages apart', () => {
    const bytes = (...values: number[]) => new Uint8Array(values);
    const alike = [
      ...[null, true, false, '', 'a', '0', '1', 'null', 'true', 'ab', 'ba', [], {}, bytes()],
      // Any of these may be what a hash takes for a kind.
      ...Array.from({ length: 1000 }, (_, number) => number),
      ...[-1, 0.5, 0.5 + 2 ** -50, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53],
      ...[[[]], [[], []], [null], [0], [1, 0], [0, 1], ['a', 'b'], ['ab'], ['', 'ab'], [0, ''], ['', 0]],
      ...[{ a: 1 }, { a: '1' }, { a: null }, { b: 1 }, { a: [] }, { a: 1, b: 2 }, { b: 2, a: 1 }],
      ...[{ a: { b: 2 } }, { a: {}, b: 2 }, { a: { b: 'c', d: 'e' } }, { a: 'b', c: 'd', e: {} }],
      ...[bytes(0), bytes(1), bytes(0, 0), bytes(0, 1), bytes(1, 0)],
    ];
    const hashes = (which: 'hash' | 'hash2') => new Set(alike.map((value) => seal(value)[which]));
    expect(hashes('hash').size).toBe(alike.length);
    expect(hashes('hash2').size).toBe(alike.length);
  });
});

describe('bytes', () => {
  test('are noticed wherever they are, and only in the message sealed last', () => {
    expect(seal(new Uint8Array(1)).holdsBytes).toBe(true);
    expect(seal({ a: [{ b: Buffer.from('x') }] }).holdsBytes).toBe(true);
    const sealer = new Sealer();
    sealer.seal([new Uint8Array(1)]);
    sealer.seal([1, '2', { a: null }]);
    expect(sealer.holdsBytes).toBe(false);
  });
  test('hash by their content, whatever class of bytes they are', () => {
    const hello = [...'hello'].map((letter) => letter.charCodeAt(0));
    expect(seal(Buffer.from('hello'))).toEqual(seal(new Uint8Array(hello)));
  });
  test('count towards the size of a message', () => {
    expect(seal(new Uint8Array(1000)).bytes - seal(new Uint8Array(0)).bytes).toBe(1000);
    expect(seal('x'.repeat(1000)).bytes).toBeGreaterThanOrEqual(1000);
  });
});

describe('a copy', () => {
  test('is equal to its message, hashes alike, and shares no bytes with it', () => {
    fc.assert(
      fc.property(message, (one) => {
        seal(one);
        const copy = copyMessage(one);
        expect(copy).toEqual(one);
        expect(seal(copy)).toEqual(seal(one));
      }),
      { seed: 3, numRuns: 500 },
    );
  });
  test.each([
    ['a Uint8Array', new Uint8Array([1, 2, 3])],
    ['a view of a part', new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4)],
    ['a Buffer', Buffer.from([1, 2, 3])],
  ])('has bytes of its own: %s', (_, bytes) => {
    const copy = copyMessage({ deep: [{ bytes }] }).deep[0].bytes;
    expect(Object.getPrototypeOf(copy)).toBe(Uint8Array.prototype);
    expect(copy.buffer).not.toBe(bytes.buffer);
    bytes[0] = 9;
    expect([...copy]).toEqual([1, 2, 3]);
    copy[1] = 8;
    expect([...bytes]).toEqual([9, 2, 3]);
  });
  test('is frozen, and keeps the order of keys', () => {
    const copy = copyMessage({ z: [new Uint8Array(1)], a: { b: 1 } });
    for (const part of [copy, copy.z, copy.a]) expect(Object.isFrozen(part)).toBe(true);
    expect(Object.keys(copy)).toEqual(['z', 'a']);
  });
});

describe('a message of another realm', () => {
  const foreign = (code: string): unknown => runInNewContext(`(${code})`);
  test('is as good as one of ours', () => {
    const code = '{ term: 1, entries: [{ bytes: new Uint8Array([1, 2]) }, [null, "x"]] }';
    const theirs = foreign(code) as { entries: unknown[] };
    const ours = { term: 1, entries: [{ bytes: new Uint8Array([1, 2]) }, [null, 'x']] };
    expect(seal(theirs)).toEqual(seal(ours));
    expect(Object.isFrozen(theirs.entries)).toBe(true);
    expect(copyMessage(theirs)).toEqual(ours);
  });
  test('is no better than one of ours', () => {
    expect(() => seal(foreign('{ at: new Date(0) }'))).toThrow('message.at is an instance of Date;');
    expect(() => seal(foreign('{ at: [new Map()] }'))).toThrow('message.at[0] is an instance of Map;');
  });
  test('nor is one without a prototype', () => {
    const bare = Object.assign(Object.create(null), { a: 1 });
    expect(seal(bare)).toEqual(seal({ a: 1 }));
  });
});
