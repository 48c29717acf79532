/** Where two runs that should be the same part. */
import type { Moment, Outcome, Probe, TraceEvent } from '../index.ts';
import { guestFrames } from '../platform/escape.ts';

/** How the second of two runs of one seed differed from the first. */
export interface Difference {
  /** In words: the first event that differs, and its host. */
  readonly message: string;
  /** Where a program, or what happened to it, first differed: at that event, or at one that led to it. */
  readonly event?: number;
  readonly atUs?: number;
  readonly host?: string;
  /** The program's own frames at that moment, innermost first: `at send (store.ts:12:7)`. Absent if there are none. */
  readonly stack?: readonly string[];
}

/** Hears one run and then another, and looks where the second leaves the first. */
export class Comparison {
  readonly #first: number[] = [];
  #next = 0;
  #found: (Moment & { readonly stack: readonly string[] }) | undefined;

  readonly first: Probe = (word) => {
    this.#first.push(word | 0);
  };

  readonly second: Probe = (word, moment) => {
    const same = this.#first[this.#next] === (word | 0);
    this.#next += 1;
    if (same || this.#found !== undefined) return;
    this.#found = { ...moment(), stack: guestFrames(stackHere()) };
  };

  /** @returns undefined if the runs are the same, and came about in the same way */
  difference(first: Outcome, second: Outcome): Difference | undefined {
    const message = firstDifference(first, second);
    if (this.#found === undefined) return message === undefined ? undefined : { message };
    const { event, atUs, host, stack } = this.#found;
    return {
      // A draw more, or a timer that is taken back, need not have consequences this time.
      ...{ message: message ?? 'the same came of it, but in another way', event, atUs },
      ...(host !== undefined && { host }),
      ...(stack.length > 0 && { stack }),
    };
  }
}

function stackHere(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  try {
    return new Error('here').stack ?? '';
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** In words, the first event in which two fully recorded runs of one seed differ; undefined if they do not. */
export function firstDifference(first: Outcome, second: Outcome): string | undefined {
  if (first.fingerprint === second.fingerprint) return undefined;
  const [one, two] = [first.full?.trace ?? [], second.full?.trace ?? []];
  for (let i = 0; i < Math.max(one.length, two.length); i += 1) {
    if (JSON.stringify(one[i]) === JSON.stringify(two[i])) continue;
    return `event ${(one[i] ?? two[i])!.event}: first ${told(one[i])}, then ${told(two[i])}`;
  }
  return 'the same events carried different contents';
}

function told(event: TraceEvent | undefined): string {
  if (event === undefined) return 'nothing';
  const { atUs, host, type, detail } = event;
  const where = host === undefined ? '' : ` at ${host}`;
  const what = detail === undefined ? '' : ` ${JSON.stringify(detail)}`;
  return `${type}${where} at ${(atUs / 1_000_000).toFixed(6)} s${what}`;
}
