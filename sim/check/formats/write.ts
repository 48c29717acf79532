/** Writing a history down, so that it can be judged again. */
import type { Operation } from '../history.ts';

/**
 * An operation as a line of JSON, in the shape of operations that `readHistory` reads; without its line break.
 * Everything that a judge looks at comes back.
 */
export function operationLine(operation: Operation): string {
  const { process, client, f, key, value, output, type, call, returnUs, callUs } = operation;
  return JSON.stringify({
    process,
    client,
    f,
    key,
    value,
    // Without it, the value of what only asks would be taken for its answer.
    output: type === 'ok' ? (output ?? null) : undefined,
    type: type === 'ok' ? undefined : type,
    call,
    return: operation.return,
    callUs,
    returnUs,
  });
}
