/** Logs that forget: they stay small, and what arrives of a transaction long after it is over has no effect. */
import { expect, test } from 'vitest';
import { isTimedOut } from '../../../protocols/host.ts';
import type { CommitmentView, ServiceView } from '../../../protocols/transactions/index.ts';
import { saga, twoPhaseCommit } from '../../../protocols/transactions/index.ts';
import { type LooseHost, run, seconds, worldOf } from '../../world/fixture.ts';

const within = { timeoutMs: 1000 };
const logs = { outcomesKept: 2, compactionRecords: 4 };
const nothingOver = { life: 0, number: 0, open: [] };

type Program = (host: LooseHost) => Promise<void>;

function worldWith(servers: Record<string, Program>, c1: Program) {
  const errors: string[] = [];
  const world = worldOf({
    servers,
    clients: { c1 },
    limits: { virtualUs: 60 * seconds },
    witness: { uncaught: (machine, error) => void errors.push(`${machine.id}: ${error}`) },
  });
  return { world, errors };
}

test('two-phase commit: a hundred transfers leave small logs; copies of old messages change nothing', async () => {
  const options = {
    ...{ accounts: 1, openingBalance: 1000, voteTimeout: 100, retryInterval: 100, inquiryTimeout: 150 },
    ...{ attemptTimeout: 200, requestTimeout: 4000, ...logs },
  };
  const { coordinator, participant } = twoPhaseCommit.roles;
  const asked: unknown[] = [];
  const { world, errors } = worldWith(
    {
      t1: coordinator.program(options) as Program,
      p1: participant.program(options) as Program,
      p2: participant.program(options) as Program,
    },
    async (host) => {
      await host.clock.sleep(100);
      const bank = twoPhaseCommit.clients.bank(host as never, ['t1', 'p1', 'p2'], options);
      for (let count = 0; count < 100; count++) await bank.transfer('p1/1', 'p2/1', 1);
      const transaction = 't1-1-1';
      const changes = [{ participant: 'p1', account: 'p1/1', amount: -1 }];
      const participants = ['p1', 'p2'];
      const late = { transaction, participants, changes, horizon: nothingOver };
      asked.push(await host.call('p1', 'prepare', late, within));
      asked.push(
        await host.call('p1', 'decide', { transaction, decision: 'commit', horizon: nothingOver }, within),
      );
      asked.push(await host.call('t1', 'submit', { transaction, changes }, within));
      asked.push(await host.call('t1', 'submit', { transaction: 't1-1-100', changes }, within));
    },
  );
  world.at(40 * seconds, () => {
    for (const id of ['t1', 'p1', 'p2']) {
      world.machine(id).kill('lose-all');
      world.restart(world.machine(id));
    }
  });
  await run(world);
  expect(errors).toEqual([]);
  expect(asked).toEqual([{ vote: 'no' }, null, { decision: null }, { decision: 'commit' }]);
  const views = ['t1', 'p1', 'p2'].map((id) => world.machine(id).state() as CommitmentView);
  expect(views.map(({ gained }) => gained)).toEqual([undefined, -100, 100]);
  expect(views.map(({ inDoubt }) => inDoubt)).toEqual([undefined, [], []]);
  for (const { log } of views) expect(log?.records).toBeLessThan(25);
});

test('a client that asks too late is told that nobody knows, not that it was undone', async () => {
  const options = {
    ...{ items: 200, stepTimeout: 60, attempts: 2, compensationAttempts: 0, attemptTimeout: 300 },
    ...{ requestTimeout: 2000, ...logs },
  };
  const { orchestrator, service } = saga.roles;
  const asked: unknown[] = [];
  let error: unknown;
  const { world, errors } = worldWith(
    {
      o1: orchestrator.program(options) as Program,
      s1: service.program(options) as Program,
      s2: service.program(options) as Program,
    },
    async (host) => {
      await host.clock.sleep(100);
      const bookings = saga.clients.bookings(host as never, ['o1', 's1', 's2'], options);
      const refused = () => {};
      // Item 500 does not exist: what was done at s1 is undone.
      for (let count = 0; count < 100; count++) {
        await bookings
          .book([
            ['s1', count],
            ['s2', count % 2 === 0 ? count : 500],
          ])
          .catch(refused);
      }
      const horizon = nothingOver;
      const late = { saga: 'o1-1-2/2', step: 1, horizon };
      asked.push(await host.call('s1', 'act', { ...late, request: 1 }, within));
      asked.push(await host.call('s1', 'compensate', late, within));
      asked.push(await host.call('s1', 'act', { ...late, saga: 'o1-1-1/2', request: 0 }, within));
      asked.push(await host.call('o1', 'submit', { saga: 'o1-1-1/2', steps: [] }, within));
      // The client asks for its saga once more under the name of an old one.
      const old = { ...host, call: oldName(host) } as LooseHost;
      error = await saga.clients
        .bookings(old as never, ['o1', 's1', 's2'], options)
        .book([['s1', 1]])
        .catch((reason: unknown) => reason);
    },
  );
  world.at(40 * seconds, () => {
    for (const id of ['o1', 's1', 's2']) {
      world.machine(id).kill('lose-all');
      world.restart(world.machine(id));
    }
  });
  await run(world);
  expect(errors).toEqual([]);
  expect(asked).toEqual([{ status: 'refused' }, null, { status: 'done' }, { outcome: null }]);
  expect(isTimedOut(error)).toBe(true);
  const views = ['s1', 's2'].map((id) => world.machine(id).state() as ServiceView);
  expect(views.map(({ given }) => given)).toEqual([50, 50]);
  expect(views.map(({ effects, effectsBefore }) => effects.length + effectsBefore)).toEqual([150, 50]);
  // What is given away is data, and stays.
  for (const { log } of views) expect(log.records).toBeLessThan(2 * 50 + 25);
  expect((world.machine('o1').state() as ServiceView).log.records).toBeLessThan(25);
});

/** Calls as this host does, but every saga that it begins is the first one. */
function oldName(host: LooseHost): LooseHost['call'] {
  return async (to, kind, ask, options) => {
    const answer = await host.call(to, kind, ask, options);
    return kind === 'begin' ? ({ saga: 'o1-1-1/2' } as typeof answer) : answer;
  };
}
