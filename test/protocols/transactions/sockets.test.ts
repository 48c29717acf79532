/** The same programs over sockets and files. */

import { expect, test } from 'vitest';
import type { AnyProgram, Host } from '../../../protocols/host.ts';
import { defaultsOf } from '../../../protocols/protocol.ts';
import { type HoldingsView, order } from '../../../protocols/transactions/index.ts';
import { until } from '../../contract/lab.ts';
import { nodeLab } from '../../contract/node.ts';

test('an order over TCP outlives its services, and is placed once', { timeout: 30_000 }, async () => {
  const defaults = defaultsOf(order.options);
  // Nothing here is to fail because a machine has other things to do.
  const options = { ...defaults, stepTimeout: 2000, lockTimeout: 2000, requestTimeout: 20_000 } as never;
  const servers = Object.fromEntries(
    Object.values(order.roles).map(({ prefix, program }) => [`${prefix}1`, program(options) as AnyProgram]),
  );
  await nodeLab().play(servers, async (host, control) => {
    const shop = order.clients.shop(host as unknown as Host<never>, Object.keys(servers), options);
    const one = { customer: 1, number: 7, product: 2, quantity: 3 };
    await shop.place(one);
    for (const id of ['o1', 'inventory1', 'desk1']) {
      control.kill(id);
      control.restart(id);
    }
    const again = await until(host, 'all to be back', () =>
      shop.place(one).then(
        () => 'placed',
        (error: Error) => error.message.includes('compensated') && 'refused',
      ),
    );
    expect(again).toBe('refused');
    const holdings = ['inventory1', 'payments1', 'desk1', 'messenger1'].map(
      (id) => [...(control.view(id) as HoldingsView).held.values()] as const,
    );
    expect(holdings).toEqual([[one], [one], [one], [one]]);
  });
});
