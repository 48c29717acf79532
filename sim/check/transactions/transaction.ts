/**
 * Transactions as plain data: an operation with the function `txn` whose value is a list of micro-operations. Its
 * output is the same list with the reads filled in.
 */
import { HistoryError, type Operation } from '../history.ts';
import { canonical, same, show } from '../plain.ts';

export type Key = string | number;

/**
 * `['append', key, element]`, `['w', key, value]`, or `['r', key, null]`; the output of a read has what was read: a
 * list of all elements where transactions append, a value where they write. Nothing stored reads as `null`.
 */
export type MicroOperation = readonly [f: 'append' | 'w' | 'r', key: Key, value: unknown];

/** What transactions do to a key: add to the end of a list, or replace a value. */
export type TransactionWorkload = 'list-append' | 'rw-register';

const writeOf: Readonly<Record<TransactionWorkload, MicroOperation[0]>> = {
  'list-append': 'append',
  'rw-register': 'w',
};

/** What a transaction did: the output if it is known, otherwise what was asked. */
export function microOperations(operation: Operation): readonly MicroOperation[] {
  return (operation.type === 'ok' ? operation.output : operation.value) as readonly MicroOperation[];
}

/** @throws HistoryError naming the operation (from 1) that is no transaction of this workload */
export function assertTransactions(history: readonly Operation[], workload: TransactionWorkload): void {
  history.forEach((operation, at) => {
    const problem = problemOf(operation, workload);
    if (problem !== undefined) throw new HistoryError(`operation ${at + 1} (${operation.f}): ${problem}`);
  });
}

function problemOf(operation: Operation, workload: TransactionWorkload): string | undefined {
  if (operation.f !== 'txn') return 'a transaction has the function txn';
  const { value, output, type } = operation;
  if (!Array.isArray(value)) return `its value ${show(value)} should be a list of micro-operations`;
  for (const asked of value) {
    const problem = problemOfAsked(asked, writeOf[workload], workload);
    if (problem !== undefined) return problem;
  }
  if (type !== 'ok') return undefined;
  if (!Array.isArray(output) || output.length !== value.length) {
    return `its output ${show(output)} should be its value with the reads filled in`;
  }
  for (let at = 0; at < value.length; at++) {
    const problem = problemOfAnswer(value[at], output[at], workload);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfAsked(asked: unknown, write: string, workload: TransactionWorkload): string | undefined {
  const shape = `["${write}", key, value] or ["r", key, null]`;
  if (!Array.isArray(asked) || asked.length < 2) {
    return `${show(asked)} is no micro-operation of ${workload}: ${shape}`;
  }
  const [f, key, value] = asked as unknown[];
  if (f !== 'r' && f !== write) return `${show(asked)} is no micro-operation of ${workload}: ${shape}`;
  if (typeof key !== 'string' && typeof key !== 'number') return `the key ${show(key)} is no text or number`;
  if (f === write && (value === null || value === undefined)) {
    return `${show(asked)} writes nothing; null is what an untouched key reads as`;
  }
  return undefined;
}

function problemOfAnswer(
  asked: MicroOperation,
  answer: unknown,
  workload: TransactionWorkload,
): string | undefined {
  const [f, key, value] = asked;
  const isSame = Array.isArray(answer) && answer[0] === f && answer[1] === key;
  if (!isSame || (f !== 'r' && !same(answer[2], value))) {
    return `its output has ${show(answer)} where ${show(asked)} was asked`;
  }
  if (f !== 'r' || workload !== 'list-append') return undefined;
  const read = answer[2];
  if (read === null || read === undefined || Array.isArray(read)) return undefined;
  return `it read ${show(read)} from ${show(key)}, where a list was expected`;
}

/** What an index is keyed by: a primitive is itself, anything else its canonical text. */
export function identity(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? `\0${canonical(value)}` : value;
}
