/** The judges of consistency models weaker than linearizability, by name, with their options as data. */
import type { History } from '../history.ts';
import type { Verdict } from '../verdict.ts';
import { causal } from './causal.ts';
import { convergence } from './convergence.ts';
import { monotonicReads, monotonicWrites, readYourWrites, writesFollowReads } from './sessions.ts';
import { boundedStaleness } from './staleness.ts';

/** One option of a judge, in the shape of a protocol's options: a duration counts milliseconds. */
export type JudgeOption =
  | { readonly type: 'duration'; readonly default: number; readonly min?: number; readonly about: string }
  | {
      readonly type: 'integer';
      readonly default: number;
      readonly min?: number;
      readonly max?: number;
      readonly about: string;
    }
  | {
      readonly type: 'choice';
      readonly default: string;
      readonly of: readonly string[];
      readonly about: string;
    };

export type JudgeOptionValues = Readonly<Record<string, number | string | boolean>>;

/** What is asked of a history of reads, writes, deletes and cas. */
export interface ConsistencyJudge {
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  readonly options: Readonly<Record<string, JudgeOption>>;
  /**
   * @param options by name; what is left out has its default
   * @param initial the value of every key before the first write
   * @throws HistoryError if the history is malformed or has other functions
   * @throws RangeError if an option is not known, or its value is not one of those allowed
   */
  judge(history: History, options?: JudgeOptionValues, initial?: unknown): Verdict;
}

type Options = Readonly<Record<string, JudgeOption>>;

/** The values of a table of options: numbers for durations and integers, otherwise the choice. */
type ValuesOf<Table extends Options> = {
  readonly [Name in keyof Table]: Table[Name] extends { type: 'choice'; of: readonly (infer Choice)[] }
    ? Choice
    : number;
};

function judge<const Table extends Options>(
  name: string,
  about: string,
  options: Table,
  decide: (history: History, values: ValuesOf<Table>, initial: unknown) => Verdict,
): ConsistencyJudge {
  return {
    name,
    about,
    options,
    judge: (history, given = {}, initial = null) =>
      decide(history, valuesOf(name, options, given) as ValuesOf<Table>, initial),
  };
}

function valuesOf(name: string, options: Options, given: JudgeOptionValues): JudgeOptionValues {
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(options, key)) continue;
    const known = Object.keys(options).join(', ') || 'none';
    throw new RangeError(`${name} has no option "${key}"; its options are: ${known}`);
  }
  const values: Record<string, number | string | boolean> = {};
  for (const [key, option] of Object.entries(options)) {
    const value = given[key] ?? option.default;
    const problem = problemOf(option, value);
    if (problem !== undefined) {
      throw new RangeError(`the option "${key}" of ${name} must be ${problem}, not ${value}`);
    }
    values[key] = value;
  }
  return values;
}

function problemOf(option: JudgeOption, value: number | string | boolean): string | undefined {
  if (option.type === 'choice') {
    return option.of.some((one) => one === value) ? undefined : `one of ${option.of.join(', ')}`;
  }
  const isWhole = option.type === 'duration' || Number.isInteger(value);
  const min = option.min ?? 0;
  const max = option.type === 'integer' ? (option.max ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  if (typeof value === 'number' && isWhole && value >= min && value <= max) return undefined;
  const noun = option.type === 'integer' ? 'a whole number' : 'a number of milliseconds';
  return `${noun} from ${min}${max === Number.POSITIVE_INFINITY ? '' : ` to ${max}`}`;
}

const stalenessBounds = {
  within: {
    type: 'duration',
    default: 0,
    min: 0,
    about: 'How long a newer value may go unseen after its write has returned.',
  },
  k: {
    type: 'integer',
    default: 1,
    min: 1,
    about: 'A read returns one of this many newest versions.',
  },
} as const;

const settling = {
  settle: {
    type: 'duration',
    default: 0,
    min: 0,
    about: 'How long after the last write to a key its reads may still disagree.',
  },
} as const;

const session = {
  type: 'choice',
  default: 'session',
  of: ['session', 'process', 'client'],
  about:
    'Whose operations make a session: what the history calls one (in a simulation a client until it is started again, ' +
    'otherwise a process); a process, which ends with its first operation of unknown fate; or a client, restarted or not.',
} as const;

/** Causality puts all that a session does in one line, in which nothing may come after what may not be over yet. */
const line = { ...session, default: 'process' } as const;

const writeOrder = {
  type: 'choice',
  default: 'session',
  of: ['any', 'session', 'real-time'],
  about: 'What is taken for granted of the order of the writes to a key.',
} as const;

const variant = {
  type: 'choice',
  default: 'causal',
  of: ['causal', 'convergence', 'memory'],
  about:
    'Whether each read, all reads of everybody, or those of each session must agree on an order of the writes.',
} as const;

const all: readonly ConsistencyJudge[] = [
  judge(
    'causal',
    'Whoever sees an effect sees its causes.',
    { variant, session: line },
    (history, values, initial) => causal(history, { ...values, initial }),
  ),
  judge(
    'read-your-writes',
    'A session reads its own earlier writes, or newer ones.',
    { session, writeOrder },
    (history, values, initial) => readYourWrites(history, { ...values, initial }),
  ),
  judge(
    'monotonic-reads',
    'What a session reads never goes back to something older.',
    { session, writeOrder },
    (history, values, initial) => monotonicReads(history, { ...values, initial }),
  ),
  judge(
    'monotonic-writes',
    "A session's writes are seen in the order in which it made them.",
    { session },
    (history, values, initial) => monotonicWrites(history, { ...values, initial }),
  ),
  judge(
    'writes-follow-reads',
    'Whoever sees a write sees what its session had read before.',
    { session },
    (history, values, initial) => writesFollowReads(history, { ...values, initial }),
  ),
  judge(
    'bounded-staleness',
    'No read misses k newer versions that were written long enough before it.',
    stalenessBounds,
    (history, { k, within }, initial) =>
      boundedStaleness(history, { versions: k, withinUs: within * 1000, initial }),
  ),
  judge(
    'convergence',
    'After the last write to a key all reads of it come to agree on a value that was written.',
    settling,
    (history, { settle }, initial) => convergence(history, { settleUs: settle * 1000, initial }),
  ),
];

/** By name. */
export const consistencyJudges: ReadonlyMap<string, ConsistencyJudge> = new Map(
  all.map((one) => [one.name, one]),
);
