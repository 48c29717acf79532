/**
 * One transaction, and a crash at every point of it: each effect of each process (a send, a write, a sync …) is in turn
 * the last one before its host dies. Whatever the point and whatever becomes of the disk, all come to one decision.
 */
import { describe, expect, test } from 'vitest';
import { isRefused } from '../../../protocols/host.ts';
import type { CommitmentView, TwoPhaseCommitRules } from '../../../protocols/transactions/index.ts';
import { twoPhaseCommitWith } from '../../../protocols/transactions/index.ts';
import { commitmentChecks } from '../../../scenarios/transactions/commitment.ts';
import type { Violation } from '../../../sim/check/index.ts';
import type { Storage } from '../../../sim/world/spec.ts';
import { type LooseHost, ms, run, seconds, worldOf } from '../../world/fixture.ts';

const timing = {
  accounts: 1,
  openingBalance: 10,
  voteTimeout: 100,
  retryInterval: 100,
  inquiryTimeout: 150,
  attemptTimeout: 200,
  requestTimeout: 4000,
};
/** Logs that only grow, and such as are written anew at nearly every record. */
const growing = { outcomesKept: 1000, compactionRecords: 1000 };
const rewritten = { outcomesKept: 1, compactionRecords: 1 };
const hosts = ['t1', 'p1', 'p2'] as const;
const constant = (valueUs: number) => ({ dist: 'constant' as const, valueUs });
const effectsMax = 80;

interface Crash {
  readonly host: (typeof hosts)[number];
  readonly afterEffects: number;
  readonly storage: Storage;
  /** When it comes back. */
  readonly downUs?: number;
  readonly rules?: Partial<TwoPhaseCommitRules>;
  readonly logs?: typeof growing;
}

interface Ending {
  readonly crashed: boolean;
  readonly told: 'commit' | 'abort' | 'unknown' | undefined;
  readonly gained: readonly (number | undefined)[];
  readonly inDoubt: readonly string[];
  readonly violations: readonly Violation[];
}

/** A transfer of 4 from p1 to p2, begun at 100 ms, when the host is doomed. */
async function ending({
  host,
  afterEffects,
  storage,
  downUs = 400 * ms,
  rules = {},
  logs = growing,
}: Crash): Promise<Ending> {
  const protocol = twoPhaseCommitWith(rules);
  const options = { ...timing, ...logs };
  const { coordinator, participant } = protocol.roles;
  let told: Ending['told'];
  const c1 = async (loose: LooseHost) => {
    const bank = protocol.clients.bank(loose as never, hosts, options);
    await loose.clock.sleep(100);
    try {
      await bank.transfer('p1/1', 'p2/1', 4);
      told = 'commit';
    } catch (error) {
      told = isRefused(error) ? 'abort' : 'unknown';
    }
  };
  const violations: Violation[] = [];
  const folds = commitmentChecks.flatMap((check) =>
    check.kind === 'always' ? [check.claim({ within: 3000 }).start()] : [],
  );
  const world = worldOf({
    servers: {
      t1: coordinator.program(options) as (host: LooseHost) => Promise<void>,
      p1: participant.program(options) as (host: LooseHost) => Promise<void>,
      p2: participant.program(options) as (host: LooseHost) => Promise<void>,
    },
    clients: { c1 },
    network: { latency: constant(10 * ms) },
    limits: { virtualUs: 8 * seconds },
    witness: {
      turn: (machine) => {
        const state = machine.state();
        const { id, boots, up } = machine;
        const observation = {
          seq: world.loop.event,
          atUs: world.nowUs,
          host: id,
          incarnation: boots,
          up,
          state,
        };
        for (const fold of folds) {
          const violation = fold.observe(observation);
          if (violation !== undefined) violations.push(violation);
        }
      },
      uncaught: (machine, error) => {
        violations.push({ check: 'uncaught', message: `${machine.id}: ${error}`, atUs: world.nowUs });
      },
    },
  });
  const machine = world.machine(host);
  world.at(100 * ms, () => machine.doom(afterEffects, storage));
  let crashed = false;
  world.at(5 * seconds, () => machine.doom(-1));
  const look = () => {
    if (machine.kills === 0) {
      if (world.nowUs < 4 * seconds) world.at(world.nowUs + ms, look);
      return;
    }
    crashed = true;
    world.at(world.nowUs + downUs, () => world.restart(machine));
  };
  world.at(100 * ms, look);
  await run(world);
  const views = ['p1', 'p2'].map((id) => world.machine(id).state() as CommitmentView | undefined);
  return {
    crashed,
    told,
    gained: views.map((view) => view?.gained),
    inDoubt: views.flatMap((view) => view?.inDoubt ?? []),
    violations,
  };
}

