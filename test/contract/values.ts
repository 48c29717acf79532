import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTimedOut, type Message } from '../../protocols/host.ts';
import { type Lab, type LooseHost, until } from './lab.ts';

const timeoutMs = 5000;
const echo = (host: LooseHost) => host.on('echo', (ask) => ask);

/** Whatever a message may hold, with what encoders stumble over. */
const keys = fc
  .oneof(
    fc.string(),
    fc.constantFrom(
      '',
      '$',
      '$$',
      '$bytes',
      '0',
      '10',
      'constructor',
      'toString',
      'hasOwnProperty',
      'a.b',
      'é',
    ),
  )
  .filter((key) => key !== '__proto__');
const messages: fc.Arbitrary<Message> = fc.letrec<{ message: Message }>((tie) => ({
  message: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\ud800', 'tail \udfff', '\u0000', '\u2028', '{"$":1}'),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('message'), { maxLength: 6 }),
    fc.dictionary(keys, tie('message'), { maxKeys: 6, noNullPrototype: true }),
  ),
})).message;

class Point {
  readonly x = 1;
}
const cycle: unknown[] = [];
cycle.push(cycle);

const illegal: readonly (readonly [what: string, value: unknown, path: RegExp])[] = [
  ['undefined', undefined, /message/],
  ['an undefined property', { a: { b: undefined } }, /message\.a\.b/],
  ['a hole in an array', Object.assign(new Array(3), { 0: 1, 2: 3 }), /message\[1\]/],
  ['a function', { list: [0, () => 1] }, /message\.list\[1\]/],
  ['a symbol', { mark: Symbol('mark') }, /message\.mark/],
  ['a bigint', { big: 1n }, /message\.big/],
  ['NaN', [Number.NaN], /message\[0\]/],
  ['infinity', { 'far away': Number.POSITIVE_INFINITY }, /message\["far away"\]/],
  ['minus zero', { zero: -0 }, /message\.zero/],
  ['a date', { when: new Date(0) }, /message\.when/],
  ['a map', { map: new Map() }, /message\.map/],
  ['an instance of a class', { deep: [new Point()] }, /message\.deep\[0\]/],
  ['an array of floats', { floats: new Float64Array(1) }, /message\.floats/],
  ['a key __proto__', JSON.parse('{"a":{"__proto__":1}}'), /message\.a.*__proto__/],
  ['a cycle', { cycle }, /message\.cycle/],
];

export function valuesContract(makeLab: () => Lab): void {
  test('every legal message comes back as it went', async () => {
    const samples = fc.sample(messages, { numRuns: 400, seed: 20_261_120 });
    await makeLab().play({ n1: echo }, async (host) => {
      const there = await Promise.all(
        samples.map((sample) => host.call('n1', 'echo', sample, { timeoutMs })),
      );
      for (const [index, sample] of samples.entries()) expect(there[index]).toStrictEqual(sample);
      const self = await Promise.all(
        samples.slice(0, 100).map((sample) => {
          return host.call('n1', 'echo', sample, { timeoutMs });
        }),
      );
      for (const [index, answer] of self.entries()) expect(answer).toStrictEqual(samples[index]);
    });
  });

  test.each(illegal)('%s is rejected by its path', async (_, value, path) => {
    await makeLab().play({ n1: echo }, async (host) => {
      expect(() => host.send('n1', 'echo', value)).toThrow(TypeError);
      expect(() => host.send('n1', 'echo', value)).toThrow(path);
      const calling = async () => host.call('n1', 'echo', value, { timeoutMs });
      await expect(calling()).rejects.toThrow(path);
      await expect(calling()).rejects.toThrow(TypeError);
    });
  });

  test('an answer is held to the same rules', async () => {
    const n1 = (host: LooseHost) => {
      for (const [index, [, value]] of illegal.entries())
        if (index > 0) host.on(`answer ${index}`, () => value);
    };
    await makeLab().play({ n1 }, async (host) => {
      for (let index = 1; index < illegal.length; index += 1) {
        const error = await host.call('n1', `answer ${index}`, null, { timeoutMs }).catch((reason) => reason);
        expect(isTimedOut(error), illegal[index]![0]).toBe(true);
      }
    });
  });

  test('a sent message is frozen, for the sender and for the receiver', async () => {
    const outcomes: string[] = [];
    const tries = (write: () => void) => {
      try {
        write();
        outcomes.push('written');
      } catch (error) {
        outcomes.push(error instanceof TypeError ? 'frozen' : String(error));
      }
    };
    const n1 = (host: LooseHost) => {
      host.on('frozen', (ask) => {
        tries(() => ask.list.push(3));
        tries(() => {
          ask.more.than = 1;
        });
        const answer = { inner: { list: [1] } };
        host.clock.after(1, () => tries(() => answer.inner.list.push(2)));
        return answer;
      });
    };
    await makeLab().play({ n1 }, async (host) => {
      const ask = { list: [1, 2], more: { than: 0 } };
      const call = host.call('n1', 'frozen', ask, { timeoutMs });
      tries(() => ask.list.push(3));
      tries(() => {
        ask.more.than = 1;
      });
      const answer = await call;
      tries(() => answer.inner.list.push(2));
      await host.clock.sleep(50);
      expect(outcomes.length).toBeGreaterThanOrEqual(6);
      expect(new Set(outcomes)).toEqual(new Set(['frozen']));
      expect(ask).toEqual({ list: [1, 2], more: { than: 0 } });
    });
  });

  test.each([
    ['a Uint8Array', () => Uint8Array.of(1, 2, 3)],
    ['a Buffer', () => Buffer.from([1, 2, 3])],
    ['a view in the midst of a buffer', () => Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4)],
  ])('bytes are copied both ways: %s', async (_, makeBytes) => {
    const got: Uint8Array[] = [];
    const n1 = (host: LooseHost) => {
      host.on('take', (ask) => {
        got.push(ask.bytes.slice());
        ask.bytes[0] = 77;
      });
      host.on('give', () => {
        const kept = makeBytes();
        host.clock.after(0, () => kept.fill(88));
        return { bytes: kept };
      });
    };
    await makeLab().play({ n1 }, async (host) => {
      const bytes = makeBytes();
      host.send('n1', 'take', { bytes });
      bytes[1] = 66;
      await until(host, 'the bytes', () => got.length > 0);
      expect([...got[0]!]).toEqual([1, 2, 3]);
      expect([...bytes]).toEqual([1, 66, 3]);

      const answer = await host.call('n1', 'give', null, { timeoutMs });
      await host.clock.sleep(20);
      expect([...answer.bytes]).toEqual([1, 2, 3]);
      expect(Object.getPrototypeOf(answer.bytes)).toBe(Uint8Array.prototype);
      expect(answer.bytes.buffer.byteLength).toBe(3);
    });
  });
}
