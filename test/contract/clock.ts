import { expect, test } from 'vitest';
import { type Lab, type LooseHost, until } from './lab.ts';

const idle = () => {};

/** Runs `main` on a client whose server has nothing to do. */
const alone = <T>(lab: Lab, main: (host: LooseHost) => Promise<T>) => lab.play({ n1: idle }, main);

export function clockContract(makeLab: () => Lab): void {
  test('sleep lasts at least as long as it is asked to', async () => {
    await alone(makeLab(), async ({ clock }) => {
      for (const ms of [0, 0.25, 1, 2.5, 30]) {
        const start = clock.elapsed();
        await clock.sleep(ms);
        expect(clock.elapsed() - start).toBeGreaterThanOrEqual(ms - 0.001);
      }
    });
  });

  test('elapsed never goes back, and goes on; now is milliseconds since 1970', async () => {
    await alone(makeLab(), async ({ clock }) => {
      const start = clock.elapsed();
      let last = start;
      for (let round = 0; round < 50; round += 1) {
        await clock.sleep(0.5);
        const elapsed = clock.elapsed();
        expect(elapsed).toBeGreaterThanOrEqual(last);
        last = elapsed;
      }
      expect(last).toBeGreaterThan(start);
      expect(clock.now()).toBeGreaterThan(Date.UTC(2020, 0, 1));
      expect(clock.now()).toBeLessThan(Date.UTC(2100, 0, 1));
    });
  });

  test('the interval clock holds the wall clock, and its bound is a finite time', async () => {
    await alone(makeLab(), async ({ clock }) => {
      for (let round = 0; round < 5; round += 1) {
        const before = clock.now();
        const { earliest, latest } = clock.interval();
        expect(earliest).toBeLessThanOrEqual(before);
        expect(latest).toBeGreaterThanOrEqual(before);
        expect(latest - earliest).toBeLessThan(60_000);
        await clock.sleep(2);
      }
    });
  });

  test('buggify says no where nobody asked for trouble, mounted or not', async () => {
    await alone(makeLab(), async (host) => {
      for (let round = 0; round < 50; round += 1) {
        expect(host.buggify('rare path')).toBe(false);
        expect(host.mount('inner').buggify('rare path')).toBe(false);
      }
    });
  });

  test('timers fire by their time, not by the order in which they were set, and never within the turn', async () => {
    await alone(makeLab(), async (host) => {
      const fired: number[] = [];
      for (const ms of [90, 5, 45]) host.clock.after(ms, () => fired.push(ms));
      expect(fired).toEqual([]);
      await until(host, 'three timers', () => fired.length === 3);
      expect(fired).toEqual([5, 45, 90]);
    });
  });

  test('a cancelled timer does not fire; cancelling late or twice does nothing', async () => {
    await alone(makeLab(), async (host) => {
      const fired: string[] = [];
      const cancelled = host.clock.after(10, () => fired.push('cancelled'));
      const kept = host.clock.after(15, () => fired.push('kept'));
      cancelled.cancel();
      cancelled.cancel();
      await host.clock.sleep(60);
      kept.cancel();
      expect(fired).toEqual(['kept']);
    });
  });

  test('a timer that is cancelled from another timer of the same time does not fire', async () => {
    await alone(makeLab(), async (host) => {
      let fired = 0;
      const timers = [0, 1].map((index) => {
        return host.clock.after(10, () => {
          fired += 1;
          timers[1 - index]!.cancel();
        });
      });
      await host.clock.sleep(50);
      expect(fired).toBe(1);
    });
  });

  test('an aborted sleep rejects with the reason, at once', async () => {
    await alone(makeLab(), async ({ clock }) => {
      const start = clock.elapsed();
      const abort = new AbortController();
      clock.after(10, () => abort.abort('enough'));
      await expect(clock.sleep(60_000, { signal: abort.signal })).rejects.toBe('enough');
      expect(clock.elapsed() - start).toBeLessThan(10_000);
      await expect(clock.sleep(60_000, { signal: AbortSignal.abort('before') })).rejects.toBe('before');
      const unused = new AbortController();
      await clock.sleep(1, { signal: unused.signal });
      unused.abort();
    });
  });

  test('a timer of many days does not fire today', async () => {
    await alone(makeLab(), async ({ clock }) => {
      let fired = false;
      const timer = clock.after(0x7fffffff + 10, () => {
        fired = true;
      });
      await clock.sleep(30);
      timer.cancel();
      expect(fired).toBe(false);
    });
  });

  test('a duration that is negative or no number is an error', async () => {
    await alone(makeLab(), async ({ clock }) => {
      for (const ms of [-1, Number.NaN]) {
        expect(() => clock.after(ms, idle)).toThrow(RangeError);
        await expect((async () => clock.sleep(ms))()).rejects.toThrow(RangeError);
      }
    });
  });

  test('draws stay within their limits, and reach every value', async () => {
    await alone(makeLab(), async ({ random }) => {
      const seen = new Set<number>();
      for (let draw = 0; draw < 400; draw += 1) seen.add(random.below(6, 'die'));
      expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5]);
      expect(random.below(1, 'only one')).toBe(0);
      expect(random.below(0x1_0000_0000, 'word')).toBeLessThan(0x1_0000_0000);
      let heads = 0;
      for (let draw = 0; draw < 400; draw += 1) {
        expect(random.chance([0, 5], 'never')).toBe(false);
        expect(random.chance([5, 5], 'always')).toBe(true);
        if (random.chance([1, 2], 'coin')) heads += 1;
      }
      expect(heads).toBeGreaterThan(120);
      expect(heads).toBeLessThan(280);
    });
  });

  test('odds and limits that make no sense are errors', async () => {
    await alone(makeLab(), async ({ random }) => {
      for (const limit of [0, -1, 1.5, 0x1_0000_0001, Number.NaN]) {
        expect(() => random.below(limit, 'bad')).toThrow(RangeError);
      }
      for (const odds of [
        [2, 1],
        [-1, 2],
        [0, 0],
        [0.5, 1],
      ] as const) {
        expect(() => random.chance(odds, 'bad')).toThrow(RangeError);
      }
    });
  });
}
