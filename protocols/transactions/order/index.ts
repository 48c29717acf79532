/** An order that is carried out by separate services, as a saga. */
import type { AnyProgram, Host, HostId } from '../../host.ts';
import { singleNodeLock } from '../../locks/index.ts';
import type { Protocol } from '../../protocol.ts';
import type { SagaWire } from '../saga/messages.ts';
import { orchestrator } from '../saga/orchestrator.ts';
import { paperRules } from '../saga/rules.ts';
import { type Business, service } from '../saga/service.ts';
import { lockOptionsOf, prefixes, shopClient } from './client.ts';
import { type OrderOptions, orderOptions } from './options.ts';
import { admits, inventory, notifications, type OrderRules, orders, payments } from './services.ts';

/** Orders with some of their rules replaced: what is sold twice then? */
export function ordersWith(replaced: Partial<OrderRules>) {
  const rules: OrderRules = { admits, ...replaced };
  const role = (prefix: string, program: (options: OrderOptions) => AnyProgram, count = 1) => ({
    prefix,
    count,
    program,
  });
  const serving = (business: (options: OrderOptions) => Business) => (options: OrderOptions) => {
    return (host: Host<SagaWire>) => service(host, business(options), options, paperRules);
  };
  return {
    name: 'transactions/order',
    about:
      'Orders at separate services: validate, reserve, pay, create, notify, as sagas of several orchestrators.',
    promise:
      'In the end an order is taken from the stock, paid and created, or none of it is left, or it is parked and reported ' +
      'because something could not be undone; no order of one customer and number is there twice; a message for it is ' +
      'sent at most once, and once if its host does not die over it. All that as long as disks keep what was synced; ' +
      'others may see an order half done. Garcia-Molina & Salem, Sagas, SIGMOD 1987; Mehrotra et al., A Transaction ' +
      'Model for Multidatabase Systems, ICDCS 1992 (steps that cannot be undone).',
    options: orderOptions,
    roles: {
      orchestrator: role(
        prefixes.orchestrator,
        (options) => (host: Host<SagaWire>) => orchestrator(host, options, paperRules),
        2,
      ),
      inventory: role(prefixes.inventory, serving(inventory)),
      payments: role(prefixes.payments, serving(payments)),
      orders: role(
        prefixes.orders,
        serving(() => orders(rules)),
      ),
      notifications: role(prefixes.notifications, serving(notifications)),
      lock: role(prefixes.lock, (options) => singleNodeLock.roles.node.program(lockOptionsOf(options))),
    },
    clients: {
      shop: (host: Host<never>, servers: readonly HostId[], options: OrderOptions) =>
        shopClient(host, servers, options),
    },
  } satisfies Protocol;
}

export const order = ordersWith({});
