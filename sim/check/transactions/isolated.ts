/** Whether transactions were isolated as they should be: Elle's judgement of a history. */
import { assertWellFormed, type History } from '../history.ts';
import { counted } from '../plain.ts';
import { broken, held, unknown, type Verdict, type Violation } from '../verdict.ts';
import { Anomalies, type Anomaly } from './anomalies.ts';
import { cyclesOf } from './cycles.ts';
import { cycleStory } from './explain.ts';
import { GraphBuilder, realTime, rw, session, wr, ww } from './graph.ts';
import type { Inference, InferenceStrength, KeyAssumption } from './inference.ts';
import { Ledger } from './ledger.ts';
import {
  type AnomalyName,
  type IsolationLevel,
  isolationLevelNamed,
  type Levels,
  levelsGiven,
} from './levels.ts';
import { inferFromLists } from './list-append.ts';
import { addRealTime, addSessions } from './orders.ts';
import { inferFromRegisters } from './rw-register.ts';
import { assertTransactions, type TransactionWorkload } from './transaction.ts';
import { Work } from './work.ts';

export interface IsolationOptions {
  readonly workload: TransactionWorkload;
  /** What to hold the history to; by default `strict-serializable`. */
  readonly level?: IsolationLevel;
  /**
   * The values of a key in the order in which they were installed, for the keys of which somebody knows. For
   * registers this makes the inference complete; for lists it counts as one more read.
   */
  readonly versionOrders?: Readonly<Record<string, readonly unknown[]>>;
  /** For registers: what may be taken for granted about each key by itself. By default nothing. */
  readonly assume?: KeyAssumption;
  /** How many nodes and edges to look at in the search for cycles. Counts work, not time. */
  readonly budget?: { readonly steps?: number };
}

export type IsolationVerdict = Verdict & {
  readonly level: IsolationLevel;
  /** Everything that was found, also what the level allows; at most ten of a name. */
  readonly anomalies: readonly Anomaly[];
  /** How often each was found; of cycles, how many are shown. */
  readonly counts: Readonly<Partial<Record<AnomalyName, number>>>;
  /** The levels that are ruled out, and those that are not; the latter as far as the inference goes. */
  readonly levels: Levels;
  readonly inference: Inference & { readonly strength: InferenceStrength };
  readonly operations: number;
  /** Edges of the graph by kind; real time counts those to and from the moments that stand for many. */
  readonly edges: Readonly<Record<'ww' | 'wr' | 'rw' | 'process' | 'realtime', number>>;
  readonly steps: number;
};

const stepsDefault = 500_000_000;

/**
 * Broken has one violation for each anomaly that the level forbids, its evidence an `Anomaly`. Unknown says what was
 * missing: the budget, or any dependency from which something could have been told. Transactions of unknown fate
 * count as committed where somebody read what they wrote, otherwise as never done.
 * @throws HistoryError if the history is malformed, is of another workload, or writes a value of a key twice
 * @throws RangeError if there is no such level
 */
export function isolated(history: History, options: IsolationOptions): IsolationVerdict {
  const level = isolationLevelNamed(options.level ?? 'strict-serializable');
  const { workload, versionOrders = {}, assume } = options;
  assertWellFormed(history);
  assertTransactions(history, workload);
  const ledger = new Ledger(history);
  const builder = new GraphBuilder(history.length);
  const anomalies = new Anomalies();
  const known =
    workload === 'list-append'
      ? inferFromLists(ledger, builder, anomalies, versionOrders)
      : inferFromRegisters(ledger, builder, anomalies, { versionOrders, assume });
  addSessions(builder, history, ledger.isCommitted);
  addRealTime(builder, history, ledger.isCommitted);

  const work = new Work(options.budget?.steps ?? stepsDefault);
  const { cycles, isComplete } = cyclesOf(builder.build(), work);
  for (const cycle of cycles) anomalies.add(cycle.name, () => cycleStory(cycle, ledger, workload));

  const edges = {
    ww: builder.count(ww),
    wr: builder.count(wr),
    rw: builder.count(rw),
    process: builder.count(session),
    realtime: builder.count(realTime),
  };
  const strength = strengthOf(known, edges);
  const levels = levelsGiven(Object.keys(anomalies.counts) as AnomalyName[]);
  const report = {
    level,
    anomalies: anomalies.list,
    counts: anomalies.counts,
    levels,
    inference: { ...known, strength },
    operations: history.length,
    edges,
    steps: work.spent,
  };
  if (levels.ruledOut.includes(level))
    return { ...broken(...violationsOf(anomalies.list, level)), ...report };
  const reason = isComplete
    ? nothingToTell(level, strength, edges)
    : `the budget of ${counted(work.limit, 'step')} ran out in a graph of ${counted(history.length, 'transaction')}`;
  return { ...(reason === undefined ? held : unknown(reason)), ...report };
}

type Edges = IsolationVerdict['edges'];

function strengthOf({ keys, ordered }: Inference, { ww, wr, rw }: Edges): InferenceStrength {
  if (ww + wr + rw === 0) return 'nothing';
  return ordered === keys ? 'complete' : 'partial';
}

/** Why a history without an anomaly shows nothing about a level; nothing if it does show something. */
function nothingToTell(level: IsolationLevel, strength: InferenceStrength, edges: Edges): string | undefined {
  if (strength === 'nothing') return 'nothing was inferred: no transaction is known to depend on another';
  if (strength === 'complete') return undefined;
  const hint = 'read the keys more often, read before you write, or give the version orders';
  if (level === 'read-uncommitted') {
    return edges.ww > 0 ? undefined : `of no two writes the order is known, so no G0 could be seen: ${hint}`;
  }
  if (level === 'read-committed' || edges.ww + edges.rw > 0) return undefined;
  return `it is known who read from whom, but of no key the order of its versions: ${hint}`;
}

function violationsOf(anomalies: readonly Anomaly[], level: IsolationLevel): Violation[] {
  return anomalies
    .filter(({ rulesOut }) => rulesOut.includes(level))
    .map((anomaly) => {
      const returns = anomaly.transactions.map(({ returnUs }) => returnUs ?? -1);
      const atUs = Math.max(-1, ...returns);
      return {
        check: 'isolation',
        message: `${anomaly.name}, which ${level} forbids: ${anomaly.message}`,
        ...(atUs < 0 ? {} : { atUs }),
        evidence: anomaly,
      };
    });
}
