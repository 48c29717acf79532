/**
 * Stores that keep concurrent versions side by side (DeCandia et al., *Dynamo*, SOSP 2007, §4.4): no write is lost
 * silently, and what was overwritten stays so.
 */
import { asker, calledAt, type History, type Operation, partitioned, returnedAt } from '../history.ts';
import { canonical, show } from '../plain.ts';
import { broken, held, unknown, type Verdict, type Violation } from '../verdict.ts';

const name = 'siblings-kept';
const violationsMax = 5;

/** What was asked to be written, null to delete; and the values that its client had seen, which it overwrites. */
interface Asked {
  readonly value: unknown;
  readonly over: readonly unknown[];
}

/** A write of a key; `over` are the writes whose values it overwrites. */
interface Write {
  readonly operation: Operation;
  readonly isDelete: boolean;
  over: readonly Write[];
}

/**
 * Judges `put` and `delete`, whose values are `{ value, over }`, and `get`, which answers a list of values. Each value is
 * written once. A write follows from all those whose values it overwrites, and from what these follow from. For every get,
 * 1. each put that was acknowledged before its call is answered, or one that follows from it, or a delete that follows from
 *    it was called before the answer: otherwise the put is lost;
 * 2. no value is answered from which a write follows that was acknowledged before the call: otherwise it is back;
 * 3. every value answered was written.
 *
 * So it is where every read meets every acknowledged write: with fewer replicas asked than that, a read may know less.
 * Takes time proportional to gets times writes of a key.
 */
export function siblingsKept(history: History): Verdict {
  const violations: Violation[] = [];
  let judged = 0;
  for (const [key, part] of partitioned(history, (operation) => operation.key)) {
    const writes = writesIn(part);
    const gets = part.filter(({ f, type }) => f === 'get' && type === 'ok');
    judged += gets.length;
    for (const get of gets) {
      const violation = judgedGet(get, writes, key);
      if (violation !== undefined) violations.push(violation);
      if (violations.length === violationsMax) return broken(...violations);
    }
  }
  if (violations.length > 0) return broken(...violations);
  return judged > 0 ? held : unknown('no get succeeded, so nothing shows whether siblings were kept');
}

function writesIn(part: readonly Operation[]): Write[] {
  const writes = part
    .filter(({ f, type }) => f !== 'get' && type !== 'fail')
    .map((operation): Write => ({ operation, isDelete: asked(operation).value === null, over: [] }));
  const byValue = new Map(writes.map((write) => [canonical(asked(write.operation).value), write]));
  for (const write of writes) {
    const over = asked(write.operation).over.map((value) => byValue.get(canonical(value)));
    write.over = over.filter((one) => one !== undefined);
  }
  return writes;
}

const asked = ({ value }: Operation): Asked => value as Asked;

function judgedGet(get: Operation, writes: readonly Write[], key: string | undefined): Violation | undefined {
  const answered = new Set((get.output as readonly unknown[]).map(canonical));
  const isAnswered = ({ operation }: Write) => answered.has(canonical(asked(operation).value));
  const shown = writes.filter((write) => !write.isDelete && isAnswered(write));
  const acknowledged = writes.filter(({ operation: { type, return: returned } }) => {
    return type === 'ok' && (returned as number) < get.call;
  });
  const told = `${asker(get)}'s get of ${show(key)} (called at ${calledAt(get)}) answered ${show(get.output)}`;
  const violation = (message: string, operations: readonly Operation[]): Violation => ({
    check: name,
    message,
    ...(get.returnUs === undefined || get.returnUs === null ? {} : { atUs: get.returnUs }),
    evidence: { operations: [...operations, get] },
  });

  if (shown.length < answered.size) return violation(`${told}: not all of that was ever written`, []);

  const back = pastOf(acknowledged.flatMap(({ over }) => over));
  const returned = shown.find((write) => back.has(write));
  if (returned !== undefined) {
    const by = acknowledged.find(({ over }) => pastOf(over).has(returned)) as Write;
    const message = `${told}, although ${said(returned)} had been overwritten by ${said(by)}, acknowledged at ${returnedAt(by.operation)}`;
    return violation(message, [returned.operation, by.operation]);
  }

  const deletes = writes.filter(
    ({ isDelete, operation }) => isDelete && operation.call <= (get.return as number),
  );
  const accounted = pastOf([...shown, ...deletes]);
  const lost = acknowledged.find((write) => !write.isDelete && !accounted.has(write));
  if (lost === undefined) return undefined;
  const message = `${told}: ${said(lost)}, acknowledged at ${returnedAt(lost.operation)}, is lost, and nothing that follows from it is there`;
  return violation(message, [lost.operation]);
}

/** These writes, and all that they follow from. */
function pastOf(writes: readonly Write[]): Set<Write> {
  const past = new Set(writes);
  for (const write of past) for (const earlier of write.over) past.add(earlier);
  return past;
}

function said({ operation, isDelete }: Write): string {
  return isDelete
    ? `${asker(operation)}'s delete`
    : `${asker(operation)}'s put ${show(asked(operation).value)}`;
}
