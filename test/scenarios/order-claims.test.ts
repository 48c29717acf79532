/** The claims about orders accept what is right, and say what is wrong. */
import { expect, test } from 'vitest';
import { orderChecks } from '../../scenarios/transactions/orders.ts';
import type { Observation } from '../../sim/index.ts';

const one = { customer: 1, number: 7, product: 2, quantity: 3 };
const names = ['inventory', 'payments', 'orders', 'notifications'] as const;
type Part = (typeof names)[number];

let seq = 0;
const shown = (host: string, state: object | undefined): Observation => {
  seq += 1;
  return { seq, atUs: 1_000_000, host, incarnation: 1, up: state !== undefined, state };
};
const part = (service: Part, sagas: Record<string, object>, more: object = {}) =>
  shown(service, { service, held: new Map(Object.entries(sagas)), ...more });

/** What the check says after these observations. */
function verdictOf(name: string, observations: readonly Observation[]): string | undefined {
  const check = orderChecks.find((one) => one.name === name)!;
  if (check.kind === 'finally') {
    const fold = check.claim({}).start();
    for (const observation of observations) fold.observe(observation);
    const verdict = fold.judge();
    return verdict.verdict === 'broken' ? verdict.violations[0].message : verdict.verdict;
  }
  if (check.kind !== 'always') throw new Error(`${name} is judged otherwise`);
  const fold = check.claim({}).start();
  for (const observation of observations) {
    const violation = fold.observe(observation);
    if (violation !== undefined) return violation.message;
  }
  return undefined;
}

test('orders-whole: all services did their part, or none, or somebody reports it', () => {
  const all = names.map((name) => part(name, { x: one }));
  const none = names.map((name) => part(name, {}));
  expect(verdictOf('orders-whole', all)).toBe('held');
  expect(verdictOf('orders-whole', none)).toBe('unknown');
  const half = [...all.slice(0, 2), ...none.slice(2)];
  expect(verdictOf('orders-whole', half)).toBe(
    'saga "x" is half done in the end, and nobody reports it: inventory, payments did their part, ' +
      'orders, notifications did not',
  );
  expect(verdictOf('orders-whole', [...half, shown('o1', { parked: ['y'] })])).toContain('saga "x"');
  expect(verdictOf('orders-whole', [...half, shown('o1', { parked: ['x'] })])).toBe('held');
  const mended = [...half, shown('o1', { parked: ['x'] }), shown('o1', { parked: [] })];
  expect(verdictOf('orders-whole', mended), 'it is not reported any more').toContain('saga "x"');
  expect(verdictOf('orders-whole', [...all, shown('payments', undefined)]), 'its disk keeps it').toBe('held');
});

test('no-double-order: one customer and number, one order and one message', () => {
  expect(
    verdictOf('no-double-order', [part('orders', { x: one, y: { ...one, number: 8 } })]),
  ).toBeUndefined();
  expect(verdictOf('no-double-order', [part('orders', { x: one, y: { ...one, quantity: 1 } })])).toBe(
    'orders has order 1/7 twice: of sagas x and y',
  );
  expect(verdictOf('no-double-order', [part('notifications', { x: one, y: one })])).toContain('twice');
  expect(verdictOf('no-double-order', [part('inventory', { x: one, y: one })]), 'one is undone yet').toBe(
    undefined,
  );
});

test('stock-and-money-conserved: what is left and what orders took is what there was', () => {
  const account = { opening: 100, left: 85, perUnit: 5 };
  expect(verdictOf('stock-and-money-conserved', [part('payments', { x: one }, { account })])).toBeUndefined();
  const undoneTwice = { ...account, left: 115 };
  expect(verdictOf('stock-and-money-conserved', [part('payments', {}, { account: undoneTwice })])).toBe(
    'at payments 115 is left and orders took 0, but there was 100',
  );
});
