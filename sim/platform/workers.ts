/**
 * A pool of worker threads for jobs that simulate, and a watchdog over them.
 *
 * A program with an endless synchronous loop, or with `for (;;) await null`, never gives its thread back. So jobs run
 * in workers; each writes the number of its current event into shared memory, and a worker that stays inside one
 * slice at one event for too long is terminated and replaced.
 *
 * Invariants
 * 1. Every job is reported once (`onResult`), unless the pool is aborted or fails.
 * 2. What is reported for a job does not depend on how many workers there are, or on which one had it.
 * 3. Once the promise of `runJobs` has settled, no worker and no timer is left.
 */
import { Worker } from 'node:worker_threads';
import { importable } from './bundle.ts';
import { runsFromSource } from './installation.ts';
import {
  beaconJob,
  beaconLength,
  type ErrorData,
  errorAsData,
  type ToPool,
  type ToWorker,
  type WorkerSetup,
} from './job.ts';

export interface RunJobsOptions<Job, Result> {
  /** The module with the function `work`; its URL relative to the caller's, `.ts` or `.js` as the caller's is. */
  readonly module: URL;
  /** Plain data. Each should be one run, so that the watchdog can name the one that is stuck. */
  readonly jobs: readonly Job[];
  /** Plain data for all jobs; sent once to each worker. */
  readonly shared?: unknown;
  readonly workers: number;
  /** Real milliseconds at one event until a worker counts as stuck; default ten seconds. */
  readonly watchdogMs?: number;
  /** Called as results come in, in any order. */
  onResult(index: number, result: Result): void;
  /** Says what the result of a job is that never ends; `event` is the number of the event that it hangs in. */
  onStuck(index: number, event: number): Result;
  /** Ends the pool at once; jobs that are not finished are not reported. */
  readonly signal?: AbortSignal;
}

/** The pool itself failed: no fault of any simulated program. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  /** The module did not load; `work` threw; or the thread ended by itself. */
  readonly phase: 'load' | 'work' | 'crash';
  /** The job it had. */
  readonly index: number | undefined;
  constructor(phase: WorkerError['phase'], index: number | undefined, error: ErrorData) {
    super(`${phaseWords[phase]}: ${error.message}`);
    this.phase = phase;
    this.index = index;
    if (error.stack !== undefined) this.stack = error.stack;
  }
}

const phaseWords = {
  load: 'the module of a worker did not load',
  work: 'a job of a worker threw',
  crash: 'a worker died',
} as const;

const watchdogMsDefault = 10_000;
/** Looks of the watchdog until it bites: a machine that slept in between has aged by one look only. */
const looksMax = 10;

/**
 * Runs `work(job)` for every job, spread over threads.
 * @returns `finished`, or `aborted` by the signal
 * @throws WorkerError if the module does not load, `work` throws, or a thread dies; the other workers are ended
 */
export async function runJobs<Job, Result>(
  options: RunJobsOptions<Job, Result>,
): Promise<'finished' | 'aborted'> {
  if (options.signal?.aborted) return 'aborted';
  if (options.jobs.length === 0) return 'finished';
  const entry = await importable(new URL(runsFromSource ? './worker.ts' : './worker.js', import.meta.url));
  const module = await importable(options.module);
  return new Pool(options, new URL(entry), module).run();
}

/** How a pool ends; `thrown` is a WorkerError, or an error of the caller's own callbacks. */
type End = 'finished' | 'aborted' | { readonly thrown: unknown };

interface Member {
  readonly worker: Worker;
  readonly beacon: Float64Array;
  /** Jobs sent and not yet reported, in order. */
  readonly jobs: number[];
  /** What the watchdog saw last, and how often in a row. */
  seen: { readonly job: number; readonly slice: number; readonly event: number };
  looks: number;
}

class Pool<Job, Result> {
  readonly #options: RunJobsOptions<Job, Result>;
  readonly #entry: URL;
  readonly #module: string;
  readonly #members = new Set<Member>();
  readonly #endings: Promise<unknown>[] = [];
  /** Jobs that came back from a worker that was terminated. */
  readonly #returned: number[] = [];
  #next = 0;
  #unreported: number;
  #settle: (end: End) => void = () => {};

  constructor(options: RunJobsOptions<Job, Result>, entry: URL, module: string) {
    this.#options = options;
    this.#entry = entry;
    this.#module = module;
    this.#unreported = options.jobs.length;
  }

