/** What passes between a pool of workers, a worker, and the module whose jobs it does. */

/** What a module of jobs exports as `work`. */
type Work<Job, Result> = (job: Job, context: JobContext) => Result | Promise<Result>;

export interface JobContext {
  /** Which of the jobs it is. */
  readonly index: number;
  /** `shared` of the options. */
  readonly shared: unknown;
  /** Give this one to `makePump`: the watchdog reads it. */
  readonly beacon: Float64Array;
}

/** An error as it travels between threads. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

export function errorAsData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return { name, message, ...(stack !== undefined && { stack }) };
}

/** The element of a beacon that says which job a worker is at; elements 0 and 1 are the pump's. */
export const beaconJob = 2;
export const beaconLength = 3;

export interface WorkerSetup {
  readonly module: string;
  readonly beacon: Float64Array;
  readonly shared: unknown;
}

export type ToWorker =
  | { readonly type: 'job'; readonly index: number; readonly job: unknown }
  /** What all jobs after it share. */
  | { readonly type: 'shared'; readonly shared: unknown };

export type ToPool =
  | { readonly type: 'done'; readonly index: number; readonly result: unknown }
  | {
      readonly type: 'failed';
      readonly phase: 'load' | 'work';
      readonly index?: number;
      readonly error: ErrorData;
    };

export interface JobModule {
  readonly work: Work<unknown, unknown>;
}
