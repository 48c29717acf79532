/** Anomalies in words. */
import { asker, calledAt, type Operation, returnedAt } from '../history.ts';
import { show } from '../plain.ts';
import type { Anomaly, Dependency, DependencyKind } from './anomalies.ts';
import type { Cycle, Step } from './cycles.ts';
import { type EdgeKind, realTime, rw, session, wr, ww } from './graph.ts';
import type { Ledger } from './ledger.ts';
import { microOperations, type TransactionWorkload } from './transaction.ts';

const kindNames = new Map<EdgeKind, DependencyKind>([
  [ww, 'ww'],
  [wr, 'wr'],
  [rw, 'rw'],
  [session, 'process'],
  [realTime, 'realtime'],
]);

const microOperationsShown = 8;

/** `[append "x" 1, r "y" → [1,2]]`, and who asked for it. */
function described(operation: Operation): string {
  const all = microOperations(operation);
  const shown = all.slice(0, microOperationsShown).map(([f, key, value]) => {
    if (f !== 'r') return `${f} ${show(key)} ${show(value)}`;
    return operation.type === 'ok' ? `r ${show(key)} → ${show(value)}` : `r ${show(key)}`;
  });
  if (all.length > shown.length) shown.push(`… ${all.length - shown.length} more`);
  return `[${shown.join(', ')}] of ${asker(operation)}`;
}

/** `Let T1 = …, and T2 = ….` */
export function introduced(transactions: readonly Operation[]): string {
  const parts = transactions.map((operation, at) => `T${at + 1} = ${described(operation)}`);
  return `Let ${parts.length > 1 ? `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}` : parts[0]}.`;
}

/** A cycle as an anomaly: its transactions, its dependencies, and a sentence for each. */
export function cycleStory(
  { steps }: Cycle,
  ledger: Ledger,
  workload: TransactionWorkload,
): Pick<Anomaly, 'message' | 'transactions' | 'cycle'> {
  const transactions = steps.map(({ from }) => ledger.history[from]);
  const cycle = steps.map((step, at): Dependency => {
    const to = (at + 1) % steps.length;
    const pair = { from: at, to, kind: kindNames.get(step.kind) as DependencyKind };
    const because = becauseOf(step, `T${at + 1}`, `T${to + 1}`, ledger, workload);
    const version = step.after >= 0 ? step.after : step.before;
    if (version < 0) return { ...pair, because };
    const { key } = ledger.keys[ledger.keyOf[version]];
    const value = (version: number): unknown => (version < 0 ? null : ledger.values[version]);
    return { ...pair, key, before: value(step.before), after: value(step.after), because };
  });
  const sentences = cycle.map(({ from, to, because }, at) => {
    const claim = `T${from + 1} < T${to + 1}, because ${because}`;
    if (at === 0) return `Then ${claim}.`;
    return at === cycle.length - 1 ? `However, ${claim}: a contradiction.` : `And ${claim}.`;
  });
  return { message: [introduced(transactions), ...sentences].join(' '), transactions, cycle };
}

function becauseOf(
  step: Step,
  from: string,
  to: string,
  ledger: Ledger,
  workload: TransactionWorkload,
): string {
  const operations = [ledger.history[step.from], ledger.history[step.to]];
  const appends = workload === 'list-append';
  const keyAt = (version: number): string => show(ledger.keys[ledger.keyOf[version]].key);
  const valueAt = (version: number): string => show(ledger.values[version]);
  switch (step.kind) {
    case ww: {
      const key = keyAt(step.after);
      if (appends) {
        return `${from} appended ${valueAt(step.before)} to ${key} before ${to} appended ${valueAt(step.after)}`;
      }
      return `${from} wrote ${key} = ${valueAt(step.before)}, which ${to} overwrote with ${valueAt(step.after)}`;
    }
    case wr: {
      const key = keyAt(step.after);
      if (appends) return `${to} read ${key} with ${valueAt(step.after)}, which ${from} appended`;
      return `${to} read ${key} = ${valueAt(step.after)}, which ${from} wrote`;
    }
    case rw: {
      const key = keyAt(step.after);
      if (appends) return `${from} read ${key} without ${valueAt(step.after)}, which ${to} appended`;
      return `${from} read ${key} = ${valueAt(step.before)}, which ${to} overwrote with ${valueAt(step.after)}`;
    }
    case session:
      return `${asker(operations[0])} asked for ${from} before ${to}`;
    default:
      return `${from} returned at ${returnedAt(operations[0])}, before ${to} was called at ${calledAt(operations[1])}`;
  }
}
