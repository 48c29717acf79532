/**
 * Everything that a history can be judged by, in one list: the models of linearizability, the judges of transactions,
 * and those of weaker consistency. Whoever asks for one by name need not know of which kind it is.
 */
import { type ConsistencyJudge, consistencyJudges, type JudgeOption } from './consistency/judges.ts';
import { type History, type HistoryError, type Operation, partitioned } from './history.ts';
import { linearizable } from './linearizable/judge.ts';
import { type Model, models } from './models/index.ts';
import { counted } from './plain.ts';
import { type TransactionJudge, transactionJudges } from './transactions/judges.ts';
import { isolationLevels } from './transactions/levels.ts';
import { broken, held, unknown, type Verdict, type Violation } from './verdict.ts';

/** An option as data: a duration counts milliseconds, `json` is any value. */
export type JudgeSetting =
  | JudgeOption
  | { readonly type: 'flag' | 'json' | 'number'; readonly about: string };

/** What a judge is asked to do. */
export interface Asked {
  /** By the names of `settings`; what is left out has its default. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** How much work a model may take, in questions to it; the other judges take as much as they need. */
  readonly steps?: number;
  /**
   * Told from time to time how many operations are judged, and how many violations were found; answers whether to go
   * on. What is broken by then stays broken.
   */
  watch?(done: number, violations: number): boolean;
}

export type Judgement = Verdict & {
  readonly operations: number;
  /** Parts that were judged apart; absent if the judge looks at the whole. */
  readonly keys?: number;
  readonly steps?: number;
  /** What decided it. */
  readonly engine: string;
};

export interface Judge {
  readonly name: string;
  readonly kind: 'model' | 'transactions' | 'consistency';
  /** One sentence. */
  readonly about: string;
  /** The functions that it understands, each with what it takes and answers; empty if nobody has written that down. */
  readonly vocabulary: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, JudgeSetting>>;
  /** What is wrong with an operation, in words; nothing if all is well. */
  problem?(operation: Operation): string | undefined;
  /**
   * @throws HistoryError if the history is malformed, or has operations that it does not understand
   * @throws RangeError if a setting has a value that it cannot have
   */
  judge(history: History, asked?: Asked): Judgement;
}

const initial: JudgeSetting = { type: 'json', about: 'The value before the first write, as JSON' };

/** Operations that are judged between two looks at the clock. */
const batchSize = 20_000;
/** Without a budget: so many questions to a model, or so many for every operation. */
const stepsMin = 20_000_000;
const stepsAnOperation = 20;
const coreStepsDefault = 2_000_000;
/** Keys whose contradiction is shrunk with care; what is told about the others is larger. */
const coresMax = 10;

function ofModel(model: Model): Judge {
  const vocabulary = model.vocabulary ?? Object.fromEntries(model.functions.map((f) => [f, '']));
  return {
    name: model.name,
    kind: 'model',
    about: model.about,
    vocabulary,
    settings: { initial },
    problem(operation) {
      if (Object.hasOwn(vocabulary, operation.f)) return model.problem?.(operation);
      return `the model "${model.name}" knows ${Object.keys(vocabulary).join(', ')}, not ${operation.f}`;
    },
    judge: (history, asked = {}) =>
      judgedByModel(history, startingWith(model, asked.settings?.initial), asked),
  };
}

function startingWith(model: Model, value: unknown): Model {
  if (value === undefined) return model;
  const kindOf = (of: unknown): string =>
    Array.isArray(of) ? 'a list' : of === null ? 'null' : `a ${typeof of}`;
  // A model that starts from nothing holds values of any kind.
  if (model.initial !== null && kindOf(model.initial) !== kindOf(value)) {
    throw new RangeError(
      `the initial value of ${model.name} is ${kindOf(model.initial)}, not ${kindOf(value)}`,
    );
  }
  return { ...model, initial: value };
}

