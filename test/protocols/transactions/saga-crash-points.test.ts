/** One saga, and a crash at every point of it: whatever the point, it ends done or undone. */
import { describe, expect, test } from 'vitest';
import { isRefused } from '../../../protocols/host.ts';
import { type ServiceView, sagaWith } from '../../../protocols/transactions/index.ts';
import { sagaChecks } from '../../../scenarios/transactions/sagas.ts';
import type { Violation } from '../../../sim/check/index.ts';
import type { Storage } from '../../../sim/world/spec.ts';
import { type LooseHost, ms, run, seconds, worldOf } from '../../world/fixture.ts';

const timing = {
  items: 5,
  stepTimeout: 60,
  attempts: 2,
  compensationAttempts: 0,
  attemptTimeout: 300,
  requestTimeout: 5000,
};
/** Logs that only grow, and such as are written anew at nearly every record. */
const growing = { outcomesKept: 1000, compactionRecords: 1000 };
const rewritten = { outcomesKept: 1, compactionRecords: 1 };
const hosts = ['o1', 's1', 's2', 's3'] as const;
const effectsMax = 160;

interface Crash {
  readonly host: (typeof hosts)[number];
  readonly afterEffects: number;
  readonly storage: Storage;
  /** A service that goes down with it, and stays so for longer than the steps are tried. */
  readonly alsoDown?: (typeof hosts)[number];
  readonly logs?: typeof growing;
}

/** A booking at s1, s2 and s3, begun at 100 ms, when the host is doomed. */
async function ending({ host, afterEffects, storage, alsoDown, logs = growing }: Crash) {
  const options = { ...timing, ...logs };
  const { roles, clients } = sagaWith({});
  let told: 'done' | 'compensated' | 'unknown' | undefined;
  const c1 = async (loose: LooseHost) => {
    const bookings = clients.bookings(loose as never, hosts, options);
    await loose.clock.sleep(100);
    try {
      await bookings.book([
        ['s1', 1],
        ['s2', 2],
        ['s3', 3],
      ]);
      told = 'done';
    } catch (error) {
      told = isRefused(error) ? 'compensated' : 'unknown';
    }
  };
  const problems: Violation[] = [];
  const always = sagaChecks.flatMap((check) => (check.kind === 'always' ? [check.claim({}).start()] : []));
  const end = sagaChecks.flatMap((check) => (check.kind === 'finally' ? [check.claim({}).start()] : []));
  const service = roles.service.program(options) as (host: LooseHost) => Promise<void>;
  const world = worldOf({
    servers: {
      o1: roles.orchestrator.program(options) as (host: LooseHost) => Promise<void>,
      s1: service,
      s2: service,
      s3: service,
    },
    clients: { c1 },
    network: { latency: { dist: 'constant', valueUs: 10 * ms } },
    limits: { virtualUs: 9 * seconds },
    witness: {
      turn: (machine) => {
        const { id, boots, up } = machine;
        const state = machine.state();
        const observation = {
          seq: world.loop.event,
          atUs: world.nowUs,
          host: id,
          incarnation: boots,
          up,
          state,
        };
        for (const fold of always) {
          const violation = fold.observe(observation);
          if (violation !== undefined) problems.push(violation);
        }
        for (const fold of end) fold.observe(observation);
      },
      uncaught: (machine, error) => {
        problems.push({ check: 'uncaught', message: `${machine.id}: ${error}`, atUs: world.nowUs });
      },
    },
  });
  const machine = world.machine(host);
  world.at(100 * ms, () => machine.doom(afterEffects, storage));
  const look = () => {
    if (machine.kills === 0) {
      if (world.nowUs < 3 * seconds) world.at(world.nowUs + ms, look);
      return;
    }
    world.at(world.nowUs + 100 * ms, () => world.restart(machine));
    if (alsoDown === undefined) return;
    const other = world.machine(alsoDown);
    other.kill('keep');
    world.at(world.nowUs + 600 * ms, () => world.restart(other));
  };
  world.at(100 * ms, look);
  await run(world);
  for (const fold of end) {
    const verdict = fold.judge();
    if (verdict.verdict === 'broken') problems.push(...verdict.violations);
  }
  const given = (['s1', 's2', 's3'] as const).map((id) => (world.machine(id).state() as ServiceView).given);
  return { crashed: machine.kills > 0, told, given, problems };
}

async function tryAll(
  host: Crash['host'],
  storage: Storage,
  more: Pick<Crash, 'alsoDown' | 'logs'> = {},
): Promise<Set<unknown>> {
  const tolds = new Set<unknown>();
  let points = 0;
  for (let afterEffects = 0; afterEffects < effectsMax; afterEffects++) {
    const { crashed, told, given, problems } = await ending({ host, afterEffects, storage, ...more });
    const where = `after ${afterEffects} effects`;
    expect(problems, where).toEqual([]);
    expect(given, where).toEqual(told === 'done' ? [1, 1, 1] : [0, 0, 0]);
    expect(told, where).not.toBe('unknown');
    tolds.add(told);
    if (!crashed) break;
    points++;
  }
  expect(points, 'it has that many effects at least').toBeGreaterThan(3);
  expect(points, 'and all were tried').toBeLessThan(effectsMax);
  return tolds;
}

describe.each([
  ['logs grow', growing],
  ['logs are written anew all the time', rewritten],
] as const)('while %s', (_, logs) => {
  describe.each(hosts)('%s dies', (host) => {
    test.each(['keep', 'lose-unsynced', 'lose-all', 'torn'] as const)(
      'after each of its effects, and what it had not synced fares thus: %s',
      async (storage) => {
        expect(await tryAll(host, storage, { logs })).toContain('done');
      },
    );
  });

  test.each(['s1', 's2', 's3'] as const)(
    'the orchestrator dies after each of its effects, and when it is back %s is away: some sagas are undone, as a whole',
    async (alsoDown) => {
      expect(await tryAll('o1', 'lose-all', { alsoDown, logs })).toEqual(new Set(['compensated', 'done']));
    },
  );
});
