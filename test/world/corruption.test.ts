import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Sealer } from '../../protocols/message.ts';
import { flipped } from '../../sim/world/corruption.ts';
import type { Fault } from '../../sim/world/spec.ts';
import { keeper, type LooseHost, ms, run, seconds, worldOf } from './fixture.ts';
import { expectRate, flow, startUs } from './flow.ts';

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noDefaultInfinity: true, noNaN: true }).filter((value) => !Object.is(value, -0)),
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array({ maxLength: 5 }),
);
// No message has a key of this name.
const key = fc.string().filter((name) => name !== '__proto__');
const message = fc.letrec((tie) => ({
  value: fc.oneof(scalar, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(key, tie('value'))),
})).value;
const word = fc.integer({ min: 1, max: 2 ** 32 - 1 });

/** Where two messages differ; also where their shapes or types do. */
function differences(left: unknown, right: unknown, path = '$'): string[] {
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return Buffer.compare(left, right) === 0 && left.length === right.length ? [] : [path];
  }
  if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null) {
    if (typeof left !== typeof right) return [path, `${path}: another type`];
    return Object.is(left, right) ? [] : [path];
  }
  const keys = Object.keys(left);
  if (keys.join() !== Object.keys(right).join()) return [path, `${path}: another shape`];
  return keys.flatMap((key) => differences((left as never)[key], (right as never)[key], `${path}.${key}`));
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.values(value as object).every(isEmpty));

