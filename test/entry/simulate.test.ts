/** Tests that move a world by hand: what a body can do, and what is said when it fails. */
import { describe, expect, test } from 'vitest';
import { type Host, isRefused, isTimedOut } from '../../protocols/host.ts';
import { singleNodeLock } from '../../protocols/locks/index.ts';
import type { Protocol } from '../../protocols/protocol.ts';
import { raft } from '../../protocols/raft/index.ts';
import {
  type BodyResult,
  checkBody,
  ScenarioError,
  SimulationError,
  type TestWorld,
} from '../../sim/entry/main.ts';
import { assertBodyAt } from '../../sim/entry/testing/body.ts';
import { simulate } from '../../sim/entry/vitest.ts';
import { forgetfulPair } from './forgetful.ts';

const pair = { protocol: forgetfulPair, seeds: 3 };
type PairWire = {
  get(ask: { key: string }): { value: unknown };
  put(ask: { key: string; value: number }): null;
};

describe('a body', () => {
  simulate('asks through the client library, and what it asks is history', pair, async (world) => {
    await world.client().put('x', 1);
    expect(await world.client('c2').get('x')).toBe(1);
    await expect(world.client('c2').cas('x', 1, 2)).rejects.toSatisfy(isRefused);
    expect(world.history.map(({ client, f, type, output }) => [client, f, type, output])).toEqual([
      ['c1', 'put', 'ok', undefined],
      ['c2', 'get', 'ok', 1],
      ['c2', 'cas', 'fail', undefined],
    ]);
    expect(world.history).toBeLinearizable('kv');
  });

  simulate('may ask several things at a time, of one client too', pair, async (world) => {
    const store = world.client();
    await Promise.all([store.put('x', 1), store.put('y', 2), world.client('c2').put('z', 3)]);
    expect(await Promise.all(['x', 'y', 'z'].map((key) => store.get(key)))).toEqual([1, 2, 3]);
    expect(world.history).toBeLinearizable('kv');
  });

  simulate('lets virtual time pass, and no other', pair, async (world) => {
    const before = world.now;
    await world.sleep('30s');
    await world.sleep(250);
    expect(world.now - before).toBe(30_250);
    expect(() => world.sleep('soon')).toThrow('"soon" is not a duration; write a number and a unit');
  });

  simulate('sees what hosts expose, and waits until they do', pair, async (world) => {
    expect(world.exposed<{ keys: number }>('n1')?.keys).toBe(0);
    void world.client().put('x', 1);
    await world.until(() => world.exposed('n1')?.keys === 1);
    await expect(world.until(() => false, { within: '2s', what: 'the end of the world' })).rejects.toThrow(
      'the end of the world did not come true within 2s',
    );
  });

  simulate('kills, restarts and pauses', pair, async (world) => {
    await world.client().put('x', 1);
    expect(world.kill('leader').hosts).toEqual(['n1']);
    expect([world.isUp('n1'), world.exposed('n1')]).toEqual([false, undefined]);
    world.restart('n1');
    await world.until(() => world.isUp('n1'));
    expect(await world.client().get('x')).toBeNull();
    const pause = world.pause('n1');
    const answer = world.on('c1', (host) =>
      host.call('n1', 'get' as never, { key: 'x' } as never, { timeoutMs: 100 }),
    );
    await expect(answer).rejects.toSatisfy(isTimedOut);
    pause.heal();
  });

  simulate('cuts links, and heals what it broke', pair, async (world) => {
    const ask = (to: string) =>
      world.on('c1', (host: Host<never>) =>
        (host as unknown as Host<PairWire>).call(to, 'get', { key: 'x' }, { timeoutMs: 200 }).then(
          () => true,
          () => false,
        ),
      );
    const cut = world.partition([['n1', 'c1'], ['n2']]);
    expect([await ask('n1'), await ask('n2')]).toEqual([true, false]);
    cut.heal();
    expect(await ask('n2')).toBe(true);
    world.fault({ partition: { 'one-way': { from: ['n1'], to: ['c1'] } }, for: '1s' });
    expect(await ask('n1')).toBe(false);
    await world.sleep('1s');
    expect(await ask('n1')).toBe(true);
    world.kill(['n1', 'n2']);
    world.heal();
    await world.until(() => world.isUp('n1') && world.isUp('n2'));
  });

  simulate('hears from a client that died that nobody knows', pair, async (world) => {
    world.pause('n1');
    const lost = world.client('c2').put('x', 1);
    await world.sleep(100);
    world.kill('c2');
    await expect(lost).rejects.toSatisfy(isTimedOut);
    await expect(world.client('c2').get('x')).rejects.toThrow('c2 is down');
    world.restart('c2');
    await world.until(() => world.isUp('c2'));
    await world.client('c2').get('x');
    expect(world.history.map(({ type }) => type)).toEqual(['info', 'ok']);
  });

  simulate('takes any library of a protocol', { protocol: singleNodeLock, seeds: 3 }, async (world) => {
    const held = await world.use('lock', ({ locks }) => locks.acquire('orders'));
    const late = world.use('lock', ({ locks }) => locks.acquire('orders', { acquireTimeout: 100 }), 'c2');
    await expect(late).rejects.toThrow();
    await world.use('lock', ({ locks }) => locks.release(held));
    await world.use('lock', ({ locks }) => locks.acquire('orders'), 'c2');
    expect(() => world.client()).toThrow('no client library "kv" (it has lock)');
  });

  simulate('records operations of its own', { ...pair, model: 'register' }, async (world) => {
    const wire = (host: Host<never>) => host as unknown as Host<PairWire>;
    const within = { timeoutMs: 500 };
    await world.operate({ f: 'write', value: 1 }, (host) =>
      wire(host)
        .call('n1', 'put', { key: 'x', value: 1 }, within)
        .then(() => ({})),
    );
    await world.operate({ f: 'read' }, (host) => wire(host).call('n2', 'get', { key: 'x' }, within));
    expect(world.history).not.toBeLinearizable('register');
  });
});

