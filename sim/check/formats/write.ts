/** Writing a history down, so that it can be judged again. */
import type { Operation } from '../history.ts';
import { questions } from './format.ts';

/**
 * An operation as a line of JSON, in the shape of operations that `readHistory` reads; without its line break.
 * Everything that a judge looks at comes back.
 */
export function operationLine(operation: Operation): string {
  const { process, client, session, f, key, value, output, type, call, returnUs, callUs } = operation;
  // Without an answer, the value of what only asks would be taken for it.
  const isTaken = value !== undefined && (questions.has(f) || typeof value === 'object');
  const answer = isTaken ? null : undefined;
  return JSON.stringify({
    process,
    client,
    session,
    f,
    key,
    value,
    output: type === 'ok' ? (output ?? answer) : undefined,
    type: type === 'ok' ? undefined : type,
    call,
    return: operation.return,
    callUs,
    returnUs,
  });
}
