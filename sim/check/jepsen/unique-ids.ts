/** Whether a generator of identifiers ever gave the same one twice; as Maelstrom's `unique-ids` asks. */
import {
  asker,
  assertWellFormed,
  type History,
  HistoryError,
  type Operation,
  returnedAt,
} from '../history.ts';
import { canonical, counted, show } from '../plain.ts';
import { broken, held, unknown, type Verdict, type Violation } from '../verdict.ts';

export type UniqueIdsVerdict = Verdict & {
  readonly operations: number;
  /** How many identifiers were given out, and how many of them were given out more than once. */
  readonly acknowledged: number;
  readonly duplicated: number;
};

const violationsMax = 20;

/**
 * Every `generate` that succeeded has another output. A history in which none succeeded is unknown.
 * @throws HistoryError if there is another function, or an output is missing
 */
export function uniqueIds(history: History): UniqueIdsVerdict {
  assertWellFormed(history);
  const receivers = new Map<string, Operation[]>();
  let acknowledged = 0;
  history.forEach((operation, at) => {
    if (operation.f !== 'generate') {
      throw new HistoryError(`operation ${at + 1} (${operation.f}): unique-ids knows generate, not this`);
    }
    if (operation.type !== 'ok') return;
    if (operation.output === undefined || operation.output === null) {
      throw new HistoryError(`operation ${at + 1} (generate): it is ok but has no output`);
    }
    acknowledged++;
    const identifier = canonical(operation.output);
    const known = receivers.get(identifier);
    if (known === undefined) receivers.set(identifier, [operation]);
    else known.push(operation);
  });
  const repeated = [...receivers.values()].filter((operations) => operations.length > 1);
  const counts = { operations: history.length, acknowledged, duplicated: repeated.length };
  if (repeated.length > 0)
    return { ...broken(...repeated.slice(0, violationsMax).map(violationOf)), ...counts };
  if (acknowledged === 0) return { ...unknown('no identifier was given out'), ...counts };
  return { ...held, ...counts };
}

function violationOf(operations: readonly Operation[]): Violation {
  const [first, second] = operations;
  const times = operations.length === 2 ? 'twice' : `in ${counted(operations.length, 'answer')}`;
  const atUs = second.returnUs;
  return {
    check: 'unique-ids',
    message:
      `the identifier ${show(first.output)} was given out ${times}: ` +
      `to ${asker(first)} at ${returnedAt(first)} and to ${asker(second)} at ${returnedAt(second)}`,
    ...(atUs === undefined || atUs === null ? {} : { atUs }),
    evidence: { identifier: first.output, operations },
  };
}
