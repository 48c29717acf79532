import { describe, expect, test } from 'vitest';
import { Refused } from '../../protocols/host.ts';
import { idle, keeper, type LooseHost, ms, play, run, worldOf } from './fixture.ts';

const constant = (valueUs: number) => ({ dist: 'constant' as const, valueUs });
const network = { latency: constant(10 * ms) };

/** What a call of n1 to n2 comes to. */
async function outcome(
  answer: (host: LooseHost) => void,
  call: (host: LooseHost) => Promise<unknown> = (host) => host.call('n2', 'ping', 'ask', { timeoutMs: 100 }),
): Promise<{ outcome: unknown; errors: string[]; atMs: number }> {
  let settled: unknown;
  let atMs = 0;
  const { witness, errors } = keeper();
  const n1 = async (host: LooseHost) => {
    await host.clock.sleep(20 - host.clock.elapsed());
    settled = await call(host).catch((error: Error) => `${error.name}: ${error.message}`);
    atMs = host.clock.elapsed() - 20;
  };
  await play({ servers: { n1, n2: answer }, network, witness });
  return { outcome: settled, errors, atMs };
}

describe('a call', () => {
  test('brings the answer, after two latencies', async () => {
    const on = (host: LooseHost) => host.on('ping', (ask, from) => `${ask} of ${from}`);
    expect(await outcome(on)).toEqual({ outcome: 'ask of n1', errors: [], atMs: 20 });
  });

  test('brings the answer of an async handler, and null for nothing', async () => {
    const on = (host: LooseHost) =>
      host.on('ping', async () => {
        await host.clock.sleep(7);
      });
    expect(await outcome(on)).toEqual({ outcome: null, errors: [], atMs: 27 });
  });

  test('of a kind that nobody answers is refused', async () => {
    expect((await outcome(idle)).outcome).toBe('Refused: n2 answers no "ping"');
  });

  test('of a host that is not there is refused', async () => {
    const call = (host: LooseHost) => host.call('n9', 'ping', null, { timeoutMs: 100 });
    expect((await outcome(idle, call)).outcome).toBe('Refused: there is no host "n9"');
  });

  test('is refused by a handler that refuses', async () => {
    for (const on of [
      (host: LooseHost) =>
        host.on('ping', () => {
          throw new Refused('not today');
        }),
      (host: LooseHost) =>
        host.on('ping', async () => {
          throw new Refused('not today');
        }),
    ]) {
      expect(await outcome(on)).toMatchObject({ outcome: 'Refused: not today', errors: [] });
    }
  });

  test('times out early when the handler fails, and that is an error of its program', async () => {
    const on = (host: LooseHost) =>
      host.on('ping', () => {
        throw new Error('a flaw');
      });
    expect(await outcome(on)).toEqual({
      outcome: 'TimedOut: ping to n2: its handler failed',
      errors: ['n2: a flaw'],
      atMs: 20,
    });
  });

  test('times out when the handler let a refusal through', async () => {
    const on = (host: LooseHost) => host.on('ping', () => host.call('n9', 'x', null, { timeoutMs: 1 }));
    expect(await outcome(on)).toMatchObject({
      outcome: 'TimedOut: ping to n2: its handler failed',
      errors: [],
    });
  });

  test('times out when the answer is nothing that a message may hold', async () => {
    const on = (host: LooseHost) => host.on('ping', () => ({ at: new Date(0) }));
    const { outcome: settled, errors } = await outcome(on);
    expect(settled).toBe('TimedOut: ping to n2: its handler failed');
    expect(errors[0]).toContain('n2: message.at is an instance of Date');
  });

  test('times out in time', async () => {
    const on = (host: LooseHost) => host.on('ping', () => host.clock.sleep(1_000));
    expect(await outcome(on)).toMatchObject({
      outcome: 'TimedOut: ping to n2: no answer in time',
      atMs: 100,
    });
  });

  test('gives up when its signal aborts, before or after it was made', async () => {
    const on = (host: LooseHost) => host.on('ping', () => 'pong');
    const abortAfter = (afterMs: number) => (host: LooseHost) => {
      const abort = new AbortController();
      if (afterMs === 0) abort.abort();
      else host.clock.after(afterMs, () => abort.abort());
      return host.call('n2', 'ping', null, { timeoutMs: 100, signal: abort.signal });
    };
    expect(await outcome(on, abortAfter(0))).toMatchObject({
      outcome: 'TimedOut: call of ping to n2 was aborted',
      atMs: 0,
    });
    expect(await outcome(on, abortAfter(5))).toMatchObject({
      outcome: 'TimedOut: ping to n2 was aborted',
      atMs: 5,
    });
    expect(await outcome(on, abortAfter(30))).toMatchObject({ outcome: 'pong', atMs: 20 });
  });

  test('that arrives twice runs its handler twice, and the first answer wins', async () => {
    const served: number[] = [];
    const answers: number[] = [];
    const { witness, errors } = keeper();
    const n1 = async (host: LooseHost) => {
      await host.clock.sleep(20);
      for (let i = 0; i < 20; i += 1) answers.push(await host.call('n2', 'next', null, { timeoutMs: 500 }));
    };
    const n2 = (host: LooseHost) =>
      host.on('next', () => {
        served.push(served.length);
        return served.length - 1;
      });
    let turns = 0;
    const turn = ({ id }: { id: string }) => {
      if (id === 'n1') turns += 1;
    };
    await play({ servers: { n1, n2 }, network: { duplicate: [1, 1] }, witness: { ...witness, turn } });
    expect(served).toHaveLength(40);
    // A boot, a sleep, and the first answer of each call: the others are no turns.
    expect(turns).toBe(22);
    expect(answers).toHaveLength(20);
    // Of the two copies the later one may still overtake with its answer.
    expect(new Set(answers.map((number) => Math.floor(number / 2))).size).toBe(20);
    expect(errors).toEqual([]);
  });

  test('leaves nothing behind for a run that is over: no timeout, no listener', async () => {
    const abort = new AbortController();
    const listeners = { added: 0, removed: 0 };
    const signal = new Proxy(abort.signal, {
      get(target, key) {
        if (key === 'addEventListener') listeners.added += 1;
        if (key === 'removeEventListener') listeners.removed += 1;
        const value = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const n1 = async (host: LooseHost) => {
      await host.clock.sleep(20);
      await host.call('n2', 'ping', null, { timeoutMs: 30_000, signal });
    };
    const world = await play({ servers: { n1, n2: (host) => host.on('ping', () => 1) }, network });
    expect(world.loop.agenda.size).toBe(0);
    expect(world.nowUs).toBeLessThan(100 * ms);
    expect(listeners).toEqual({ added: 1, removed: 1 });
  });
});

describe('a message', () => {
  test('is frozen from the moment it is sent, for sender and receiver', async () => {
    const complaints: string[] = [];
    const attempt = (write: () => void) => {
      try {
        write();
        complaints.push('written');
      } catch (error) {
        complaints.push((error as Error).name);
      }
    };
    const n1 = (host: LooseHost) => {
      const ask = { list: [1, 2], deep: { text: 'x' } };
      host.clock.after(20, () => {
        host.send('n2', 'ping', ask);
        attempt(() => ask.list.push(3));
        attempt(() => {
          ask.deep.text = 'y';
        });
      });
    };
    const n2 = (host: LooseHost) =>
      host.on('ping', (ask) => {
        attempt(() => ask.list.push(3));
        expect(ask).toEqual({ list: [1, 2], deep: { text: 'x' } });
      });
    const { witness, errors } = keeper();
    await play({ servers: { n1, n2 }, witness });
    expect(complaints).toEqual(['TypeError', 'TypeError', 'TypeError']);
    expect(errors).toEqual([]);
  });

  test('has bytes of its own for every receiver', async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const heard: number[][] = [];
    const n1 = (host: LooseHost) => {
      host.clock.after(20, () => {
        host.send('n2', 'ping', { bytes });
        bytes.fill(9);
      });
    };
    const n2 = (host: LooseHost) =>
      host.on('ping', (ask) => {
        heard.push([...ask.bytes]);
        ask.bytes.fill(7);
      });
    await play({ servers: { n1, n2 }, network: { duplicate: [1, 1] } });
    expect(heard).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  test('to a host that nobody knows is dropped and counted', async () => {
    const n1 = (host: LooseHost) => void host.clock.after(20, () => host.send('n9', 'ping', null));
    const world = await play({ servers: { n1 } });
    expect(world.network.counters).toMatchObject({ sent: 0, dropped: 1 });
  });

  test('whose handler throws is an uncaught error, a refusal too', async () => {
    const n1 = (host: LooseHost) => void host.clock.after(20, () => host.send('n2', 'ping', null));
    const n2 = (host: LooseHost) =>
      host.on('ping', async () => {
        throw new Refused('no');
      });
    const { witness, errors } = keeper();
    await play({ servers: { n1, n2 }, witness });
    expect(errors).toEqual(['n2: no']);
  });
});

describe('a host', () => {
  test('takes one handler a kind', async () => {
    const { witness, errors } = keeper();
    const n1 = (host: LooseHost) => {
      (host.mount('inner') as unknown as LooseHost).on('ping', idle);
      host.on('inner/ping', idle);
    };
    await play({ servers: { n1 }, witness });
    expect(errors).toEqual(['n1: n1 has a handler for "inner/ping" already']);
  });

  test('tells what it and its mounts expose, under their names', async () => {
    const n1 = (host: LooseHost) => {
      host.expose(() => ({ role: 'old' }));
      host.expose(() => ({ role: 'leader' }));
      host.mount('log').expose(() => ({ length: 3 }));
    };
    const world = worldOf({ servers: { n1, n2: idle } });
    await run(world);
    expect(world.machine('n1').state()).toEqual({ role: 'leader', log: { length: 3 } });
    expect(world.machine('n2').state()).toBeUndefined();
  });

  test('refuses durations, limits, odds and names that make no sense', async () => {
    const thrown: string[] = [];
    const n1 = (host: LooseHost) => {
      for (const attempt of [
        () => host.clock.after(-1, idle),
        () => host.clock.sleep(Number.NaN),
        () => host.call('n1', 'x', null, { timeoutMs: 0 }),
        () => host.random.below(0, 'x'),
        () => host.random.below(2 ** 32 + 1, 'x'),
        () => host.random.chance([2, 1], 'x'),
        () => host.mount('..'),
        () => host.disk.write('../x', 0, new Uint8Array(1)),
        () => host.disk.read('x', -1, 1),
        () => host.send('n1', 'x', undefined),
      ]) {
        try {
          void attempt();
          thrown.push('nothing');
        } catch (error) {
          thrown.push((error as Error).name);
        }
      }
    };
    await play({ servers: { n1 } });
    expect(thrown).toEqual([
      ...Array<string>(6).fill('RangeError'),
      'Error',
      'TypeError',
      'RangeError',
      'TypeError',
    ]);
  });
});