/** Judges some keys at a time, so that somebody may look at the clock in between. */
function judgedByModel(history: History, model: Model, { steps: asked, watch }: Asked): Judgement {
  const budget = asked ?? Math.max(stepsMin, stepsAnOperation * history.length);
  const parts = [...partitioned(history, model.key).values()].sort(
    (left, right) => left.length - right.length,
  );
  const violations: Violation[] = [];
  const reasons: string[] = [];
  const engines = new Set<string>();
  let [steps, done, keys, isStopped] = [0, 0, 0, false];
  for (let at = 0; at < parts.length && !isStopped; ) {
    const batch: Operation[] = [];
    const first = at;
    for (; at < parts.length && (at === first || batch.length + parts[at].length <= batchSize); at++) {
      for (const operation of parts[at]) batch.push(operation);
    }
    done += batch.length;
    keys = at;
    // What nobody was told anything of contradicts nobody.
    if (batch.some(({ type }) => type === 'ok')) {
      const share = Math.max(
        1,
        Math.floor(((budget - steps) * batch.length) / (history.length - done + batch.length)),
      );
      const verdict = linearizable(batch, model, {
        budget: { steps: share },
        coreSteps: violations.length < coresMax ? coreStepsDefault : 1000,
      });
      steps += verdict.steps;
      for (const engine of verdict.engine.split(', ')) engines.add(engine);
      if (verdict.verdict === 'broken') violations.push(...verdict.violations);
      else if (verdict.verdict === 'unknown') reasons.push(verdict.reason);
    }
    isStopped = watch?.(done, violations.length) === false;
  }
  const cost = {
    operations: history.length,
    keys: parts.length,
    steps,
    engine: [...engines].sort().join(', ') || 'none',
  };
  if (violations.length > 0) return { ...broken(...violations), ...cost };
  if (keys < parts.length) reasons.unshift(soFar(keys, parts.length, done, history.length));
  if (reasons.length > 0) return { ...unknown(reasons.join('; ')), ...cost };
  if (engines.size === 0)
    return { ...unknown('no operation succeeded, so there was nothing to judge'), ...cost };
  return { ...held, ...cost };
}

function soFar(keys: number, keysAll: number, operations: number, operationsAll: number): string {
  const some = `${keys} of ${counted(keysAll, 'key')} with ${operations} of ${counted(operationsAll, 'operation')}`;
  return `time ran out: ${some} were judged, and nothing in them is broken`;
}

const levels: Record<string, JudgeSetting> = {
  level: {
    type: 'choice',
    of: isolationLevels,
    default: 'strict-serializable',
    about: 'The isolation level to hold it to',
  },
};

/** What the judges of transactions take, by judge. */
const transactionSettings: Readonly<Record<string, Readonly<Record<string, JudgeSetting>>>> = {
  'list-append': levels,
  'rw-register': {
    ...levels,
    assume: {
      type: 'choice',
      of: ['nothing', 'sequential-keys', 'linearizable-keys'],
      default: 'nothing',
      about: 'What may be taken for granted about each key by itself',
    },
  },
  bank: {
    total: { type: 'number', about: 'What all balances add up to; default: what they do in the first read' },
    noOverdraft: { type: 'flag', about: 'A balance below zero is a violation' },
  },
  'set-full': { linearizable: { type: 'flag', about: 'Known elements must be in every later read' } },
};

const ofTransactions = (judge: TransactionJudge): Judge => ({
  name: judge.name,
  kind: 'transactions',
  about: judge.about,
  vocabulary: Object.fromEntries(judge.functions.map((f) => [f, ''])),
  settings: transactionSettings[judge.name] ?? {},
  judge(history, { settings = {} } = {}) {
    const { assume, ...others } = settings;
    const given = assume === undefined || assume === 'nothing' ? others : settings;
    const verdict = judge.judge(history, given);
    return { ...verdict, operations: history.length, engine: judge.name };
  },
});

const ofConsistency = (judge: ConsistencyJudge): Judge => ({
  name: judge.name,
  kind: 'consistency',
  about: judge.about,
  vocabulary: {},
  settings: { ...judge.options, initial },
  judge(history, { settings = {} } = {}) {
    const { initial: start, ...options } = settings as Record<string, string | number>;
    return { ...judge.judge(history, options, start), operations: history.length, engine: judge.name };
  },
});

const all: readonly Judge[] = [
  // Where two have a name in common, the one for the purpose is the faster one.
  ...[...models.values()].filter(({ name }) => !transactionJudges.has(name)).map(ofModel),
  ...[...transactionJudges.values()].map(ofTransactions),
  ...[...consistencyJudges.values()].map(ofConsistency),
];

/** All judges by name: models first, then transactions, then consistency. */
export const judges: ReadonlyMap<string, Judge> = new Map(all.map((judge) => [judge.name, judge]));

/** The names of the judges that understand these functions, as far as they say what they understand. */
export function judgesFor(functions: Iterable<string>): string[] {
  const asked = [...functions];
  return [...judges.values()]
    .filter(({ vocabulary }) => asked.every((f) => Object.hasOwn(vocabulary, f)))
    .map(({ name }) => name);
}

/** The operation that a judge has refused, if its complaint says which. */
export function refusedOperation(error: HistoryError, history: History): Operation | undefined {
  const at = /^operation (\d+)\b/.exec(error.message)?.[1];
  return at === undefined ? undefined : history[Number(at) - 1];
}
