/**
 * A pool of worker threads for jobs that simulate, and a watchdog over them.
 *
 * A program with an endless synchronous loop, or with `for (;;) await null`, never gives its thread back. So jobs run
 * in workers; each writes the number of its current event into shared memory, and a worker that stays inside one
 * slice at one event for too long is terminated and replaced.
 *
 * Invariants
 * 1. Every job is reported once (`onResult`), unless its batch is aborted or fails.
 * 2. What is reported for a job does not depend on how many workers there are, on which one had it, or on what that one
 *    did before.
 * 3. Once the promise of `runJobs` or of `close` has settled, no worker and no timer is left.
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

/** Jobs that belong together. */
export interface Batch<Job, Result> {
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
  /** Ends the batch at once; jobs that are not finished are not reported. */
  readonly signal?: AbortSignal;
}

export interface RunJobsOptions<Job, Result> extends Batch<Job, Result> {
  /** The module with the function `work`; its URL relative to the caller's, `.ts` or `.js` as the caller's is. */
  readonly module: URL;
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
 * Runs `work(job)` for every job, spread over threads that live as long as this call.
 * @returns `finished`, or `aborted` by the signal
 * @throws WorkerError if the module does not load, `work` throws, or a thread dies; the other workers are ended
 */
export async function runJobs<Job, Result>({
  module,
  ...batch
}: RunJobsOptions<Job, Result>): Promise<'finished' | 'aborted'> {
  const workers = new Workers(module);
  try {
    return await workers.run(batch);
  } finally {
    await workers.close();
  }
}

interface Member {
  readonly worker: Worker;
  readonly beacon: Float64Array;
  /** Jobs sent and not yet reported, in order. */
  readonly jobs: number[];
  /** What the watchdog saw last, and how often in a row. */
  seen: { readonly job: number; readonly slice: number; readonly event: number };
  looks: number;
}

/**
 * Threads that have loaded a module and stay, warm, from one batch of jobs to the next; a batch that fails or is aborted
 * ends them. Batches run one at a time.
 */
export class Workers {
  readonly #module: URL;
  readonly #members = new Set<Member>();
  readonly #endings: Promise<unknown>[] = [];
  #current: Run<unknown, unknown> | undefined;
  #isBusy = false;

  constructor(module: URL) {
    this.#module = module;
  }

