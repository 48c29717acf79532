/** The order: what its services decide, what becomes of one that cannot be undone, and who places it twice. */

import { describe, expect, test } from 'vitest';
import { type Host, TimedOut } from '../../../protocols/host.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { admits, type Order, order, stepsOf } from '../../../protocols/transactions/index.ts';
import { inventory, payments } from '../../../protocols/transactions/order/services.ts';
import { sagaSubmitter } from '../../../protocols/transactions/saga/client.ts';
import type { LooseHost } from '../../contract/lab.ts';
import { simulatedLab } from '../../contract/simulated.ts';
import { loadedNamed, recorded } from '../../determinism/runs.ts';

const one: Order = { customer: 1, number: 7, product: 2, quantity: 3 };
const options = defaultsOf(order.options) as never;
const done = { saga: 'x', step: 2, request: one, state: 'done' } as const;

describe('a service', () => {
  test('has what there is: its stock goes down with an order, and up again when that is compensated', () => {
    const stock = inventory({ ...(options as object), stock: 4 } as never);
    expect(stock.obstacle({ ...one, quantity: 5 })).toBe('not enough is left');
    expect(stock.obstacle({ ...one, product: 4 })).toBe('no such account');
    stock.apply(done);
    expect(stock.view()).toMatchObject({ account: { opening: 16, left: 13, perUnit: 1 } });
    expect(stock.obstacle({ ...one, quantity: 2 })).toBe('not enough is left');
    stock.apply({ ...done, state: 'compensated' });
    expect(stock.view()).toMatchObject({ account: { left: 16 } });
    stock.apply({ saga: 'y', step: 2, request: null, state: 'cancelled' });
    expect(stock.view(), 'a compensation that came first changes nothing').toMatchObject({
      account: { left: 16 },
    });
  });

  test('lets nobody spend more than he has', () => {
    const till = payments({ ...(options as object), openingBalance: 20, price: 5 } as never);
    till.apply(done);
    expect(till.obstacle({ ...one, quantity: 1 })).toBeUndefined();
    expect(till.obstacle({ ...one, quantity: 2 })).toBe('not enough is left');
    expect(till.obstacle({ ...one, customer: 2, quantity: 4 }), 'another one has his own').toBeUndefined();
  });

  test('takes down an order of one customer and number once, whatever is in it', () => {
    const held = new Map([['x', one]]);
    expect(admits({ ...one, product: 0, quantity: 1 }, held)).toBe(false);
    expect(admits({ ...one, number: 8 }, held)).toBe(true);
    expect(admits({ ...one, customer: 2 }, held)).toBe(true);
  });
});

test('a message cannot be called back: it is sent when all that may fail is done', () => {
  const services = { inventory: 'i', payments: 'p', orders: 'd', notifications: 'm' };
  expect(stepsOf(one, services).map(({ service, kind }) => [service, kind ?? 'compensatable'])).toEqual([
    ['d', 'query'],
    ['i', 'compensatable'],
    ['p', 'compensatable'],
    ['d', 'compensatable'],
    ['m', 'retriable'],
  ]);
});

test('an order that cannot be undone is parked and reported, mended, and placed again; once', async () => {
  const loaded = await loadedNamed('lessons/order-undone');
  const { verdict, full, sometimes } = await recorded(loaded, '1');
  expect({ verdict, sometimes }).toEqual({ verdict: 'held', sometimes: { 'order-parked': true } });
  const ends = full!.history.map(({ f, type, output }) => [f, type, f === 'mend' ? output : null]);
  expect(ends).toEqual([
    ['place', 'info', null],
    ['mend', 'ok', 1],
    ['place', 'ok', null],
    ['place', 'fail', null],
  ]);
  const logged = full!.trace
    .filter(({ type }) => type === 'log')
    .map(({ detail }) => (detail as { event: string }).event);
  expect(logged).toContain('saga parked');
});

test('an orchestrator that is down does not keep the others from being mended', async () => {
  const unparked: string[] = [];
  const o2 = (one: LooseHost) => {
    one.on('parked', () => ({ sagas: ['x'] }));
    one.on('unpark', ({ saga }) => {
      unparked.push(saga);
      return { outcome: 'done' };
    });
  };
  const ids = ['o1', 'o2', 'inventory1', 'payments1', 'desk1', 'messenger1', 'n1'];
  await simulatedLab('mend').play({ o1: () => {}, o2 }, async (host) => {
    const shop = order.clients.shop(host as unknown as Host<never>, ids, options);
    await expect(shop.mend(), 'it says that one of them was not').rejects.toThrow();
    expect(unparked).toEqual(['x']);
  });
});

test('a client gives up when less is left of its time than any timer lasts', async () => {
  let nowMs = 0;
  const host = {
    clock: { elapsed: () => nowMs, sleep: async () => {} },
    // Clocks drift: the call is over a little before its time.
    call: async (_to: string, _kind: string, _ask: unknown, { timeoutMs }: { timeoutMs: number }) => {
      nowMs += timeoutMs < 0.001 ? 0 : timeoutMs - 0.0004;
      throw new TimedOut();
    },
  } as unknown as Host<never>;
  const { submit } = sagaSubmitter(host, { attemptTimeout: 500, requestTimeout: 1000 });
  await expect(submit('o1', 'x', [])).rejects.toThrow('nobody said how saga x ended');
});
