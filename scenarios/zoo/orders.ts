/** Orders with one mistake. */
import type { Protocol } from '../../protocols/protocol.ts';
import { ordersWith } from '../../protocols/transactions/index.ts';

/** Trusts the lock, which one client after the other gets, or outlives. */
const trustsLock: Protocol = {
  ...ordersWith({ admits: () => true }),
  name: 'zoo/order-trusts-lock',
  about: 'Orders that nothing but a lock keeps from being there twice (Kleppmann 2016).',
};

export const orderSpecimens: readonly Protocol[] = [trustsLock];
