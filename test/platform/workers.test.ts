import { expect, test } from 'vitest';
import { runJobs, WorkerError } from '../../sim/platform/workers.ts';
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