  async run(): Promise<'finished' | 'aborted'> {
    const { signal, workers, jobs, watchdogMs = watchdogMsDefault } = this.#options;
    if (signal?.aborted) return 'aborted';
    const abort = () => this.#settle('aborted');
    signal?.addEventListener('abort', abort, { once: true });
    const watchdog = setInterval(() => this.#look(), Math.max(1, watchdogMs / looksMax));
    try {
      const end = await new Promise<End>((resolve) => {
        this.#settle = resolve;
        const count = Math.max(1, Math.min(workers, jobs.length));
        for (let number = 0; number < count; number += 1) this.#hire();
      });
      if (typeof end !== 'string') throw end.thrown;
      return end;
    } finally {
      clearInterval(watchdog);
      signal?.removeEventListener('abort', abort);
      for (const member of this.#members) this.#dismiss(member);
      await Promise.all(this.#endings);
    }
  }

  #hire(): void {
    const beacon = new Float64Array(new SharedArrayBuffer(beaconLength * Float64Array.BYTES_PER_ELEMENT));
    beacon[beaconJob] = -1;
    const setup: WorkerSetup = { module: this.#module, beacon, shared: this.#options.shared };
    const worker = new Worker(this.#entry, {
      workerData: setup,
      execArgv: runsFromSource ? ['--enable-source-maps'] : [],
      name: 'skerry worker',
    });
    const member: Member = {
      worker,
      beacon,
      jobs: [],
      seen: { job: -1, slice: 0, event: 0 },
      looks: 0,
    };
    this.#members.add(member);
    worker.on('message', (message: ToPool) => this.#hear(member, message));
    worker.on('messageerror', (error) => this.#died(member, error));
    worker.on('error', (error) => this.#died(member, error));
    worker.on('exit', (code) => this.#died(member, new Error(`it exited with code ${code}`)));
    this.#feed(member);
  }

  /** Lets go of a worker; what it still says is not heard. */
  #dismiss(member: Member): void {
    this.#members.delete(member);
    this.#endings.push(member.worker.terminate());
  }

  /** Sends jobs: one, and while there are plenty a second one, so that the worker need not wait for it. */
  #feed(member: Member): void {
    const { jobs, workers } = this.#options;
    while (true) {
      const left = jobs.length - this.#next + this.#returned.length;
      if (left === 0 || member.jobs.length >= (left > 2 * workers ? 2 : 1)) return;
      const index = this.#returned.shift() ?? this.#next++;
      member.jobs.push(index);
      member.worker.postMessage({ index, job: jobs[index] } satisfies ToWorker);
    }
  }

  #hear(member: Member, message: ToPool): void {
    if (!this.#members.has(member)) return;
    if (message.type === 'failed') {
      this.#settle({ thrown: new WorkerError(message.phase, message.index, message.error) });
      return;
    }
    member.jobs.splice(member.jobs.indexOf(message.index), 1);
    this.#feed(member);
    this.#report(message.index, () => message.result as Result);
  }

  #report(index: number, result: () => Result): void {
    try {
      this.#options.onResult(index, result());
    } catch (error) {
      this.#settle({ thrown: error });
      return;
    }
    this.#unreported -= 1;
    if (this.#unreported === 0) this.#settle('finished');
  }

  #died(member: Member, error: unknown): void {
    if (!this.#members.has(member)) return;
    const index = member.beacon[beaconJob]!;
    this.#settle({
      thrown: new WorkerError('crash', index < 0 ? member.jobs[0] : index, errorAsData(error)),
    });
  }

  #look(): void {
    for (const member of this.#members) {
      const [event = 0, slice = 0, job = -1] = member.beacon;
      const { seen } = member;
      const stands = job === seen.job && slice === seen.slice && event === seen.event && slice % 2 === 1;
      member.seen = { job, slice, event };
      member.looks = stands ? member.looks + 1 : 0;
      if (member.looks >= looksMax && member.jobs.includes(job)) this.#bite(member, job, event);
    }
  }

  /** Ends a stuck worker, puts another in its place, and reports its job. */
  #bite(member: Member, job: number, event: number): void {
    this.#dismiss(member);
    this.#returned.push(...member.jobs.filter((index) => index !== job));
    if (this.#returned.length > 0 || this.#next < this.#options.jobs.length) this.#hire();
    this.#report(job, () => this.#options.onStuck(job, event));
  }
}