const agreed: Ending['gained'][] = [
  [0, 0],
  [-4, 4],
];

describe.each([
  ['logs grow', growing, 3],
  ['logs are written anew all the time', rewritten, 10],
] as const)('while %s', (_, logs, pointsMin) => {
  describe.each(hosts)('%s dies', (host) => {
    test.each(['keep', 'lose-unsynced', 'lose-all', 'torn'] as const)(
      'after each of its effects, and what it had not synced fares thus: %s',
      async (storage) => {
        const tolds = new Set<string | undefined>();
        let points = 0;
        for (let afterEffects = 0; afterEffects < effectsMax; afterEffects++) {
          const { crashed, told, gained, inDoubt, violations } = await ending({
            ...{ host, afterEffects, storage },
            logs,
          });
          const where = `after ${afterEffects} effects`;
          expect(violations, where).toEqual([]);
          expect(inDoubt, where).toEqual([]);
          expect(agreed, where).toContainEqual(gained);
          if (told === 'commit') expect(gained, where).toEqual([-4, 4]);
          if (told === 'abort') expect(gained, where).toEqual([0, 0]);
          expect(told, `${where}: it came back in time, so the client is told`).not.toBe('unknown');
          tolds.add(told);
          if (!crashed) break;
          points++;
        }
        expect(points, 'it has that many effects at least').toBeGreaterThan(pointsMin);
        expect(points, 'and all were tried').toBeLessThan(effectsMax);
        expect([...tolds].sort(), 'early crashes abort, late ones do not').toEqual(['abort', 'commit']);
      },
    );
  });
});

const forgetful: [string, Pick<Crash, 'host' | 'rules'>][] = [
  ['its decision', { host: 't1', rules: { forceCommit: async (journal) => void journal.sync() } }],
  ['its vote', { host: 'p1', rules: { forcePrepared: async (journal) => void journal.sync() } }],
];

test.each(forgetful)(
  'a process that does not force %s is caught at some point',
  async (_, { host, rules }) => {
    const problems: string[] = [];
    for (let afterEffects = 0; afterEffects < effectsMax; afterEffects++) {
      const { crashed, violations } = await ending({ host, afterEffects, storage: 'lose-all', rules });
      problems.push(...violations.slice(0, 1).map(({ check }) => check));
      if (!crashed) break;
    }
    expect(problems).toContain('atomic-commitment');
  },
);

test('BHG §7.4 while all who can be asked are in doubt, they stay so: two-phase commit blocks', async () => {
  const checks = new Set<string>();
  for (let afterEffects = 0; afterEffects < effectsMax; afterEffects++) {
    const { crashed, violations } = await ending({
      host: 't1',
      afterEffects,
      storage: 'keep',
      downUs: 5 * seconds,
    });
    for (const { check } of violations) checks.add(check);
    if (!crashed) break;
  }
  expect([...checks]).toEqual(['in-doubt']);
});

test('BHG §7.4 cooperative termination: who has heard of the decision tells who has not', async () => {
  const blockedWith = async (rules: Partial<TwoPhaseCommitRules>) => {
    const points: number[] = [];
    for (let afterEffects = 0; afterEffects < effectsMax; afterEffects++) {
      const { crashed, violations } = await ending({
        ...{ host: 't1', afterEffects, storage: 'keep', downUs: 5 * seconds },
        rules,
      });
      if (violations.length > 0) points.push(afterEffects);
      if (!crashed) break;
    }
    return points;
  };
  const cooperative = await blockedWith({});
  const alone = await blockedWith({ whomToAsk: ({ coordinator }) => [coordinator] });
  expect(alone).toEqual(expect.arrayContaining(cooperative));
  expect(cooperative.length, 'it dies between two of its messages').toBeLessThan(alone.length);
});
