/** Scenarios in tests: `check` returns what became of them, `assertHolds` throws it, matchers say it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kv } from '../../sim/check/index.ts';
import {
  assertHolds,
  type CheckResult,
  check,
  historyOf,
  ScenarioError,
  type ScenarioValue,
  SimulationError,
} from '../../sim/entry/main.ts';
import '../../sim/entry/vitest.ts';
import { forgetfulPair } from './forgetful.ts';

const put = (client: string, at: string, value: number) => ({ client, at, f: 'put', key: 'x', value });
const get = (client: string, at: string) => ({ client, at, f: 'get', key: 'x' });

/** One write on one side of a split, one read on the other. */
const split: ScenarioValue = {
  name: 'a split pair',
  protocol: forgetfulPair,
  duration: '3s',
  recovery: '1s',
  workload: { type: 'kv', clients: 2, script: [put('c1', '200ms', 7), get('c2', '300ms')] },
  checks: ['linearizable'],
};
const broken: ScenarioValue = {
  ...split,
  faults: [
    {
      at: '100ms',
      for: '2s',
      partition: {
        groups: [
          ['n1', 'c1'],
          ['n2', 'c2'],
        ],
      },
    },
  ],
};
/** The same with a protocol that a file can name. */
const portable = {
  ...{ name: 'restart of a store', protocol: 'naive/no-sync', duration: '2s', recovery: '1s' },
  workload: { type: 'kv', clients: 2, rate: 40, keys: 1, cas: 0, deletes: 0 },
  checks: ['linearizable'],
};
const forgets: ScenarioValue = {
  ...portable,
  faults: [{ at: '1s', kill: { targets: 'all', storage: 'lose-all' }, restartAfter: '50ms' }],
};

let folder: string;
const home = process.cwd();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skerry-check-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('check', () => {
  test('returns what became of a value, run in this thread', async () => {
    const result = await check(split, { seeds: 4 });
    expect(result).toMatchObject({
      ok: true,
      verdict: 'held',
      failing: [],
      text: '',
      commands: [],
    });
    expect(result.outcomes.map(({ seed, operations }) => [seed, operations.ok])).toEqual([
      ...[
        ['1', 2],
        ['2', 2],
        ['3', 2],
        ['4', 2],
      ],
    ]);
  });

  test('names the seeds that fail, tells the first of them, and does not throw', async () => {
    const { ok, verdict, failing, failure, text, checks } = await check(broken, { seeds: 3 });
    expect({ ok, verdict, failing, checks }).toEqual({
      ...{ ok: false, verdict: 'broken', failing: ['1', '2', '3'], checks: ['linearizable'] },
    });
    expect(failure?.outcome.full?.history.map(({ f, output }) => [f, output])).toEqual([
      ['put', undefined],
      ['get', null],
    ]);
    expect(failure?.story?.headline).toContain('linearizable was promised');
    expect(text).toMatch(
      /^a split pair: seed 1 of 3 broke\n {2}linearizable: key "x" of the kv is not linearizable/,
    );
    expect(text).toContain('s  the network was split: {n1, c1} | {n2, c2}');
  });

  test('runs a file in workers, and gives the same as in this thread', async () => {
    const prints = ({ outcomes }: CheckResult) => outcomes.map(({ fingerprint }) => fingerprint);
    const file = 'scenarios/raft/partition.yaml';
    const [there, here] = [await check(file, { seed: 3 }), await check(file, { seed: 3, jobs: 0 })];
    expect(prints(there)).toEqual(prints(here));
    expect(there.outcomes).toHaveLength(1);
  });

  test('bails out, and keeps to its budget', async () => {
    expect((await check(broken, { seeds: 5, bail: true })).outcomes).toHaveLength(1);
    expect((await check(split, { seeds: 5_000, budgetMs: 1 })).outcomes.length).toBeLessThan(5_000);
  });

  test('an expected failure is a success, and its absence is not', async () => {
    const expects: Partial<ScenarioValue> = {
      seeds: [17],
      expect: { verdict: 'broken', by: 'linearizable' },
    };
    expect(await check({ ...broken, ...expects }, { seeds: 2 })).toMatchObject({ ok: true, failing: [] });
    const { ok, text } = await check({ ...split, ...expects }, { seeds: 2 });
    expect(ok).toBe(false);
    expect(text).toContain('a violation of linearizable was expected and did not happen');
  });

  test('a run that did next to nothing has not held', async () => {
    const idle = { ...split, workload: { type: 'kv', clients: 2, script: [] } };
    const { ok, verdict, text } = await check(idle, { seeds: 1 });
    expect({ ok, verdict }).toEqual({ ok: false, verdict: 'unknown' });
    expect(text).toMatch(/seed 1 is unknown\n {2}no operation succeeded/);
  });

  test('what is no scenario is refused with everything that is wrong with it', async () => {
    const wrong = { ...split, duration: '3', checks: ['linearizible'] };
    await expect(check(wrong)).rejects.toThrow(ScenarioError);
    await expect(check(wrong)).rejects.toThrow(
      /"3" is a duration without a unit[\s\S]*did you mean "linearizable"/,
    );
    await expect(check({ protocol: 'rafd' })).rejects.toThrow('did you mean "raft"');
    await expect(check('nowhere.yaml')).rejects.toThrow('nowhere.yaml: there is no such file');
    await expect(check(split, { jobs: 2 })).rejects.toThrow('runs in this thread only');
  });
});

