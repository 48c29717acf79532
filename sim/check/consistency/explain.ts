/** What is wrong with reads and writes of several sessions: data first, then a sentence for every step. */
import { asker, calledAt, deed, type Operation, returnedAt } from '../history.ts';
import { counted, show } from '../plain.ts';
import type { Violation } from '../verdict.ts';
import type { Edge } from './order.ts';
import { pathTo, type Step } from './past.ts';
import { type Access, atUsOf, type Registers } from './registers.ts';

/** The evidence of the judges of sessions and of causal consistency. */
export interface ConsistencyEvidence {
  /** The bad pattern, as its paper calls it, or `cycle`. */
  readonly rule: string;
  /** By call. */
  readonly operations: readonly Operation[];
  readonly sentences: readonly string[];
}

/** `c1's put 1 of key "x"`. */
export function told({ operation }: Access): string {
  const key = operation.key === undefined ? '' : ` of key ${JSON.stringify(operation.key)}`;
  return `${asker(operation)}'s ${deed(operation)}${key}`;
}

/** `c1's put 1 of key "x" (called at 0.003s)`. */
export const toldWithTime = (access: Access): string =>
  `${told(access)} (called at ${calledAt(access.operation)})`;

/** How a read came to know a write, from step to step; and the accesses that this names. */
export function known(registers: Registers, write: Access, read: Access): [words: string, named: Access[]] {
  return inWords(pathTo(registers, write, read) ?? []);
}

const inWords = (steps: readonly Step[]): [words: string, named: Access[]] => [
  steps.map(stepInWords).join(', '),
  steps.flatMap(({ from, to }) => [from, to]),
];

/** As `known`, by steps that the guarantee speaks of. */
function knownBy(check: string, registers: Registers, write: Access, read: Access): [string, Access[]] {
  if (check === 'monotonic-writes') return inWords(pathTo(registers, write, read, 1) ?? []);
  if (check !== 'writes-follow-reads') return known(registers, write, read);
  let best: Step[] | undefined;
  for (const earlier of registers.accesses) {
    if (earlier.writer !== write.at || earlier.session === read.session) continue;
    const steps = pathTo(registers, earlier, read, 1);
    if (steps === undefined || (best !== undefined && best.length <= steps.length)) continue;
    best = [{ kind: 'reads from', from: write, to: earlier }, ...steps];
  }
  return inWords(best ?? []);
}

function stepInWords({ kind, from, to }: Step): string {
  return kind === 'session'
    ? `${told(from)} came before ${told(to)} in the same session`
    : `${told(to)} read what ${told(from)} wrote`;
}

/** A contradiction in the order of the writes, one sentence an edge. Nodes past the accesses are initial values. */
export function cycleViolation(
  check: string,
  rule: string,
  registers: Registers,
  cycle: readonly Edge[],
): Violation {
  const { accesses, keys, initial } = registers;
  const named: Access[] = [];
  const name = (node: number): string =>
    node < accesses.length
      ? told(accesses[node])
      : `the initial value ${show(initial)}${ofKeyNumber(keys[node - accesses.length])}`;
  const sentences = cycle.map(({ from, to, reason, via }): string => {
    if (from < accesses.length) named.push(accesses[from]);
    const order = `${name(from)} comes before ${name(to)}, because`;
    switch (reason) {
      case 'initial':
        return via === -1
          ? `${order} a key has its initial value before it is written`
          : `${order} the read returned the initial value`;
      case 'session':
        return `${order} the same session did them in this order`;
      case 'real time': {
        const [first, second] = [accesses[from].operation, accesses[to].operation];
        return `${order} it returned at ${returnedAt(first)}, before the other was called at ${calledAt(second)}`;
      }
      case 'reads from':
        return `${order} the read returned what the write wrote`;
      default:
        break;
    }
    if (reason === 'written after') {
      const read = registers.sessions[accesses[to].session].find(({ writer }) => writer === from) as Access;
      named.push(read);
      return `${order} ${toldWithTime(read)} read it earlier in the same session`;
    }
    const read = accesses[via];
    named.push(read);
    if (reason === 'put before') {
      return `${order} ${toldWithTime(read)} returned the latter, and the former comes before that read`;
    }
    if (reason === 'read later') {
      const earlier = lastRead(registers, read);
      named.push(earlier);
      return `${order} ${toldWithTime(read)} returned the latter, after ${told(earlier)} in the same session`;
    }
    const [words, between] = knownBy(check, registers, accesses[from], read);
    named.push(...between);
    return `${order} ${toldWithTime(read)} returned the latter although it knew the former: ${words}`;
  });
  const stale = staleRead(registers, cycle);
  const headline =
    stale ??
    `no order of the writes explains the reads: ${counted(cycle.length, 'step')} lead from ${name(cycle[0].from)} back to it: ` +
      sentences.join('; ');
  return violation(check, rule, headline, named, sentences);
}

/** The read of the same key before this one in its session. */
function lastRead({ sessions }: Registers, { session, place, key }: Access): Access {
  return sessions[session].findLast((one) => !one.isWrite && one.key === key && one.place < place) as Access;
}

/** The plainest contradiction: a read returned a value that the same session must know to be overwritten. */
function staleRead({ accesses, initial }: Registers, cycle: readonly Edge[]): string | undefined {
  if (cycle.length !== 2) return undefined;
  const show2 = cycle.findIndex(({ reason }) => reason === 'overwritten');
  const order = cycle[1 - show2];
  if (show2 === -1 || order.reason === 'overwritten' || order.reason === 'read later') return undefined;
  const { from, to, via } = cycle[show2];
  const old =
    to < accesses.length ? `the value of ${told(accesses[to])}` : `the initial value ${show(initial)}`;
  return `${toldWithTime(accesses[via])} returned ${old}, although ${told(accesses[from])}, which is newer, was known to it`;
}

const ofKeyNumber = (key: string | undefined): string =>
  key === undefined ? '' : ` of key ${JSON.stringify(key)}`;

export function violation(
  check: string,
  rule: string,
  message: string,
  named: readonly Access[],
  sentences: readonly string[],
): Violation {
  const operations = [...new Set(named.map(({ operation }) => operation))].sort((a, b) => a.call - b.call);
  const latest = operations.reduce(
    (last, one) => ((one.returnUs ?? -1) > (last.returnUs ?? -1) ? one : last),
    operations[0],
  );
  const evidence: ConsistencyEvidence = { rule, operations, sentences };
  return { check, message, ...(latest === undefined ? {} : atUsOf(latest)), evidence };
}
