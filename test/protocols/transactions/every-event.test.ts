/**
 * A crash at every event: a transaction is recorded, and then for each of its events (a packet that is sent or arrives, a
 * write that is done …) and each host, clients too, run again with that host dying there, and coming back. It is done as a
 * whole or not at all, every time. What a host had not synced has one of its fates in turn; each, if there is time.
 */
import { describe, expect, test } from 'vitest';
import { isRefused } from '../../../protocols/host.ts';
import { defaultsOf, type OptionTable, type Protocol } from '../../../protocols/protocol.ts';
import {
  type CommitmentView,
  type HoldingsView,
  order,
  type ServiceView,
  saga,
  sagaWith,
  twoPhaseCommit,
  twoPhaseCommitWith,
} from '../../../protocols/transactions/index.ts';
import { inventory } from '../../../protocols/transactions/order/services.ts';
import { paperRules as sagaRules } from '../../../protocols/transactions/saga/rules.ts';
import { service } from '../../../protocols/transactions/saga/service.ts';
import { commitmentChecks } from '../../../scenarios/transactions/commitment.ts';
import { orderChecks } from '../../../scenarios/transactions/orders.ts';
import { sagaChecks } from '../../../scenarios/transactions/sagas.ts';
import type { LooseHost } from '../../world/fixture.ts';
import { crashesOf, type Ending, endingOf, type Transaction } from './every-event.ts';

const isLong = process.env.SKERRY_LONG === '1';

const optionsOf = (table: OptionTable, given: object) => ({
  ...defaultsOf(table),
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

/** Logs that are written anew at nearly every record. */
const rewritten = { outcomesKept: 1, compactionRecords: 1 };

const transferBy = (protocol: ReturnType<typeof twoPhaseCommitWith>, logs: object = {}): Transaction => {
  const options = { ...transferOptions, ...logs };
  const servers = serversOf(protocol, options, { participant: 2 });
  return {
    servers,
    ask: (host) =>
      protocol.clients.bank(host, Object.keys(servers), options as never).transfer('p1/1', 'p2/1', 4),
    checks: commitmentChecks,
  };
};

const bookingBy = (protocol: ReturnType<typeof sagaWith>, logs: object = {}): Transaction => {
  const options = optionsOf(saga.options, { items: 5, ...patience, ...logs });
  const servers = serversOf(protocol, options, { service: 3 });
  return {
    servers,
    ask: (host) =>
      protocol.clients.bookings(host, Object.keys(servers), options as never).book([
        ['s1', 1],
        ['s2', 2],
        ['s3', 3],
      ]),
    checks: sagaChecks,
  };
};

const placingWith = (replaced: Transaction['servers'] = {}, logs: object = {}): Transaction => {
  const options = optionsOf(order.options, { ...patience, compensationAttempts: 20, ...logs });
  const servers = { ...serversOf(order, options, {}), ...replaced };
  return {
    servers,
    ask: (host) =>
      order.clients
        .shop(host, Object.keys(servers), options as never)
        .place({ customer: 1, number: 7, product: 2, quantity: 3 }),
    checks: [...orderChecks, ...sagaChecks.filter(({ name }) => name === 'saga-order')],
  };
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
  ['two-phase commit', transferBy(twoPhaseCommit), parts.transfer],
  ['two-phase commit, while logs are written anew', transferBy(twoPhaseCommit, rewritten), parts.transfer],
  ['a saga', bookingBy(saga), parts.booking],
  ['a saga, while logs are written anew', bookingBy(saga, rewritten), parts.booking],
  ['an order', placingWith(), parts.order],
] as const)('%s', (name, transaction, partsOf) => {
  test('is done when nobody dies', async () => {
    const calm = await endingOf(transaction);
    expect({ told: calm.told, problems: calm.problems }).toEqual({ told: undefined, problems: [] });
    expect(new Set(partsOf(calm))).toEqual(new Set([true]));
    expect(calm.events.length).toBeGreaterThan(20);
    const views = Object.values(calm.states) as CommitmentView[];
    const isRewritten = views.some(({ log }) => (log?.rewritten ?? 0) > 0);
    expect(isRewritten).toBe(name.endsWith('anew'));
  });

  test('is done or not, as a whole, whoever dies at whichever of its events', async () => {
    const { events } = await endingOf(transaction);
    const crashes = crashesOf(events, [...Object.keys(transaction.servers), 'c1'], isLong);
    const seen = new Set<string>();
    for (const crash of crashes) {
      const ending = await endingOf(transaction, crash);
      const { answered, told, crashed, problems } = ending;
      const where = `${crash.host} dies at event ${crash.event} (${crash.storage}): told ${told}`;
      expect({ crashed, problems }, where).toEqual({ crashed: true, problems: [] });
      const [first, ...others] = partsOf(ending);
      for (const other of others) expect(other, where).toBe(first);
      if (!answered) expect(crash.host, where).toBe('c1');
      else if (told === undefined) expect(first, where).toBe(true);
      else if (isRefused(told)) expect(first, where).toBe(false);
      // A lock that nobody released may keep the client out; else everybody is back in time for an answer.
      else expect(told, where).toBeUndefined();
      if (answered) seen.add(told === undefined ? 'done' : 'undone');
    }
    expect(crashes.length, name).toBeGreaterThanOrEqual(100);
    expect([...seen].sort(), 'both ways to end were seen').toEqual(['done', 'undone']);
  });
});

const orderOptions = optionsOf(order.options, patience) as never;
/** Promises an effect before the log has it. */
const unforced = async (journal: { sync(): Promise<void> }) => void journal.sync();
/** Does a step as often as it is asked for. */
const busy = (host: LooseHost) =>
  service(host as never, inventory(orderOptions), orderOptions, { ...sagaRules, onAction: () => 'act' });

test.each([
  [
    'a participant that does not force its vote',
    transferBy(twoPhaseCommitWith({ forcePrepared: unforced })),
    'p1',
  ],
  ['an orchestrator that acts before its log says so', bookingBy(sagaWith({ forceBegin: unforced })), 'o1'],
  ['a service of orders that does a step each time', placingWith({ inventory1: busy }), 'o1'],
] as const)('%s is caught at some event', async (_, transaction, host) => {
  const { events } = await endingOf(transaction);
  const found: string[] = [];
  for (const event of events) {
    found.push(...(await endingOf(transaction, { event, host, storage: 'lose-all' })).problems);
    if (found.length > 0) break;
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
