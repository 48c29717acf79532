/** The operations that a violation rests on, whoever the judge was, in words for a table. */
import { asker, calledAt, deed, type Operation, returnedAt } from './history.ts';
import { show } from './plain.ts';
import type { Violation } from './verdict.ts';

export interface Witness {
  readonly operation: Operation;
  /** What the message calls it, if it has a name there: `T1`. */
  readonly name?: string;
  readonly who: string;
  /** `put 7`, `get → null`, `append x 1, r y [2]`. */
  readonly what: string;
  readonly called: string;
  /** `never` if it was open at the end. */
  readonly returned: string;
}

const witnessesMax = 40;

/** The operations in the evidence of a violation, each once, by call; at most 40. */
export function witnessesOf({ evidence }: Violation): Witness[] {
  if (evidence === undefined) return [];
  const { core, transactions } = evidence as { core?: unknown; transactions?: unknown };
  const found: Operation[] = [];
  // A core is all that is needed: what else the evidence has is how the judge came to it.
  collect(core ?? evidence, found, 0);
  const named = Array.isArray(transactions) ? transactions : [];
  return found
    .sort((left, right) => left.call - right.call)
    .slice(0, witnessesMax)
    .map((operation) => {
      const number = named.indexOf(operation);
      return {
        operation,
        ...(number === -1 ? {} : { name: `T${number + 1}` }),
        who: asker(operation),
        what: operation.f === 'txn' ? transaction(operation) : deed(operation),
        called: calledAt(operation),
        returned: returnedAt(operation),
      };
    });
}

const depthMax = 6;

function collect(value: unknown, found: Operation[], depth: number): void {
  if (typeof value !== 'object' || value === null || depth > depthMax) return;
  if (isOperation(value)) {
    const isKnown = found.some(({ process, call, f }) => {
      return process === value.process && call === value.call && f === value.f;
    });
    if (!isKnown) found.push(value);
    return;
  }
  for (const part of Object.values(value)) collect(part, found, depth + 1);
}

function isOperation(value: object): value is Operation {
  const { process, f, call, type } = value as Partial<Operation>;
  return (
    typeof process === 'number' && typeof f === 'string' && typeof call === 'number' && type !== undefined
  );
}

function transaction({ type, value, output }: Operation): string {
  const steps = type === 'ok' && Array.isArray(output) ? output : value;
  if (!Array.isArray(steps)) return `txn ${show(value)}`;
  const words = steps.map((step) => {
    if (!Array.isArray(step)) return show(step);
    const [f, key, stored] = step as unknown[];
    const isOpen = f === 'r' && type !== 'ok';
    return `${f} ${typeof key === 'string' ? key : show(key)} ${isOpen ? '?' : show(stored)}`;
  });
  return words.join(', ');
}
