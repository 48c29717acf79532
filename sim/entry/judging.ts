/** Judges a history that somebody else recorded: in a worker, so that it can be watched and interrupted. */
import { type Finding, type Judgement, judges, type Violation, type Witness } from '../index.ts';
import { findHistory, type HistoryPlace } from '../platform/histories.ts';
import { runsFromSource } from '../platform/installation.ts';
import { runJobs, WorkerError } from '../platform/workers.ts';

export interface JudgingOptions {
  /** A file, a folder of Jepsen's or Maelstrom's, or `-`. */
  readonly path: string;
  /** The name of a judge; without one the history is only read. */
  readonly judge?: string;
  /** What the judge is to be told, by the names of its settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The name of a format; without one the content tells. */
  readonly format?: string;
  readonly independent?: boolean;
  readonly steps?: number;
  /** Real milliseconds after which it is unknown. */
  readonly budgetMs?: number;
  readonly signal?: AbortSignal;
  /** Asked for a place to write down how far it is. */
  onStart?(standing: () => JudgingStanding): void;
}

/** How far it is. */
export interface JudgingStanding {
  readonly phase: 'reading' | 'judging';
  readonly bytesRead: number;
  /** Undefined if nobody knows how much there is. */
  readonly bytes: number | undefined;
  /** Operations read. */
  readonly operations: number;
  /** Operations judged. */
  readonly judged: number;
  /** Violations found in them. */
  readonly violations: number;
}

/** One broken promise, and where in the file the operations stand that it rests on. */
export interface TracedViolation extends Violation {
  readonly witnesses: readonly (Witness & {
    readonly line: number | undefined;
    readonly returnLine: number | undefined;
  })[];
}

/** A mistake in the file that the judge found: its line, unless it concerns the whole. */
export interface Complaint {
  readonly line: number | undefined;
  readonly message: string;
}

export interface Judged {
  /** What messages call the file. */
  readonly file: string;
  readonly format: string | undefined;
  readonly operations: number;
  /** The functions of its operations, sorted. */
  readonly functions: readonly string[];
  readonly skipped: ReadonlyMap<string, number>;
  /** The first ten mistakes in the file, and how many there are; with any, nothing is judged. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  /** The judge's mistake about it: an operation that it does not understand. */
  readonly complaints: readonly Complaint[];
  /** Absent if nothing was judged. The first violations only, if there are very many. */
  readonly judgement?: Omit<Judgement, 'violations'> & {
    readonly violations?: readonly TracedViolation[];
    readonly reason?: string;
  };
  /** How many violations there are. */
  readonly violationCount: number;
  readonly readMs: number;
  readonly judgeMs: number;
}

/** What travels to the worker. */
export interface JudgingJob extends Pick<JudgingOptions, 'settings' | 'format' | 'independent' | 'steps'> {
  readonly judge?: string;
  readonly place: HistoryPlace;
  /** Milliseconds that are left for all of it. */
  readonly budgetMs?: number;
}

/** The elements of the shared memory in which a worker writes how far it is. */
export const standingAt = {
  phase: 0,
  bytesRead: 1,
  operations: 2,
  judged: 3,
  violations: 4,
  length: 5,
} as const;

/** What is left for a worker to stop by itself after its time is up. */
const graceMs = 1000;

/**
 * @returns undefined if it was interrupted by the signal
 * @throws HistoryFileError if the file cannot be read
 * @throws RangeError if there is no such judge or format, or a setting has a value that it cannot have
 */
export async function judgeFile(options: JudgingOptions): Promise<Judged | undefined> {
  const { path, judge, settings, format, independent, steps, budgetMs, signal } = options;
  if (judge !== undefined && !judges.has(judge)) throw new RangeError(`there is no judge "${judge}"`);
  const place = await findHistory(path);
  const memory = new Float64Array(new SharedArrayBuffer(standingAt.length * Float64Array.BYTES_PER_ELEMENT));
  options.onStart?.(() => standingOf(memory, place));
  const ending = new AbortController();
  const end = () => ending.abort();
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  const timer = budgetMs === undefined ? undefined : setTimeout(end, budgetMs + graceMs);
  const startMs = performance.now();
  let result: JudgingReply | undefined;
  try {
    await runJobs<JudgingJob, JudgingReply>({
      module: new URL(runsFromSource ? './judging-job.ts' : './judging-job.js', import.meta.url),
      jobs: [{ place, judge, settings, format, independent, steps, budgetMs }],
      shared: memory,
      workers: 1,
      onResult: (_, reply) => {
        result = reply;
      },
      onStuck: () => ({ refusal: 'the judge did not come back' }),
      signal: ending.signal,
    });
  } catch (error) {
    if (!(error instanceof WorkerError) || !/memory/.test(error.message)) throw error;
    return unfinished(standingOf(memory, place), place.name, 'memory ran out', performance.now() - startMs);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
  if (signal?.aborted) return undefined;
  if (result === undefined) {
    return unfinished(standingOf(memory, place), place.name, 'time ran out', performance.now() - startMs);
  }
  if ('refusal' in result) throw new RangeError(result.refusal);
  return result;
}

export type JudgingReply = Judged | { readonly refusal: string };

function standingOf(memory: Float64Array, { bytes }: HistoryPlace): JudgingStanding {
  return {
    phase: memory[standingAt.phase] === 0 ? 'reading' : 'judging',
    bytesRead: memory[standingAt.bytesRead],
    bytes,
    operations: memory[standingAt.operations],
    judged: memory[standingAt.judged],
    violations: memory[standingAt.violations],
  };
}

/** What is known of a worker that had to be ended. */
function unfinished(standing: JudgingStanding, file: string, what: string, wallMs: number): Judged {
  const { operations, violations } = standing;
  const reason = `${what}: ${soFar(standing)}`;
  const known = { operations, engine: 'none' };
  // What was found stays found, although its evidence went with the worker.
  const message = `${reason}; judge it with more time to see why`;
  const found = [{ check: 'linearizability', message, witnesses: [] }];
  return {
    file,
    format: undefined,
    operations,
    functions: [],
    skipped: new Map(),
    findings: [],
    findingCount: 0,
    complaints: [],
    judgement:
      violations > 0
        ? { verdict: 'broken', violations: found, ...known }
        : { verdict: 'unknown', reason, ...known },
    violationCount: violations,
    readMs: wallMs,
    judgeMs: 0,
  };
}

/** How far it came, in words. */
export function soFar({ phase, operations, judged, violations }: JudgingStanding): string {
  if (phase === 'reading') return `${operations} operations were read, none was judged`;
  const found = violations === 0 ? 'nothing in them is broken' : `${violations} keys in them are broken`;
  return `${judged} of ${operations} operations were judged, and ${found}`;
}
