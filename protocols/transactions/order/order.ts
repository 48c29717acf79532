/** An order, and the steps that it takes. */
import type { HostId } from '../../host.ts';
import type { Step } from '../saga/messages.ts';

/** A customer and a number of its own make an order one and the same, however often it is placed. */
export type Order = {
  readonly customer: number;
  readonly number: number;
  readonly product: number;
  readonly quantity: number;
};

/** What makes orders the same: the idempotency key. */
export const identityOf = ({ customer, number }: Order): string => `${customer}/${number}`;

/** A service of each kind. */
export interface Services {
  readonly inventory: HostId;
  readonly payments: HostId;
  readonly orders: HostId;
  readonly notifications: HostId;
}

/**
 * Validate, reserve, pay, create, notify. Nothing is left of a query, and a message that was sent cannot be called back: so
 * it is sent when all that may fail is done, and is then tried until it succeeds.
 */
export function stepsOf(order: Order, services: Services): Step[] {
  return [
    { service: services.orders, request: order, kind: 'query' },
    { service: services.inventory, request: order },
    { service: services.payments, request: order },
    { service: services.orders, request: order },
    { service: services.notifications, request: order, kind: 'retriable' },
  ];
}
