/** What the four services hold for sagas, by their names, as their logs tell it. No effects. */
import type { Message } from '../../host.ts';
import type { StepRecord } from '../saga/records.ts';
import type { Business } from '../saga/service.ts';
import type { OrderOptions } from './options.ts';
import { identityOf, type Order } from './order.ts';

/** The decisions on which it hangs that nothing is sold twice, as a value. */
export interface OrderRules {
  /** Whether a new order may be taken down beside these. */
  readonly admits: typeof admits;
}

/** An order that is there already is not created again: whoever places it once more has it undone. */
export function admits(order: Order, orders: ReadonlyMap<string, Order>): boolean {
  for (const other of orders.values()) if (identityOf(other) === identityOf(order)) return false;
  return true;
}

type Held = ReadonlyMap<string, Order>;

/** What a service shows besides its effects: its name, and the orders that it has done its part for. */
export interface HoldingsView {
  readonly service: 'inventory' | 'payments' | 'orders' | 'notifications';
  readonly held: Held;
  /** Of units in stock, or of money of customers: what there was, what is left, and what a unit of an order takes. */
  readonly account?: { readonly opening: number; readonly left: number; readonly perUnit: number };
}

/** @param obstacle why an order cannot be served now, beside those that are held; undefined if it can */
function business(
  service: HoldingsView['service'],
  obstacle: (order: Order, held: Held) => string | undefined,
): Business {
  const held = new Map<string, Order>();
  return {
    obstacle: (request: Message) => obstacle(request as Order, held),
    apply({ saga, request, state }: StepRecord) {
      if (state === 'done') held.set(saga, request as Order);
      else if (state === 'compensated') held.delete(saga);
    },
    view: (): HoldingsView => ({ service, held }),
  };
}

/** Accounts from which an order takes something, and gets it back when its step is compensated. */
class Accounts implements Business {
  readonly #service: HoldingsView['service'];
  readonly #left: number[];
  readonly #opening: number;
  readonly #perUnit: number;
  readonly #accountOf: (order: Order) => number;
  readonly #held = new Map<string, Order>();

  /** @param opening what is in each of so many accounts at first */
  constructor(
    service: HoldingsView['service'],
    given: { accounts: number; opening: number; perUnit: number; accountOf: (order: Order) => number },
  ) {
    this.#service = service;
    this.#left = new Array<number>(given.accounts).fill(given.opening);
    this.#opening = given.accounts * given.opening;
    this.#perUnit = given.perUnit;
    this.#accountOf = given.accountOf;
  }

  obstacle(request: Message): string | undefined {
    const order = request as Order;
    const left = this.#left[this.#accountOf(order)];
    if (left === undefined) return 'no such account';
    return left < order.quantity * this.#perUnit ? 'not enough is left' : undefined;
  }

  apply({ saga, request, state }: StepRecord): void {
    if (state === 'cancelled') return;
    const order = request as Order;
    const amount = order.quantity * this.#perUnit;
    this.#left[this.#accountOf(order)]! += state === 'done' ? -amount : amount;
    if (state === 'done') this.#held.set(saga, order);
    else this.#held.delete(saga);
  }

  view(): HoldingsView {
    const left = this.#left.reduce((sum, one) => sum + one, 0);
    const account = { opening: this.#opening, left, perUnit: this.#perUnit };
    return { service: this.#service, held: this.#held, account };
  }
}

/** Has a stock of each product, and takes from it. */
export function inventory({ products, stock }: OrderOptions): Business {
  const accountOf = ({ product }: Order) => product;
  return new Accounts('inventory', { accounts: products, opening: stock, perUnit: 1, accountOf });
}

/** Has an account of each customer, and takes from it what an order costs. */
export function payments({ customers, openingBalance, price }: OrderOptions): Business {
  const accountOf = ({ customer }: Order) => customer;
  return new Accounts('payments', {
    ...{ accounts: customers, opening: openingBalance, perUnit: price },
    accountOf,
  });
}

/** Takes down orders, each once. */
export function orders(rules: OrderRules): Business {
  return business('orders', (order, held) => {
    if (!(Number.isSafeInteger(order.quantity) && order.quantity > 0)) return 'nothing is ordered';
    return rules.admits(order, held) ? undefined : 'ordered already';
  });
}

/** Sends a message for each order. It is sent when it is written down: a message may be lost, and is never repeated. */
export function notifications(): Business {
  return business('notifications', () => undefined);
}
