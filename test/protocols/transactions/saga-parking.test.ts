/** Sagas with steps that cannot be undone, and compensations that fail. */
import { expect, test } from 'vitest';
import type { Step } from '../../../protocols/transactions/saga/messages.ts';
import { type OrchestratorView, orchestrator } from '../../../protocols/transactions/saga/orchestrator.ts';
import { paperRules } from '../../../protocols/transactions/saga/rules.ts';
import { type Business, type StepsView, service } from '../../../protocols/transactions/saga/service.ts';
import { type LooseHost, ms, run, seconds, worldOf } from '../../world/fixture.ts';

const logs = { outcomesKept: 100, compactionRecords: 100 };
const patience = { stepTimeout: 50, attempts: 2, compensationAttempts: 3, ...logs };
const within = { timeoutMs: 3000 };

/** Refuses what is asked as often as it is told to. */
const busyFor = (refusals: number): Business => {
  let left = refusals;
  return {
    obstacle: () => (left-- > 0 ? 'not now' : undefined),
    apply: () => {},
    view: () => ({}),
  };
};

function sagaWorld(refusals: Record<string, number>, client: (host: LooseHost) => Promise<void>) {
  const errors: string[] = [];
  const services = Object.entries(refusals).map(([id, count]) => [
    id,
    (host: LooseHost) => service(host as never, busyFor(count), logs, paperRules),
  ]);
  const world = worldOf({
    servers: {
      o1: (host: LooseHost) => orchestrator(host as never, patience, paperRules),
      ...Object.fromEntries(services),
    },
    clients: { c1: client },
    limits: { virtualUs: 8 * seconds },
    witness: { uncaught: (machine, error) => void errors.push(`${machine.id}: ${error}`) },
  });
  const effectsAt = (id: string) =>
    (world.machine(id).state() as StepsView).effects.map(({ step, kind }) => `${kind} ${step}`);
  return { world, errors, effectsAt };
}

/** Has a saga carried out; how it ended. */
async function submitted(
  host: LooseHost,
  steps: readonly Step[],
): Promise<{ saga: string; outcome: string }> {
  const { saga } = await host.call('o1', 'begin', { steps: steps.length }, within);
  const { outcome } = await host.call('o1', 'submit', { saga, steps }, within);
  return { saga, outcome };
}

test('a step that cannot be undone is tried until it succeeds, though it is refused', async () => {
  let ended: unknown;
  const { world, errors, effectsAt } = sagaWorld({ s1: 0, s2: 5 }, async (host) => {
    await host.clock.sleep(100);
    const last: Step = { service: 's2', request: 1, kind: 'retriable' };
    ended = (await submitted(host, [{ service: 's1', request: 1 }, last])).outcome;
  });
  await run(world);
  expect({ ended, errors }).toEqual({ ended: 'done', errors: [] });
  expect([effectsAt('s1'), effectsAt('s2')]).toEqual([['done 1'], ['done 2']]);
});

test('a query that is refused undoes what was done before it, and nothing of its own', async () => {
  let ended: unknown;
  const { world, effectsAt } = sagaWorld({ s1: 0, s2: 1 }, async (host) => {
    await host.clock.sleep(100);
    const query: Step = { service: 's2', request: 1, kind: 'query' };
    ended = (await submitted(host, [{ service: 's1', request: 1 }, query])).outcome;
  });
  await run(world);
  expect(ended).toBe('compensated');
  expect([effectsAt('s1'), effectsAt('s2')]).toEqual([['done 1', 'compensated 1'], []]);
});

test('a saga that cannot be undone is parked, stays reported over a restart, and is undone when it is told to', async () => {
  const seen: unknown[] = [];
  const { world, errors, effectsAt } = sagaWorld({ s1: 0, s2: 1 }, async (host) => {
    await host.clock.sleep(100);
    const steps: Step[] = [
      { service: 's1', request: 1 },
      { service: 's2', request: 1 },
    ];
    const { saga, outcome } = await submitted(host, steps);
    seen.push(outcome);
    await host.clock.sleep(3000 - host.clock.elapsed());
    const { sagas } = await host.call('o1', 'parked', null, within);
    seen.push(sagas.length === 1 && sagas[0] === saga);
    seen.push((await host.call('o1', 'submit', { saga, steps }, within)).outcome);
    seen.push((await host.call('o1', 'unpark', { saga }, within)).outcome);
    seen.push((await host.call('o1', 'submit', { saga, steps }, within)).outcome);
    seen.push((await host.call('o1', 'unpark', { saga }, within)).outcome);
  });
  const [orchestrating, first] = [world.machine('o1'), world.machine('s1')];
  // s1 has done its step by then, and is away while it is to be undone.
  const watch = () => {
    const { effects } = (first.state() as StepsView | undefined) ?? { effects: [] };
    if (effects.length === 0) world.at(world.nowUs + 100, watch);
    else first.kill('lose-all');
  };
  world.at(100 * ms, watch);
  world.at(2 * seconds, () => {
    expect((orchestrating.state() as OrchestratorView).parked).toHaveLength(1);
    orchestrating.kill('lose-all');
    world.restart(orchestrating);
    world.restart(first);
  });
  await run(world);
  expect({ seen, errors }).toEqual({
    seen: ['parked', true, 'parked', 'compensated', 'compensated', 'compensated'],
    errors: [],
  });
  expect([effectsAt('s1'), effectsAt('s2')]).toEqual([['done 1', 'compensated 1'], []]);
  expect((orchestrating.state() as OrchestratorView).parked).toEqual([]);
});

test('who asks for a saga to be tried again while it is being parked is told how that ends', async () => {
  const told: unknown[] = [];
  const { world, errors, effectsAt } = sagaWorld({ s1: 0, s2: 1 }, async (host) => {
    await host.clock.sleep(100);
    const steps: Step[] = [
      { service: 's1', request: 1 },
      { service: 's2', request: 1 },
    ];
    const { saga } = await host.call('o1', 'begin', { steps: 2 }, within);
    void host.call('o1', 'submit', { saga, steps }, within).then(({ outcome }) => told.push(outcome));
    while (host.clock.elapsed() < 2000) {
      await host.clock.sleep(0.3);
      void host.call('o1', 'unpark', { saga }, within).then(
        ({ outcome }) => told.push(outcome),
        // It was not begun yet.
        () => {},
      );
    }
  });
  const first = world.machine('s1');
  const watch = () => {
    const { effects } = (first.state() as StepsView | undefined) ?? { effects: [] };
    if (effects.length === 0) world.at(world.nowUs + 100, watch);
    else first.kill('lose-all');
  };
  world.at(100 * ms, watch);
  world.at(1500 * ms, () => void world.restart(first));
  await run(world);
  expect(errors).toEqual([]);
  expect(new Set(told)).toEqual(new Set(['parked', 'compensated']));
  expect([effectsAt('s1'), effectsAt('s2')]).toEqual([['done 1', 'compensated 1'], []]);
  expect((world.machine('o1').state() as OrchestratorView).open).toBe(0);
});
