/** Eventual convergence (Vogels, *Eventually Consistent*, CACM 2009): after the last write, all come to agree. */
import { asker, assertWellFormed, type History, type Operation, partitioned } from '../history.ts';
import { assertUnderstood, kv } from '../models/index.ts';
import { canonical, counted, show, showUs } from '../plain.ts';
import { broken, held, unknown, type Verdict, type Violation } from '../verdict.ts';
import { atUsOf, ofKey, readBy, writtenBy } from './registers.ts';

export interface ConvergenceOptions {
  /** How long after the last write to a key ended, or was given up, reads may still disagree; virtual microseconds. */
  readonly settleUs: number;
  readonly initial?: unknown;
}

const name = 'convergence';

/**
 * Reads of a key that are called later than `settleUs` after the last write to it returned the same value, and one
 * that was written: the initial one only if no write succeeded. Which of the writes it is, is not judged.
 *
 * A key is judged if it has two such reads, and if no write to it was open at the end. Unknown if there is none such.
 * Without virtual times positions are taken as microseconds.
 * @throws HistoryError if the history is malformed or has other functions than reads, writes, deletes and cas
 */
export function convergence(history: History, { settleUs, initial = null }: ConvergenceOptions): Verdict {
  assertWellFormed(history);
  assertUnderstood(kv, history);
  const violations: Violation[] = [];
  let judged = 0;
  const parts = partitioned(history, (operation) => operation.key);
  for (const part of parts.values()) {
    const last = lastWriteOf(part);
    if (last === 'open') continue;
    const final = part
      .filter((operation) => readBy(operation) !== undefined && writtenBy(operation) === undefined)
      .filter((read) => last === undefined || isAfter(read, last, settleUs))
      .sort((left, right) => left.call - right.call);
    if (final.length < 2) continue;
    judged++;
    const violation = disagreement(final, last, settleUs) ?? unwritten(final[0], part, initial);
    if (violation !== undefined) violations.push(violation);
  }
  if (violations.length > 0) return broken(...violations);
  if (judged > 0) return held;
  return unknown(
    `none of ${counted(parts.size, 'key')} was read twice after its last write had ended` +
      `${settleUs === 0 ? '' : ` and ${showUs(settleUs)} had passed`}, so nothing shows convergence`,
  );
}

/** The write that ended last; `open` if one never did. */
function lastWriteOf(part: readonly Operation[]): Operation | 'open' | undefined {
  let last: Operation | undefined;
  for (const operation of part) {
    if (operation.type === 'fail' || writtenBy(operation) === undefined) continue;
    if (operation.return === null) return 'open';
    if (last === undefined || (last.return as number) < operation.return) last = operation;
  }
  return last;
}

function isAfter(read: Operation, last: Operation, settleUs: number): boolean {
  if ((last.return as number) >= read.call) return false;
  const endedUs = (last.returnUs ?? last.return) as number;
  return settleUs === 0 || endedUs + settleUs < (read.callUs ?? read.call);
}

function disagreement(
  final: readonly Operation[],
  last: Operation | undefined,
  settleUs: number,
): Violation | undefined {
  const [first] = final;
  const agreed = canonical(readBy(first)?.value);
  const other = final.find((read) => canonical(readBy(read)?.value) !== agreed);
  if (other === undefined) return undefined;
  const quiet =
    last === undefined
      ? 'although nobody ever wrote it'
      : `although the last write, ${asker(last)}'s ${ofKey(last)}, ended at ${ended(last)}` +
        `${settleUs === 0 ? '' : `, more than ${showUs(settleUs)} before`}`;
  return {
    check: name,
    message:
      `${asker(first)}'s ${ofKey(first)} (called at ${called(first)}) and ${asker(other)}'s ${ofKey(other)} ` +
      `(called at ${called(other)}) disagree, ${quiet}`,
    ...atUsOf(other),
    evidence: { rule: 'disagreement', operations: [...(last === undefined ? [] : [last]), first, other] },
  };
}

/** A value that all agree on, and that was never written. */
function unwritten(read: Operation, part: readonly Operation[], initial: unknown): Violation | undefined {
  const value = canonical(readBy(read)?.value);
  let succeeded: Operation | undefined;
  for (const operation of part) {
    const written = writtenBy(operation);
    if (written === undefined || operation.type === 'fail') continue;
    if (canonical(written.value) === value) return undefined;
    if (operation.type === 'ok') succeeded = operation;
  }
  const isInitial = value === canonical(initial);
  if (isInitial && succeeded === undefined) return undefined;
  const why =
    isInitial && succeeded !== undefined
      ? `which is the initial value, although ${asker(succeeded)}'s ${ofKey(succeeded)} succeeded`
      : 'which nobody wrote';
  return {
    check: name,
    message: `all reads agree in the end on ${show(readBy(read)?.value)}, ${why}: ${asker(read)}'s ${ofKey(read)}`,
    ...atUsOf(read),
    evidence: {
      rule: 'unwritten value',
      operations: [...(succeeded === undefined ? [] : [succeeded]), read],
    },
  };
}

const called = ({ callUs, call }: Operation): string =>
  callUs === undefined ? String(call) : showUs(callUs);
const ended = ({ returnUs, return: position }: Operation): string =>
  returnUs === undefined || returnUs === null ? String(position) : showUs(returnUs);
