/** After the faults: whether clients are served again. */
import { asker, deed, type History, type Operation } from '../history.ts';
import { counted, show, showUs } from '../plain.ts';
import { broken, held, unknown, type Verdict, type Violation } from '../verdict.ts';
import type { EventuallyClaim, RecoveryUs } from './claim.ts';

export interface ProgressOptions {
  /** How long the system may take to get going again, and then for each answer, in virtual microseconds. */
  readonly withinUs: number;
}

/**
 * Every operation that is invoked in the recovery phase, or open when it begins, ends within the bound: counted from
 * its call, or from the beginning of the phase if that is later. What is invoked when the bound is over must be
 * answered, since by then the system had its time to recover: no operation ends unknown. A refusal is an answer, but
 * at least one operation succeeds.
 *
 * Operations whose bound ends after the phase are not judged. What a client left open and was seen to go on without,
 * because it was killed, is nobody's to answer. Unknown if nothing was left to judge.
 */
export function progress({ withinUs }: ProgressOptions): EventuallyClaim {
  const name = 'progress';
  return {
    name,
    about: `Once the faults are over, every operation is answered within ${showUs(withinUs)}.`,
    kind: 'eventually',
    judge: (history, recoveryUs) => judged(name, history, recoveryUs, withinUs),
  };
}

function judged(name: string, history: History, recoveryUs: RecoveryUs, withinUs: number): Verdict {
  const violations: Violation[] = [];
  const abandoned = abandonedIn(history);
  let due = 0;
  let succeeded = 0;
  for (const operation of history) {
    if (operation.callUs === undefined || abandoned.has(operation)) continue;
    const endUs = operation.returnUs ?? Number.POSITIVE_INFINITY;
    if (endUs < recoveryUs.from) continue;
    if (operation.type === 'ok') succeeded++;
    const dueUs = Math.max(operation.callUs, recoveryUs.from) + withinUs;
    if (dueUs > recoveryUs.to) continue;
    due++;
    const hadTimeToRecover = operation.callUs >= recoveryUs.from + withinUs;
    const isLate = endUs > dueUs;
    const isLost = hadTimeToRecover && operation.type === 'info';
    if (isLate || isLost) violations.push(violation(name, operation, recoveryUs.from, withinUs));
  }
  if (violations.length > 0) return broken(...violations.slice(0, violationsMax));
  if (due === 0) return unknown('no operation was due in the recovery phase, so nothing shows progress');
  if (succeeded > 0) return held;
  const message = `in the recovery phase from ${showUs(recoveryUs.from)} on, none of ${counted(due, 'operation')} succeeded`;
  return broken({ check: name, message, atUs: recoveryUs.to });
}

const violationsMax = 5;

function violation(name: string, operation: Operation, fromUs: number, withinUs: number): Violation {
  const callUs = operation.callUs as number;
  const dueUs = Math.max(callUs, fromUs) + withinUs;
  const key = operation.key === undefined ? '' : ` of key ${show(operation.key)}`;
  const since = callUs < fromUs ? `, open when the recovery phase began at ${showUs(fromUs)},` : '';
  const { returnUs } = operation;
  const outcome =
    returnUs === undefined || returnUs === null
      ? 'was never answered'
      : operation.type === 'info'
        ? `ended at ${showUs(returnUs)} without an answer`
        : `was answered at ${showUs(returnUs)} only`;
  const message =
    `${asker(operation)}'s ${deed(operation)}${key}, called at ${showUs(callUs)}${since} ${outcome}; ` +
    `it was due by ${showUs(dueUs)}`;
  return { check: name, message, atUs: dueUs, evidence: { operation } };
}

/** Operations left open by a client that later called again under another process: it was killed in between. */
function abandonedIn(history: History): Set<Operation> {
  const lastCallOf = new Map<string, Operation>();
  for (const operation of history) {
    if (operation.client === undefined) continue;
    const last = lastCallOf.get(operation.client);
    if (last === undefined || last.call < operation.call) lastCallOf.set(operation.client, operation);
  }
  const isAbandoned = (operation: Operation): boolean => {
    if (operation.client === undefined || operation.type !== 'info' || operation.return !== null)
      return false;
    const last = lastCallOf.get(operation.client) as Operation;
    return last.call > operation.call && last.process !== operation.process;
  };
  return new Set(history.filter(isAbandoned));
}
