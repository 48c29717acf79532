/** The client's half: one attempt at a time to place an order, by way of a lock and an orchestrator. */

import { type Host, type HostId, Refused } from '../../host.ts';
import { type LockClients, singleNodeLock } from '../../locks/index.ts';
import { defaultsOf } from '../../protocol.ts';
import { sagaSubmitter, tell } from '../saga/client.ts';
import type { SagaWire } from '../saga/messages.ts';
import type { OrderOptions } from './options.ts';
import { identityOf, type Order, type Services, stepsOf } from './order.ts';

/** A shop. Methods reject with `Refused` if nothing was done, and with anything else if nobody knows. */
export interface ShopClient {
  readonly customers: number;
  readonly products: number;
  /**
   * Places an order, once: whoever places an order of the same customer and number again is refused.
   * @throws Refused also if another client is about to place it
   */
  place(order: Order): Promise<void>;
  /** For an operator: tries again what could not be undone; how many orders that concerns. */
  mend(): Promise<number>;
}

/** Hosts whose names begin so play these roles. */
export const prefixes = {
  orchestrator: 'o',
  inventory: 'inventory',
  payments: 'payments',
  orders: 'desk',
  notifications: 'messenger',
  lock: 'n',
} as const;

const isNumbered = (prefix: string) => (id: HostId) => new RegExp(`^${prefix}\\d+$`).test(id);

/** The options of the lock that keeps others from placing the same order meanwhile. */
export const lockOptionsOf = ({ requestTimeout, lockTimeout }: OrderOptions) => ({
  ...defaultsOf(singleNodeLock.options),
  ttl: requestTimeout,
  ttlMax: requestTimeout,
  callTimeout: lockTimeout,
});

export function shopClient(host: Host<never>, servers: readonly HostId[], options: OrderOptions): ShopClient {
  const of = (role: keyof typeof prefixes) => servers.filter(isNumbered(prefixes[role]));
  const orchestrators = of('orchestrator');
  const services: Services = {
    inventory: of('inventory')[0]!,
    payments: of('payments')[0]!,
    orders: of('orders')[0]!,
    notifications: of('notifications')[0]!,
  };
  const asking = host as unknown as Host<SagaWire>;
  const { begin, submit } = sagaSubmitter(asking, options);
  const { locks }: LockClients = singleNodeLock.clients.lock(host, of('lock'), lockOptionsOf(options));

  const carryOut = async (order: Order): Promise<void> => {
    const orchestrator = orchestrators[host.random.below(orchestrators.length, 'orchestrator')]!;
    const steps = stepsOf(order, services);
    const saga = await begin(orchestrator, steps.length);
    tell(saga, await submit(orchestrator, saga, steps));
  };

  return {
    customers: options.customers,
    products: options.products,
    async place(order) {
      // It spares two clients to do and undo the same at one time. That no order is there twice does not hang on it: a
      // lock may be outlived, and the desk looks for itself (Kleppmann, How to do distributed locking, 2016).
      const lock = await locks.tryAcquire(`order ${identityOf(order)}`);
      if (lock === null)
        throw new Refused('the order is being placed by somebody else, or no lock is to be had');
      try {
        await carryOut(order);
      } finally {
        // It ends by itself if this fails.
        await locks.release(lock).catch(() => {});
      }
    },
    async mend() {
      let count = 0;
      const timeoutMs = options.attemptTimeout;
      const mendAt = async (orchestrator: HostId) => {
        const { sagas } = await asking.call(orchestrator, 'parked', null, { timeoutMs });
        for (const saga of sagas) {
          await asking.call(orchestrator, 'unpark', { saga }, { timeoutMs });
          count += 1;
        }
      };
      // One that is down does not keep the others waiting.
      const ends = await Promise.allSettled(orchestrators.map(mendAt));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      return count;
    },
  };
}