const failure = (options: object, body: (world: TestWorld) => unknown): Promise<BodyResult> =>
  checkBody('a test', { ...pair, ...options }, body);

describe('a body that fails', () => {
  test('is told with its seed, its story and two commands', async () => {
    const result = await failure({ seeds: 50 }, async (world) => {
      await world.client().put('x', 1);
      if (world.random.below(8, 'bad luck') === 7)
        world.partition([
          ['n1', 'c1'],
          ['n2', 'c2'],
        ]);
      expect(await world.client('c2').get('x')).toBe(1);
    });
    const { seed } = result.failure!.outcome;
    expect(result).toMatchObject({ ok: false, verdict: 'broken' });
    expect(result.outcomes.at(-1)!.seed).toBe(seed);
    expect(result.text.split('\n')).toEqual([
      `a test: seed ${seed} of 50 broke`,
      expect.stringMatching(/^ +\d\.\d{3}s {2}c1: put "x" 1$/),
      expect.stringMatching(/s {2}the network was split: \{n1, c1\} \| \{n2, c2\}$/),
      expect.stringMatching(/^ +\d\.\d{3}s {2}c2: get "x" → null$/),
      `  this seed again: SKERRY_SEED=${seed} npx vitest run test/entry/simulate.test.ts -t 'a test'`,
      "  the whole test:  SKERRY_SEEDS=1..50 npx vitest run test/entry/simulate.test.ts -t 'a test'",
    ]);
    expect((result.thrown as Error).message).toContain('expected null to be 1');
  });

  test('fails a test as its own assertion would, with everything else in the message', async () => {
    const body = async (world: TestWorld) => expect(await world.client().get('x')).toBe(1);
    const error = await assertBodyAt({ test: 'a test' }, pair, body).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(SimulationError);
    expect(error).toMatchObject({ seed: '1', actual: null, expected: 1 });
    expect(error.message).toMatch(
      /^expected null to be 1.*\n\na test: seed 1 of 3 broke\n[\s\S]*SKERRY_SEED=1 /,
    );
    expect(error.stack.split('\n').find((line: string) => line.includes('    at '))).toContain(
      'simulate.test.ts',
    );
  });

  test.each<[string, (world: TestWorld) => unknown, RegExp]>([
    [
      'waits for ever',
      () => new Promise(() => {}),
      /was not done at 20s: it waits for something that is not of this/,
    ],
    [
      'waits for an answer that never comes',
      (world) => {
        world.pause('c1');
        return world.client().get('x');
      },
      /was not done at 20s: it waits for c1's get "x"/,
    ],
    ['throws what is no error', () => Promise.reject('no'), /it threw no/],
    [
      'forgets to wait for what fails',
      async (world) => {
        world.kill(['n1', 'n2']);
        void world.client().put('x', 1);
        await world.sleep('5s');
      },
      /no uncaught error: test did not catch/,
    ],
    [
      'asks a client that is not there',
      (world) => world.client('c9'),
      /there is no client "c9"; there are c1, c2, c3/,
    ],
    [
      'names no fault',
      (world) => world.fault({ partiton: 'halves' } as object),
      /"partiton".*did you mean "partition"/,
    ],
    ['lets a fault fall on nobody', (world) => world.kill('nobody'), /"nobody"/],
  ])('it %s', async (_, body, message) => {
    const { ok, text, thrown } = await failure({ duration: '20s' }, body);
    expect(ok).toBe(false);
    expect(`${(thrown as Error | undefined)?.message}\n${text}`).toMatch(message);
  });

  test('it reaches for real time: that is not deterministic, and where it happened is told', async () => {
    const { ok, text } = await failure({}, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
    });
    expect(ok).toBe(false);
    expect(text).toMatch(
      /seed 1 of 3 is not deterministic\n {2}test used setTimeout, in test\/entry\/simulate\.test\.ts:\d+:\d+: a body has world\.sleep/,
    );
  });

  test('it depends on something that is not of its world', async () => {
    let calls = 0;
    const { ok, text } = await failure({}, async (world) => {
      calls += 1;
      for (let call = 0; call < calls; call += 1) await world.client().get('x');
    });
    expect(ok).toBe(false);
    expect(text).toContain('seed 1: the seed gave another run when it was repeated');
  });
});

