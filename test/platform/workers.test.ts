import { describe, expect, test } from 'vitest';
import { runJobs, WorkerError, Workers } from '../../sim/platform/workers.ts';
import type { Job } from './jobs.ts';

const module = new URL('./jobs.ts', import.meta.url);
const unexpected = (index: number): never => {
  throw new Error(`job ${index} is not stuck`);
};

/** All results in order. */
async function resultsOf(jobs: readonly Job[], workers: number, shared?: unknown): Promise<unknown[]> {
  const results: unknown[] = [];
  const onResult = (index: number, result: unknown) => {
    expect(results[index]).toBeUndefined();
    results[index] = result;
  };
  expect(await runJobs({ module, jobs, workers, shared, onResult, onStuck: unexpected })).toBe('finished');
  return results;
}

test('results are the same whatever the number of workers', async () => {
  const jobs = Array.from({ length: 300 }, (_, index) => ({ double: index }));
  const one = await resultsOf(jobs, 1, { plus: 1 });
  expect(one).toEqual(jobs.map(({ double }) => 2 * double + 1));
  expect(await resultsOf(jobs, 3, { plus: 1 })).toEqual(one);
  expect(await resultsOf([], 2)).toEqual([]);
});

test('a job that never ends is named with its event, and the others go on', async () => {
  const jobs: Job[] = Array.from({ length: 12 }, (_, index) => ({ double: index }));
  jobs[3] = { spinAt: 41 };
  jobs[7] = { starveAt: 99 };
  const results: unknown[] = [];
  const end = await runJobs<Job, unknown>({
    module,
    jobs,
    workers: 2,
    watchdogMs: 300,
    onResult: (index, result) => {
      results[index] = result;
    },
    onStuck: (index, event) => `job ${index} hangs in event ${event}`,
  });
  expect(end).toBe('finished');
  expect(results).toEqual([
    ...[0, 2, 4, 'job 3 hangs in event 41', 8, 10, 12, 'job 7 hangs in event 99', 16, 18, 20, 22],
  ]);
});

test('an abort ends the workers, even stuck ones, and reports no more', async () => {
  const controller = new AbortController();
  const results: unknown[] = [];
  const end = await runJobs<Job, unknown>({
    module,
    jobs: [{ double: 1 }, { spinAt: 5 }, { double: 2 }],
    workers: 1,
    signal: controller.signal,
    onResult: (_, result) => {
      results.push(result);
      controller.abort();
    },
    onStuck: unexpected,
  });
  expect(end).toBe('aborted');
  expect(results).toEqual([2]);
  const again = { module, jobs: [{ double: 1 }], workers: 1, signal: controller.signal };
  expect(await runJobs({ ...again, onResult: unexpected, onStuck: unexpected })).toBe('aborted');
});

async function failureOf(jobs: readonly Job[], url = module): Promise<WorkerError> {
  const failed = runJobs({ module: url, jobs, workers: 2, onResult: () => {}, onStuck: unexpected });
  return failed.then(unexpected as never, (error) => error);
}

test('errors of the pool say in which phase and at which job', async () => {
  const threw = await failureOf([{ double: 1 }, { fail: 'out of range' }]);
  expect(threw).toBeInstanceOf(WorkerError);
  expect(threw).toMatchObject({ phase: 'work', index: 1, message: 'a job of a worker threw: out of range' });
  expect(threw.stack).toContain('jobs.ts:');
  const died = await failureOf([{ exit: 9 }]);
  expect(died).toMatchObject({ phase: 'crash', index: 0 });
  expect(died.message).toContain('code 9');
  const unloaded = await failureOf([{ double: 1 }], new URL('./broken-jobs.ts', import.meta.url));
  expect(unloaded).toMatchObject({ phase: 'load', message: expect.stringContaining('not today') });
});

test('an error of the caller’s own callback comes back to the caller', async () => {
  const onResult = () => {
    throw new Error('mine');
  };
  const run = runJobs({ module, jobs: [{ double: 1 }], workers: 1, onResult, onStuck: unexpected });
  await expect(run).rejects.toThrow('mine');
});

describe('workers that stay', () => {
  /** The results of a batch, in order. */
  async function batchOf(workers: Workers, jobs: readonly Job[], shared?: unknown): Promise<unknown[]> {
    const results: unknown[] = [];
    const onResult = (index: number, result: unknown) => {
      results[index] = result;
    };
    await workers.run({
      jobs,
      workers: 2,
      shared,
      watchdogMs: 300,
      onResult,
      onStuck: (index) => `stuck ${index}`,
    });
    return results;
  }

  test('are the same threads from one batch to the next, and each batch has what it shares', async () => {
    const workers = new Workers(module);
    const threads = async () => new Set(await batchOf(workers, Array(20).fill({ thread: true })));
    try {
      const first = await threads();
      expect(await batchOf(workers, [{ double: 1 }, { double: 2 }], { plus: 1 })).toEqual([3, 5]);
      expect(await batchOf(workers, [{ double: 1 }, { double: 2 }], { plus: 7 })).toEqual([9, 11]);
      expect(await batchOf(workers, [{ double: 1 }])).toEqual([2]);
      const last = await threads();
      expect([...last].filter((thread) => !first.has(thread))).toEqual([]);
    } finally {
      await workers.close();
    }
  });

  test('are replaced when they hang, die or throw, and a later batch goes on', async () => {
    const workers = new Workers(module);
    try {
      expect(await batchOf(workers, [{ double: 1 }, { spinAt: 5 }, { double: 3 }])).toEqual([
        2,
        'stuck 1',
        6,
      ]);
      expect(await batchOf(workers, [{ double: 1 }, { double: 2 }])).toEqual([2, 4]);
      await expect(batchOf(workers, [{ double: 1 }, { exit: 3 }])).rejects.toThrow('code 3');
      expect(await batchOf(workers, [{ double: 3 }])).toEqual([6]);
      await expect(batchOf(workers, [{ fail: 'no' }, { double: 1 }])).rejects.toThrow('no');
      expect(await batchOf(workers, [{ double: 4 }])).toEqual([8]);
    } finally {
      await workers.close();
    }
  });

  test('what an aborted batch leaves behind is not heard by the next', async () => {
    const workers = new Workers(module);
    const controller = new AbortController();
    const aborted = workers.run<Job, unknown>({
      jobs: Array(50).fill({ double: 9 }),
      workers: 2,
      signal: controller.signal,
      onResult: () => controller.abort(),
      onStuck: unexpected,
    });
    expect(await aborted).toBe('aborted');
    expect(await batchOf(workers, [{ double: 1 }, { double: 2 }])).toEqual([2, 4]);
    await workers.close();
  });

  test('run one batch at a time', async () => {
    const workers = new Workers(module);
    const first = batchOf(workers, [{ double: 1 }]);
    await expect(batchOf(workers, [{ double: 2 }])).rejects.toThrow('under way');
    expect(await first).toEqual([2]);
    await workers.close();
  });
});