  /**
   * Runs `work(job)` for every job of a batch.
   * @returns `finished`, or `aborted` by the signal
   * @throws WorkerError as `runJobs` does; Error if another batch is under way
   */
  async run<Job, Result>(batch: Batch<Job, Result>): Promise<'finished' | 'aborted'> {
    if (this.#isBusy) throw new Error('a batch of jobs is under way already');
    if (batch.signal?.aborted) return 'aborted';
    if (batch.jobs.length === 0) return 'finished';
    this.#isBusy = true;
    let end: 'finished' | 'aborted' | undefined;
    try {
      end = await this.#run(batch);
      return end;
    } finally {
      this.#current = undefined;
      // Whoever is in the midst of a job would report it to the next batch.
      if (end !== 'finished') await this.close();
      this.#isBusy = false;
    }
  }

  async #run<Job, Result>(batch: Batch<Job, Result>): Promise<'finished' | 'aborted'> {
    const entry = await importable(new URL(runsFromSource ? './worker.ts' : './worker.js', import.meta.url));
    const module = await importable(this.#module);
    const run = new Run(batch, this.#members, {
      hire: (first) => this.#hire(new URL(entry), module, first),
      dismiss: (member) => this.#dismiss(member),
    });
    this.#current = run as Run<unknown, unknown>;
    return run.end();
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    for (const member of this.#members) this.#dismiss(member);
    await Promise.all(this.#endings.splice(0));
  }

  #hire(entry: URL, module: string, shared: unknown): Member {
    const beacon = new Float64Array(new SharedArrayBuffer(beaconLength * Float64Array.BYTES_PER_ELEMENT));
    beacon[beaconJob] = -1;
    const setup: WorkerSetup = { module, beacon, shared };
    const worker = new Worker(entry, {
      workerData: setup,
      execArgv: runsFromSource ? ['--enable-source-maps'] : [],
      name: 'skerry worker',
    });
    const member: Member = { worker, beacon, jobs: [], seen: { job: -1, slice: 0, event: 0 }, looks: 0 };
    this.#members.add(member);
    const died = (error: unknown) => {
      if (!this.#members.has(member)) return;
      if (this.#current !== undefined) this.#current.died(member, error);
      // Nobody waits for it.
      else this.#dismiss(member);
    };
    worker.on('message', (message: ToPool) => {
      // Each has a job from the start: a batch does not end before all have told how theirs went.
      if (this.#members.has(member)) this.#current?.hear(member, message);
    });
    worker.on('messageerror', died);
    worker.on('error', died);
    worker.on('exit', (code) => died(new Error(`it exited with code ${code}`)));
    return member;
  }

  /** Lets go of a worker; what it still says is not heard. */
  #dismiss(member: Member): void {
    this.#members.delete(member);
    this.#endings.push(member.worker.terminate());
  }
}

/** How a batch ends; `thrown` is a WorkerError, or an error of the caller's own callbacks. */
type End = 'finished' | 'aborted' | { readonly thrown: unknown };

interface Staff {
  hire(shared: unknown): Member;
  dismiss(member: Member): void;
}

/** One batch on the members of a pool. */
class Run<Job, Result> {
  readonly #batch: Batch<Job, Result>;
  readonly #members: ReadonlySet<Member>;
  readonly #staff: Staff;
  /** Jobs that came back from a worker that was terminated. */
  readonly #returned: number[] = [];
  #next = 0;
  #unreported: number;
  #settle: (end: End) => void = () => {};

  constructor(batch: Batch<Job, Result>, members: ReadonlySet<Member>, staff: Staff) {
    this.#batch = batch;
    this.#members = members;
    this.#staff = staff;
    this.#unreported = batch.jobs.length;
  }

  async end(): Promise<'finished' | 'aborted'> {
    const { signal, watchdogMs = watchdogMsDefault } = this.#batch;
    if (signal?.aborted) return 'aborted';
    const abort = () => this.#settle('aborted');
    signal?.addEventListener('abort', abort, { once: true });
    const watchdog = setInterval(() => this.#look(), Math.max(1, watchdogMs / looksMax));
    try {
      const end = await new Promise<End>((resolve) => {
        this.#settle = resolve;
        this.#begin();
      });
      if (typeof end !== 'string') throw end.thrown;
      return end;
    } finally {
      clearInterval(watchdog);
      signal?.removeEventListener('abort', abort);
    }
  }

  #begin(): void {
    const { workers, jobs, shared } = this.#batch;
    const count = Math.max(1, Math.min(workers, jobs.length));
    for (const member of [...this.#members].slice(0, count)) {
      member.looks = 0;
      member.beacon[beaconJob] = -1;
      member.worker.postMessage({ type: 'shared', shared } satisfies ToWorker);
      this.#feed(member);
    }
    while (this.#members.size < count) this.#feed(this.#staff.hire(shared));
  }

  /** Sends jobs: one, and while there are plenty a second one, so that the worker need not wait for it. */
  #feed(member: Member): void {
    const { jobs, workers } = this.#batch;
    while (true) {
      const left = jobs.length - this.#next + this.#returned.length;
      if (left === 0 || member.jobs.length >= (left > 2 * workers ? 2 : 1)) return;
      const index = this.#returned.shift() ?? this.#next++;
      member.jobs.push(index);
      member.worker.postMessage({ type: 'job', index, job: jobs[index] } satisfies ToWorker);
    }
  }

  hear(member: Member, message: ToPool): void {
    if (message.type === 'failed') {
      this.#settle({ thrown: new WorkerError(message.phase, message.index, message.error) });
      return;
    }
    member.jobs.splice(member.jobs.indexOf(message.index), 1);
    this.#feed(member);
    this.#report(message.index, () => message.result as Result);
  }

  died(member: Member, error: unknown): void {
    const index = member.beacon[beaconJob]!;
    this.#settle({
      thrown: new WorkerError('crash', index < 0 ? member.jobs[0] : index, errorAsData(error)),
    });
  }

  #report(index: number, result: () => Result): void {
    try {
      this.#batch.onResult(index, result());
    } catch (error) {
      this.#settle({ thrown: error });
      return;
    }
    this.#unreported -= 1;
    if (this.#unreported === 0) this.#settle('finished');
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
    this.#staff.dismiss(member);
    this.#returned.push(...member.jobs.filter((index) => index !== job));
    if (this.#returned.length > 0 || this.#next < this.#batch.jobs.length) {
      this.#feed(this.#staff.hire(this.#batch.shared));
    }
    this.#report(job, () => this.#batch.onStuck(job, event));
  }
}