describe('a flipped message', () => {
  test('differs in one value of the same type, and is a message like any other', () => {
    fc.assert(
      fc.property(message, word, (body, drawn) => {
        const sealer = new Sealer();
        sealer.seal(body);
        const before = structuredClone(body);
        const other = flipped(body, drawn);
        expect(differences(body, other)).toHaveLength(isEmpty(body) ? 0 : 1);
        expect(differences(before, body)).toEqual([]);
        sealer.seal(other);
        if (typeof other === 'object' && other !== null && !(other instanceof Uint8Array)) {
          expect(Object.isFrozen(other)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('a draw of 0 flips nothing', () => {
    fc.assert(fc.property(message, (body) => Object.is(flipped(body, 0), body)));
  });

  test.each([-1, -2, -4, -32_768])(
    '%i, which is one bit, does not become nought, nor stay what it is',
    (number) => {
      for (let drawn = 1; drawn <= 64; drawn++) {
        const other = flipped(number, drawn) as number;
        expect(other).toBeLessThan(0);
        expect(other).not.toBe(number);
      }
    },
  );

  test('a whole number stays whole and keeps its sign', () => {
    fc.assert(
      fc.property(fc.integer(), word, (number, drawn) => {
        const other = flipped(number, drawn) as number;
        expect(Number.isSafeInteger(other)).toBe(true);
        expect(other < 0).toBe(number < 0);
      }),
    );
  });
});

describe('with checksums', () => {
  test('a corrupt packet is counted and dropped at the receiving host', async () => {
    const { world, times } = await flow({ corrupt: [1, 5] }, [{ from: 'n1', to: 'n2', count: 4_000 }]);
    const { corrupted, delivered, lost } = world.network.counters;
    expectRate(corrupted, [1, 5], 4_000);
    expect([delivered, lost, times('n1>n2').length]).toEqual([4_000 - corrupted, 0, 4_000 - corrupted]);
    expect(world.network.vanished).toBe(corrupted);
  });

  test('a packet that a partition swallows is not corrupt as well', async () => {
    const { world } = await flow({ corrupt: [1, 1] }, [{ from: 'n1', to: 'n2', count: 50 }], (_, faults) => {
      faults.start({ kind: 'partition', shape: 'groups', groups: [['n1'], ['n2']] }, { label: 'fault 1' });
    });
    expect(world.network.counters).toMatchObject({ cut: 50, corrupted: 0, delivered: 0 });
  });
});

describe('without checksums', () => {
  async function heard(corrupt: readonly [number, number], fault?: Fault) {
    const { witness, trace } = keeper();
    const got: unknown[] = [];
    const asked = { key: 'x', value: 7 };
    const n1 = async (host: LooseHost) => {
      await host.clock.sleep(20);
      for (let number = 0; number < 300; number += 1) host.send('n2', 'put', asked);
    };
    const n2 = (host: LooseHost) => host.on('put', (ask) => void got.push(ask));
    const world = worldOf({ servers: { n1, n2 }, network: { corrupt, checksums: false }, witness });
    const { Faults } = await import('../../sim/world/faults/faults.ts');
    const active = fault && new Faults(world).start(fault, { label: 'fault 1' });
    await run(world);
    return { got, world, trace, asked, active };
  }

  test('the receiver gets the message with one value changed', async () => {
    const { got, world, asked } = await heard([1, 3]);
    const wrong = got.filter((ask) => differences(ask, asked).length > 0);
    expectRate(wrong.length, [1, 3], 300);
    expect(world.network.counters).toMatchObject({ delivered: 300, corrupted: wrong.length });
    for (const ask of wrong) expect(differences(ask, asked)).toHaveLength(1);
    expect(asked).toEqual({ key: 'x', value: 7 });
    expect(world.network.vanished).toBe(0);
  });

  test('a packet fault does that too, and knows that it did', async () => {
    const noTime = { dist: 'constant', valueUs: 0 } as const;
    const fault = {
      kind: 'packet',
      targets: ['n2'],
      loss: [0, 1],
      duplicate: [0, 1],
      delay: noTime,
    } as const;
    const { got, asked, active } = await heard([0, 1], { ...fault, corrupt: [1, 2] });
    expectRate(got.filter((ask) => differences(ask, asked).length > 0).length, [1, 2], 300);
    expect(active!.touched()).toBe(true);
    const calm = await heard([0, 1], {
      ...fault,
      loss: [0, 1],
      corrupt: [0, 1],
      reorder: { odds: [0, 1], by: noTime },
    });
    expect(calm.active!.touched()).toBe(false);
  });

  test('a refusal of what was never sent says nothing definite', async () => {
    const ends = new Set<string>();
    const n1 = async (host: LooseHost) => {
      await host.clock.sleep(20);
      for (let number = 0; number < 20; number += 1) {
        await host.call('n2', 'put', 7, { timeoutMs: 500 }).catch((error: Error) => ends.add(error.name));
      }
    };
    const n2 = (host: LooseHost) =>
      host.on('put', () => {
        const refused = new Error('no');
        throw Object.assign(refused, { [Symbol.for('skerry.Refused')]: true });
      });
    const once = async (corrupt: readonly [number, number]) => {
      ends.clear();
      const world = worldOf({
        servers: { n1, n2 },
        network: { links: [{ from: 'n1', to: 'n2', corrupt }], checksums: false },
        limits: { virtualUs: 30 * seconds },
      });
      await run(world);
      return [...ends];
    };
    expect(await once([0, 1])).toEqual(['Refused']);
    expect(await once([1, 1])).toEqual(['TimedOut']);
  });
});

const inOrder = Array.from({ length: 1_000 }, (_, number) => number);

test('a packet fault reorders: what it holds back is overtaken', async () => {
  const constant = (valueUs: number) => ({ dist: 'constant', valueUs }) as const;
  const fault: Fault = {
    kind: 'packet',
    targets: ['n1'],
    loss: [0, 1],
    duplicate: [0, 1],
    delay: constant(0),
    reorder: { odds: [1, 4], by: constant(30 * ms) },
  };
  const latency = constant(2 * ms);
  const { arrivals } = await flow({ latency }, [{ from: 'n1', to: 'n2', count: 1_000 }], (_, faults) => {
    faults.start(fault, { label: 'fault 1' });
  });
  const delays = inOrder.map((number) => arrivals.get(`n1>n2 tick ${number}`)![0]! - startUs - number * ms);
  const late = delays.filter((delayUs) => delayUs === 32 * ms).length;
  expect(delays.filter((delayUs) => delayUs === 2 * ms)).toHaveLength(1_000 - late);
  expectRate(late, [1, 4], 1_000);
});
