/** Clients that place orders, some of them twice, and now and then look after what could not be undone. */
import type { Host } from '../../protocols/host.ts';
import type { Order, ShopClient } from '../../protocols/transactions/index.ts';
import type { Question, Reply, Workload, WorkloadContext } from '../../sim/index.ts';

/** An order is recorded as ok if it was placed, as fail if nothing of it is left, as info if the client does not know. */
export const order: Workload = {
  name: 'order',
  about: 'orders of a few units, by clients that each do one thing at a time; some orders are placed again',
  needs: 'shop',
  options: {
    numbers: {
      type: 'integer',
      default: 60,
      min: 1,
      about: 'Numbers that each customer gives to its orders: few of them, and many orders are placed again.',
    },
    quantity: { type: 'integer', default: 3, min: 1, about: 'Most units of an order.' },
    mends: {
      type: 'integer',
      default: 10,
      min: 0,
      max: 100,
      about: 'Of a hundred operations so many look after what could not be undone.',
    },
    stopAfter: {
      type: 'duration',
      default: 11000,
      min: 0,
      about: 'From then on clients only mend, so that at the end of the run no order is half done.',
    },
  },
  checks: ['saga-order', 'orders-whole', 'no-double-order', 'stock-and-money-conserved', 'progress'],
  program: (context) => (host: Host<never>) => run(context, host),
  performer,
};

/** Does and records single operations. */
function performer(context: WorkloadContext, host: Host<never>) {
  const shop = context.connect(host) as ShopClient;
  const session = context.session(host);
  return ({ f, value }: Question): Promise<Reply | undefined> => {
    switch (f) {
      case 'place': {
        const [customer, number, product, quantity] = value as [number, number, number, number];
        const placed: Order = { customer, number, product, quantity };
        return session.operate({ f, value }, () => shop.place(placed).then(() => ({})));
      }
      case 'mend':
        return session.operate({ f }, async () => ({ value: await shop.mend() }));
      default:
        throw new TypeError(`a client of a shop can place and mend, not "${f}"`);
    }
  };
}

async function run(context: WorkloadContext, host: Host<never>): Promise<void> {
  const { options, thinkUs } = context;
  const { customers, products } = context.connect(host) as ShopClient;
  const perform = performer(context, host);
  for (;;) {
    await host.clock.sleep(host.random.below(2 * thinkUs + 1, 'think') / 1000);
    const isOver = host.clock.elapsed() >= Number(options.stopAfter);
    if (isOver || host.random.below(100, 'operation') >= 100 - Number(options.mends)) {
      await perform({ f: 'mend' });
      continue;
    }
    const value = [
      host.random.below(customers, 'customer'),
      host.random.below(Number(options.numbers), 'number'),
      host.random.below(products, 'product'),
      1 + host.random.below(Number(options.quantity), 'quantity'),
    ];
    await perform({ f: 'place', value });
  }
}
