/**
 * A crash at every event: a transaction is recorded, and then for each of its events (a packet that is sent or arrives, a
 * write that is done …) and each host run again with that host dying there, and coming back. It is done as a whole or not
 * at all, every time. Only a part of these runs is made unless there is time.
 */
import { describe, expect, test } from 'vitest';
import { isRefused } from '../../../protocols/host.ts';
import type { OptionTable, Protocol } from '../../../protocols/protocol.ts';
import {
  type CommitmentView,
  type HoldingsView,
  order,
  type ServiceView,
  saga,
  twoPhaseCommit,
  twoPhaseCommitWith,
} from '../../../protocols/transactions/index.ts';
import { commitmentChecks } from '../../../scenarios/transactions/commitment.ts';
import { orderChecks } from '../../../scenarios/transactions/orders.ts';
import { sagaChecks } from '../../../scenarios/transactions/sagas.ts';
import type { LooseHost } from '../../world/fixture.ts';
import { crashesOf, type Ending, endingOf, type Transaction } from './every-event.ts';

const isLong = process.env.SKERRY_LONG === '1';

const optionsOf = (table: OptionTable, given: object) => ({
  ...Object.fromEntries(Object.entries(table).map(([name, option]) => [name, option.default])),
  ...given,
});

/** One host of each role, but so many of one. */
function serversOf(
  protocol: Protocol,
  options: object,
  counts: Record<string, number>,
): Transaction['servers'] {
  return Object.fromEntries(
    Object.entries(protocol.roles).flatMap(([name, { prefix, program }]) =>
      Array.from({ length: counts[name] ?? 1 }, (_, index) => [
        `${prefix}${index + 1}`,
        program(options as never) as (host: LooseHost) => Promise<void>,
      ]),
    ),
  );
}

const patience = { stepTimeout: 60, attempts: 2, attemptTimeout: 300, requestTimeout: 5000 };

const transferOptions = optionsOf(twoPhaseCommit.options, {
  ...{ accounts: 1, openingBalance: 10, voteTimeout: 100, retryInterval: 100, inquiryTimeout: 150 },
  ...{ attemptTimeout: 200, requestTimeout: 4000 },
});

const transferBy = (protocol: ReturnType<typeof twoPhaseCommitWith>): Transaction => {
  const servers = serversOf(protocol, transferOptions, { participant: 2 });
  return {
    servers,
    ask: (host) =>
      protocol.clients.bank(host, Object.keys(servers), transferOptions as never).transfer('p1/1', 'p2/1', 4),
    checks: commitmentChecks,
  };
};

const bookingOptions = optionsOf(saga.options, { items: 5, ...patience });
const bookingServers = serversOf(saga, bookingOptions, { service: 3 });
const booking: Transaction = {
  servers: bookingServers,
  ask: (host) =>
    saga.clients.bookings(host, Object.keys(bookingServers), bookingOptions as never).book([
      ['s1', 1],
      ['s2', 2],
      ['s3', 3],
    ]),
  checks: sagaChecks,
};

const orderOptions = optionsOf(order.options, { ...patience, compensationAttempts: 20 });
const orderServers = serversOf(order, orderOptions, {});
const placing: Transaction = {
  servers: orderServers,
  ask: (host) =>
    order.clients
      .shop(host, Object.keys(orderServers), orderOptions as never)
      .place({ customer: 1, number: 7, product: 2, quantity: 3 }),
  checks: [...orderChecks, ...sagaChecks.filter(({ name }) => name === 'saga-order')],
};

/** What each host that takes part has done of it: all the same, or something is half done. */
const parts = {
  transfer: ({ states }: Ending) =>
    ['p1', 'p2'].map((id) => Math.abs((states[id] as CommitmentView).gained ?? 0) === 4),
  booking: ({ states }: Ending) => ['s1', 's2', 's3'].map((id) => (states[id] as ServiceView).given === 1),
  order: ({ states }: Ending) =>
    ['inventory1', 'payments1', 'desk1', 'messenger1'].map(
      (id) => (states[id] as HoldingsView).held.size === 1,
    ),
};

describe.each([
  ['two-phase commit', transferBy(twoPhaseCommit), parts.transfer, 2],
  ['a saga', booking, parts.booking, 4],
  ['an order', placing, parts.order, 12],
] as const)('%s', (name, transaction, partsOf, stride) => {
  test('is done when nobody dies', async () => {
    const calm = await endingOf(transaction);
    expect({ told: calm.told, problems: calm.problems }).toEqual({ told: undefined, problems: [] });
    expect(new Set(partsOf(calm))).toEqual(new Set([true]));
    expect(calm.events.length).toBeGreaterThan(20);
  });

  test('is done or not, as a whole, whoever dies at whichever of its events', async () => {
    const { events } = await endingOf(transaction);
    const crashes = crashesOf(events, Object.keys(transaction.servers), isLong ? 1 : stride);
    const seen = new Set<string>();
    for (const crash of crashes) {
      const ending = await endingOf(transaction, crash);
      const { told, crashed, problems } = ending;
      const where = `${crash.host} dies at event ${crash.event} (${crash.storage}): told ${told}`;
      expect({ crashed, problems }, where).toEqual({ crashed: true, problems: [] });
      const [first, ...others] = partsOf(ending);
      for (const other of others) expect(other, where).toBe(first);
      if (told === undefined) expect(first, where).toBe(true);
      else if (isRefused(told)) expect(first, where).toBe(false);
      // A lock that nobody released may keep the client out; else everybody is back in time for an answer.
      else expect(told, where).toBeUndefined();
      seen.add(told === undefined ? 'done' : 'undone');
    }
    expect(crashes.length, name).toBeGreaterThan(100);
    expect([...seen].sort(), 'both ways to end were seen').toEqual(['done', 'undone']);
  });
});

test('a participant that does not force its vote is caught at some event', async () => {
  const forgetful = transferBy(twoPhaseCommitWith({ forcePrepared: async (journal) => void journal.sync() }));
  const { events } = await endingOf(forgetful);
  const found: string[] = [];
  for (const event of events) {
    found.push(...(await endingOf(forgetful, { event, host: 'p1', storage: 'lose-all' })).problems);
  }
  expect(found.length).toBeGreaterThan(0);
});

describe('two-phase commit, in the words of its sources', () => {
  const transaction = transferBy(twoPhaseCommit);

  test('presumed abort: a coordinator that died before its decision is logged has aborted (Mohan et al. §3.2)', async () => {
    const { events } = await endingOf(transaction);
    const tolds: boolean[] = [];
    for (const event of events) {
      const { told } = await endingOf(transaction, { event, host: 't1', storage: 'lose-all' });
      tolds.push(told === undefined);
    }
    const firstCommit = tolds.indexOf(true);
    expect(firstCommit, 'early crashes abort').toBeGreaterThan(0);
    expect(tolds.slice(firstCommit), 'from the forced record on all commit').not.toContain(false);
  });
});
