/**
 * Transactions for tests, each in one string: `ax1 rx12 ry_` appends 1 to x, reads [1,2] from x and nothing from y;
 * `wx1 rx2` writes and reads registers. In front there may be `p3` (its process; otherwise each has its own) and
 * `@10-20` (its call and return; otherwise all are concurrent); behind, `!` (it failed) or `?` (nobody knows).
 */
import type { IsolationVerdict, MicroOperation, Operation } from '../../../sim/check/index.ts';

export function lists(...transactions: readonly string[]): Operation[] {
  return transactions.map((text, at) =>
    parsed(text, at, (read) => (read === '_' ? [] : [...read].map(Number))),
  );
}

export function registers(...transactions: readonly string[]): Operation[] {
  return transactions.map((text, at) => parsed(text, at, (read) => (read === '_' ? null : Number(read))));
}

function parsed(text: string, at: number, valueRead: (text: string) => unknown): Operation {
  const words = text.split(' ');
  let process = at;
  let [call, returns] = [0, 100];
  let type: Operation['type'] = 'ok';
  const output: MicroOperation[] = [];
  for (const word of words) {
    const [first, ...rest] = word;
    const [key, value] = [rest[0], rest.slice(1).join('')];
    if (first === 'p') process = Number(rest.join(''));
    else if (first === '@') [call, returns] = rest.join('').split('-').map(Number);
    else if (first === '!') type = 'fail';
    else if (first === '?') type = 'info';
    else if (first === 'a') output.push(['append', key, Number(value)]);
    else if (first === 'w') output.push(['w', key, Number(value)]);
    else output.push(['r', key, valueRead(value)]);
  }
  const value = output.map(([f, key, value]) => [f, key, f === 'r' ? null : value]);
  const answered = type === 'ok' ? { output } : {};
  return { process, f: 'txn', value, ...answered, type, call, return: type === 'info' ? null : returns };
}

/** The names of the anomalies found, each once. */
export function names({ counts }: IsolationVerdict): string[] {
  return Object.keys(counts).sort();
}