describe('the checks of a simulation', () => {
  const checks = ['election-safety', 'leader-replaced'];
  simulate('are watched all the time', { protocol: raft, seeds: 2, checks }, async (world) => {
    await world.client().put('x', 1);
    expect(world).toHold('election-safety');
    expect(world).not.toHold('leader-replaced');
    world.kill(await world.leader());
    await world.leader();
    expect(world).toHold('leader-replaced');
    expect(() => expect(world).toHold('log-matching')).toThrow('nobody watches "log-matching" in this world');
  });

  test('fail it although the body is content', async () => {
    const { text } = await failure({ checks: ['linearizable'] }, async (world) => {
      await world.client().put('x', 1);
      world.partition([
        ['n1', 'c1'],
        ['n2', 'c2'],
      ]);
      await world.client('c2').get('x');
    });
    expect(text).toMatch(/seed 1 of 3 broke\n {2}linearizable: key "x" of the kv is not linearizable/);
  });

  test('that are judged after a recovery are refused: a body knows when that is', async () => {
    await expect(failure({ checks: ['progress'] }, () => {})).rejects.toThrow(ScenarioError);
    await expect(failure({ checks: ['progress'] }, () => {})).rejects.toThrow('await what must come true');
  });

  test('mistakes in the options are told as those of scenario files', async () => {
    const wrong = { nodes: 0, network: { loss: '5 percent' } };
    await expect(failure(wrong, () => {})).rejects.toThrow(
      /nodes: .*\n.*network\.loss: "5 percent" is not odds/,
    );
  });
});

describe('seeds', () => {
  const seedsOf = async (options: object, environment: Record<string, string> = {}) => {
    const seen: string[] = [];
    const before = { ...process.env };
    const log = console.log;
    const printed: string[] = [];
    Object.assign(process.env, environment);
    console.log = (text: string) => void printed.push(text);
    try {
      await checkBody(
        'seeds',
        { protocol: forgetfulPair as Protocol, ...options },
        ({ seed }) => void seen.push(seed),
      );
    } finally {
      console.log = log;
      for (const name of Object.keys(environment)) delete process.env[name];
      Object.assign(process.env, before);
    }
    return { seen, printed };
  };

  test('a count, a range or a list; the first one again, to compare', async () => {
    expect((await seedsOf({ seeds: 3 })).seen).toEqual(['1', '2', '3', '1']);
    expect((await seedsOf({ seeds: '7..8' })).seen).toEqual(['7', '8', '7']);
    expect((await seedsOf({ seeds: ['x'] })).seen).toEqual(['x']);
    expect((await seedsOf({ seed: 5 })).seen).toEqual(['5']);
    await expect(seedsOf({ seeds: 0 })).rejects.toThrow(
      'seeds is a count (200), a range (5..80) or a list of seeds',
    );
  });

  test('SKERRY_SEEDS goes before what the code says, and SKERRY_SEED before that', async () => {
    expect((await seedsOf({ seeds: 3 }, { SKERRY_SEEDS: '2' })).seen).toEqual(['1', '2', '1']);
    await expect(seedsOf({ seeds: 3 }, { SKERRY_SEEDS: 'many' })).rejects.toThrow('SKERRY_SEEDS is a count');
    const { seen, printed } = await seedsOf({ seeds: 3 }, { SKERRY_SEEDS: '2', SKERRY_SEED: '17' });
    expect(new Set(seen)).toEqual(new Set(['17']));
    expect(printed.join('\n')).toMatch(/^seeds, seed 17: held\n {2}0\.\d+s {2}\w+ +boot \(incarnation 1\)/);
  });
});
