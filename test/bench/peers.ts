/** What others offer for the same purpose, at their most natural. */
import { createClock } from '@sinonjs/fake-timers';
import fc from 'fast-check';
import type { Subject } from './measure.ts';
import { xorshift } from './yardstick.ts';

export const peers: readonly Subject[] = [fakeTimers(5, 1), fakeTimers(5, 40), scheduler(5), scheduler(200)];

/** Calls over a network of two timers each, on a clock of @sinonjs/fake-timers. */
function fakeTimers(hosts: number, underWay: number): Subject {
  return {
    section: 'peers',
    name: `fake-timers ${hosts}×${underWay}`,
    unit: 'messages',
    async round(ms) {
      const clock = createClock(0, Number.POSITIVE_INFINITY);
      const draw = xorshift(5);
      const latencyMs = () => 1 + (draw() % 9_000) / 1000;
      let count = 0;
      const arrive = <T>(task: () => T): Promise<T> =>
        new Promise((resolve) => {
          clock.setTimeout(() => {
            count += 1;
            resolve(task());
          }, latencyMs());
        });
      const handler = async (ask: { round: number }) => ({ round: ask.round });
      const keepCalling = async () => {
        for (let round = 0; ; round += 1) {
          const answer = await arrive(() => handler({ round }));
          await arrive(() => answer);
        }
      };
      for (let i = 0; i < hosts * underWay; i += 1) void keepCalling();
      const startMs = performance.now();
      while (performance.now() - startMs < ms) await clock.tickAsync(100);
      return { count, ms: performance.now() - startMs };
    },
  };
}

/** Tasks of fast-check's scheduler, each followed by another one. */
function scheduler(pending: number): Subject {
  return {
    section: 'peers',
    name: `fast-check scheduler, ${pending} pending`,
    unit: 'tasks',
    async round(ms) {
      const own = fc.sample(fc.scheduler(), { numRuns: 1, seed: 1 })[0]!;
      let count = 0;
      const task = async () => {
        count += 1;
        void own.schedule(Promise.resolve()).then(task);
      };
      for (let i = 0; i < pending; i += 1) void own.schedule(Promise.resolve()).then(task);
      const startMs = performance.now();
      while (performance.now() - startMs < ms) await own.waitNext(100);
      return { count, ms: performance.now() - startMs };
    },
  };
}
