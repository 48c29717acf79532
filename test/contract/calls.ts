import { expect, test } from 'vitest';
import { isRefused, isTimedOut, Refused, TimedOut } from '../../protocols/host.ts';
import { type Lab, type LooseHost, persist } from './lab.ts';

const timeoutMs = 3000;

/** How a call ended, in a word. */
async function ending(answer: Promise<unknown>): Promise<string> {
  try {
    return `answered ${JSON.stringify(await answer)}`;
  } catch (error) {
    if (isRefused(error)) return `refused: ${error.message}`;
    return isTimedOut(error) ? 'timed out' : `failed: ${error}`;
  }
}

export function callsContract(makeLab: () => Lab): void {
  test('a call brings the answer, at once or later', async () => {
    const n1 = (host: LooseHost) => {
      host.on('add', ({ a, b }) => a + b);
      host.on('slow', async ({ ms }) => {
        await host.clock.sleep(ms);
        return 'late';
      });
    };
    await makeLab().play({ n1 }, async (host) => {
      expect(await host.call('n1', 'add', { a: 2, b: 3 }, { timeoutMs })).toBe(5);
      expect(await host.call('n1', 'slow', { ms: 60 }, { timeoutMs })).toBe('late');
    });
  });

  test('a handler without an answer answers null', async () => {
    const n1 = (host: LooseHost) => host.on('note', () => {});
    await makeLab().play({ n1 }, async (host) => {
      expect(await host.call('n1', 'note', 1, { timeoutMs })).toBe(null);
    });
  });

  test('of a thousand calls at once each gets its own answer', async () => {
    const n1 = (host: LooseHost) => host.on('square', (value) => value * value);
    await makeLab().play({ n1, n2: n1 }, async (host) => {
      const values = Array.from({ length: 1000 }, (_, index) => index);
      const to = (value: number) => (value % 2 === 0 ? 'n1' : 'n2');
      const answers = await Promise.all(
        values.map((value) => host.call(to(value), 'square', value, { timeoutMs })),
      );
      expect(answers).toEqual(values.map((value) => value * value));
    });
  });

  test('an unknown kind is refused, and so is what the handler refuses', async () => {
    const n1 = (host: LooseHost) => {
      host.on('now', () => {
        throw new Refused('not today');
      });
      host.on('later', async () => {
        await host.clock.sleep(5);
        throw new Refused('not tomorrow either');
      });
    };
    await makeLab().play({ n1 }, async (host) => {
      expect(await ending(host.call('n1', 'nonsense', null, { timeoutMs }))).toMatch(/^refused: .*nonsense/);
      expect(await ending(host.call('n1', 'now', null, { timeoutMs }))).toBe('refused: not today');
      expect(await ending(host.call('n1', 'later', null, { timeoutMs }))).toBe(
        'refused: not tomorrow either',
      );
    });
  });

  test('any other error of the handler leaves the caller with TimedOut', async () => {
    const n1 = (host: LooseHost) => {
      host.on('throws', () => {
        throw new Error('a mistake');
      });
      host.on('rejects', async () => {
        throw new TimedOut();
      });
      host.on('illegal', () => ({ when: new Date(0) }));
      host.on('fine', () => 'fine');
    };
    await makeLab().play({ n1 }, async (host) => {
      for (const kind of ['throws', 'rejects', 'illegal']) {
        expect(await ending(host.call('n1', kind, null, { timeoutMs }))).toBe('timed out');
      }
      expect(await host.call('n1', 'fine', null, { timeoutMs })).toBe('fine');
    });
  });

  test('a refusal that the handler let through from a call of its own says nothing definite', async () => {
    const n1 = (host: LooseHost) => {
      host.on('ask n2', () => host.call('n2', 'refuse', null, { timeoutMs }));
      host.on('ask n2, refuse', async () => {
        await host.call('n2', 'refuse', null, { timeoutMs }).catch(() => {
          throw new Refused('n2 would not, and nothing has happened here');
        });
      });
      host.on('ask itself', () => host.call('n1', 'nonsense', null, { timeoutMs }));
    };
    const n2 = (host: LooseHost) => {
      host.on('refuse', () => {
        throw new Refused('no');
      });
    };
    await makeLab().play({ n1, n2 }, async (host) => {
      expect(await ending(host.call('n1', 'ask n2', null, { timeoutMs }))).toBe('timed out');
      expect(await ending(host.call('n1', 'ask itself', null, { timeoutMs }))).toBe('timed out');
      expect(await ending(host.call('n1', 'ask n2, refuse', null, { timeoutMs }))).toMatch(
        /^refused: n2 would not/,
      );
    });
  });

  test("a call gives up when its time is over, and an answer after that is nobody's", async () => {
    const n1 = (host: LooseHost) => {
      host.on('slow', async () => {
        await host.clock.sleep(150);
        return 'too late';
      });
      host.on('never', () => new Promise(() => {}));
    };
    await makeLab().play({ n1 }, async (host) => {
      const start = host.clock.elapsed();
      const both = ['slow', 'never'].map((kind) => ending(host.call('n1', kind, null, { timeoutMs: 40 })));
      expect(await Promise.all(both)).toEqual(['timed out', 'timed out']);
      expect(host.clock.elapsed() - start).toBeGreaterThanOrEqual(39);
      await host.clock.sleep(200);
    });
  });

  test('an aborted call gives up at once', async () => {
    const n1 = (host: LooseHost) => host.on('never', () => new Promise(() => {}));
    await makeLab().play({ n1 }, async (host) => {
      const start = host.clock.elapsed();
      const abort = new AbortController();
      const call = ending(host.call('n1', 'never', null, { timeoutMs: 60_000, signal: abort.signal }));
      host.clock.after(20, () => abort.abort());
      expect(await call).toBe('timed out');
      expect(host.clock.elapsed() - start).toBeLessThan(10_000);
      const aborted = AbortSignal.abort();
      expect(await ending(host.call('n1', 'never', null, { timeoutMs, signal: aborted }))).toBe('timed out');
    });
  });

  test('a timeout that is no positive number is an error', async () => {
    const n1 = (host: LooseHost) => host.on('echo', (ask) => ask);
    await makeLab().play({ n1 }, async (host) => {
      for (const bad of [0, -1, Number.NaN]) {
        await expect((async () => host.call('n1', 'echo', 1, { timeoutMs: bad }))()).rejects.toThrow(
          RangeError,
        );
      }
    });
  });

  test('a host that is down refuses or leaves in the dark, but never answers', async () => {
    let handled = 0;
    const n1 = (host: LooseHost) => host.on('count', () => (handled += 1));
    await makeLab().play({ n1 }, async (host, control) => {
      await persist(host, 'n1', 'count');
      control.kill('n1');
      await host.clock.sleep(20);
      const before = handled;
      for (let round = 0; round < 5; round += 1) {
        host.send('n1', 'count', null);
        const end = await ending(host.call('n1', 'count', null, { timeoutMs: 200 }));
        expect(end).toMatch(/^(refused|timed out)/);
      }
      expect(handled).toBe(before);
    });
  });

  test('a crash in the midst of a call leaves the caller with TimedOut', async () => {
    const n1 = (host: LooseHost) => host.on('never', () => new Promise(() => {}));
    await makeLab().play({ n1 }, async (host, control) => {
      host.clock.after(50, () => control.kill('n1'));
      expect(await ending(host.call('n1', 'never', null, { timeoutMs: 1000 }))).toBe('timed out');
    });
  });
}