describe('assertHolds', () => {
  test('throws the story, the seed and two commands', async () => {
    await expect(assertHolds(split, { seeds: 3 })).resolves.toBeUndefined();
    const error = await assertHolds(broken, { seeds: '5..9' }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(SimulationError);
    expect(error.seed).toBe('5');
    expect(error.message.split('\n').slice(-2)).toEqual([
      '  this seed again: SKERRY_SEED=5 npx vitest run test/entry/check.test.ts',
      '  the whole test:  SKERRY_SEEDS=5..9 npx vitest run test/entry/check.test.ts',
    ]);
    expect(error.stack).toMatch(/\n +at .*check\.test\.ts:\d+:\d+/);
    expect(error.stack).not.toContain('sim/entry');
  });

  test('a value that a file can hold becomes one, which gives the same failure', async () => {
    process.chdir(folder);
    try {
      const error = await assertHolds(forgets, { seeds: 20 }).catch((thrown) => thrown);
      const file = '.skerry/failures/restart-of-a-store.yaml';
      const command = `npx skerry run ${file} --seed ${error.seed}`;
      expect(error.commands[1]).toEqual({ what: 'without the test', command });
      expect(await readFile(file, 'utf8')).toContain('protocol: naive/no-sync');
      const again = await check(file, { seed: error.seed, jobs: 0 });
      expect(error.message).toContain(again.outcomes[0]!.violations[0]!.message);
    } finally {
      process.chdir(home);
    }
  });

  test('a file is run again as it is', async () => {
    const file = relative(home, join(folder, 'forgets.yaml'));
    await writeFile(file, JSON.stringify({ ...forgets, schema: 1 }));
    const options = { seeds: 20, jobs: 0, set: ['recovery=2s'] };
    const error = await assertHolds(file, options).catch((thrown) => thrown);
    expect(error.commands[1].command).toBe(`npx skerry run ${file} --seed ${error.seed} --set recovery=2s`);
  });
});

describe('toHold', () => {
  test('judges a result, an outcome, a value and a file', async () => {
    const [good, bad] = [await check(split, { seeds: 2 }), await check(broken, { seeds: 2 })];
    expect(good).toHold('linearizable');
    expect(good).toHold();
    expect(good.outcomes[0]).toHold('linearizable');
    expect(bad).not.toHold('linearizable');
    expect(bad.outcomes[0]).not.toHold();
    await expect(split).toHold('linearizable', { seeds: 2 });
    await expect(broken).not.toHold('linearizable', { seeds: 2 });
    await expect(expect(broken).toHold('linearizable', { seeds: 2 })).rejects.toThrow(
      /this seed again: SKERRY_SEED=1 npx vitest run test\/entry\/check\.test\.ts\n/,
    );
    expect(() => expect(bad).toHold('linearizable')).toThrow(
      /returned null where 7 was stored[\s\S]*this seed again: /,
    );
    expect(() => expect(good).toHold('fencing')).toThrow(
      '"fencing" was not judged; the checks were linearizable',
    );
    expect(() => expect(17).toHold()).toThrow(
      'toHold judges a world, an outcome, the result of check(), or a scenario',
    );
  });

  test('what a run that ended early might have shown is unknown, which is not to hold', async () => {
    const [outcome] = (await check(broken, { seeds: 1 })).outcomes;
    expect(outcome).not.toHold('progress');
    expect(() => expect(outcome).toHold('progress')).toThrow('the run ended when linearizable broke');
  });
});

describe('toBeDeterministic', () => {
  test('runs every seed twice', async () => {
    await expect(broken).toBeDeterministic();
    await expect('scenarios/raft/partition.yaml').toBeDeterministic({ seeds: 1, jobs: 0 });
  });

  test('a protocol that remembers other runs is not', async () => {
    let boots = 0;
    const node = forgetfulPair.roles.node!;
    const remembers: ScenarioValue = {
      ...split,
      protocol: {
        ...forgetfulPair,
        roles: {
          node: {
            ...node,
            program: (options) => (host) => {
              boots += 1;
              host.log('boot', { boots });
              host.clock.after(boots, () => {});
              return node.program(options)(host);
            },
          },
        },
      },
    };
    await expect(remembers).not.toBeDeterministic();
    const { nondeterministic, text, ok } = await check(remembers, { seeds: 1, twice: true });
    expect(nondeterministic).toMatchObject([
      { seed: '1', message: expect.stringMatching(/^event \d+: first /) },
    ]);
    expect(ok).toBe(false);
    expect(text).toContain('two runs of one seed were not the same: event');
  });

  test('nor is one that looks at the real clock, which says where', async () => {
    const clockwatcher: ScenarioValue = {
      ...split,
      protocol: {
        ...forgetfulPair,
        roles: { node: { prefix: 'n', count: 2, program: () => () => void Date.now() } },
      },
    };
    await expect(clockwatcher).not.toBeDeterministic();
    await expect(assertHolds(clockwatcher)).rejects.toThrow(
      /seed 1 of 20 is not deterministic\n {2}n\d used Date\.now, in test\/entry\/check\.test\.ts:\d+:\d+: use host\.clock\.now/,
    );
  });
});

describe('toBeLinearizable', () => {
  const events = [
    { process: 0, type: 'invoke', f: 'put', key: 'x', value: 1 },
    { process: 0, type: 'ok', f: 'put', key: 'x' },
    { process: 1, type: 'invoke', f: 'get', key: 'x' },
    { process: 1, type: 'ok', f: 'get', key: 'x', value: 1 },
  ] as const;
  const stale = [...events.slice(0, 3), { ...events[3], value: 2 }];

  test('reads operations, events, and text of any format', () => {
    expect(events).toBeLinearizable('kv');
    expect(historyOf(events)).toBeLinearizable(kv);
    expect(events.map((event) => JSON.stringify(event)).join('\n')).toBeLinearizable('kv');
    expect(stale).not.toBeLinearizable('kv');
  });

  test('shows the operations that contradict each other', () => {
    expect(() => expect(stale).toBeLinearizable('kv')).toThrow(
      /key "x" of the kv is not linearizable[\s\S]*\n {2}\{"process":1,"f":"get","key":"x","output":2/,
    );
    expect(() => expect(events).not.toBeLinearizable('kv')).toThrow('expected not to hold, and held');
  });

  test('what cannot be judged is a mistake, not a verdict', () => {
    expect(() => expect(events).toBeLinearizable('kw')).toThrow('there is no model "kw"');
    expect(() => expect(17).toBeLinearizable('kv')).toThrow('a history is a list of operations or of events');
    expect(() => expect('nonsense').toBeLinearizable('kv')).toThrow('this is no history: text:1');
    expect(() => expect([]).toBeLinearizable('kv')).toThrow(/nobody knows/);
  });
});
