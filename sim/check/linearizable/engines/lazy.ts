/**
 * Registers that are only read and written (deletes write null), whose values may come again and whose writes may be of
 * unknown fate: see front.ts. The problem is NP-complete (Gibbons & Korach 1997, Theorem 4.1), so that the number of
 * configurations has a budget; in practice few are worth keeping.
 */
import { calledAt, type Operation, returnedAt } from '../../history.ts';
import { show } from '../../plain.ts';
import type { Decision, Engine } from '../engine.ts';
import { type Cells, cellsOf, Deed } from './cells.ts';
import { sweepFront } from './front.ts';
import { chosen, shrunk } from './shrink.ts';
import { sweepOf } from './sweep.ts';
import { named, withCall, withReturn } from './wording.ts';

const suspectsMax = 6;
/** Configurations of a front that is tried first. */
const widthFirstDefault = 64;
const shrinkOperations = 2_000_000;

/** Configurations and comparisons that a part of so many operations may cost. */
const stepsFor = (operations: number): number => 20_000_000 + 500 * operations;

export const lazy: Engine = {
  name: 'lazy',
  models: ['register', 'cas-register', 'kv'],
  judge(part, model) {
    const cells = cellsOf(part, model.initial);
    if (typeof cells === 'string') return { verdict: 'undecided', reason: `${cells} is not a register's` };
    return judgeReadsAndWrites(cells, part);
  },
};

/** Judges reads and writes of one register; `part` is what `cells.at` points into. */
export function judgeReadsAndWrites(
  cells: Cells,
  part: readonly Operation[],
  widthFirst = widthFirstDefault,
): Decision {
  const plain = readsAndWrites(cells);
  if (plain === undefined)
    return { verdict: 'undecided', reason: 'there are cas, which are not only reads or writes' };
  const early = unwrittenRead(plain, part);
  if (early !== undefined) return early;
  const sweep = sweepOf(plain);
  const steps = stepsFor(plain.count);
  // What a narrow front orders is in order; if it is stuck, and was cut, a wide one has the last word.
  let result = sweepFront(plain, sweep, { steps, width: widthFirst });
  if (result.outcome === 'stuck' && result.isCut) {
    result = sweepFront(plain, sweep, { steps, width: Number.POSITIVE_INFINITY });
  }
  switch (result.outcome) {
    case 'ordered':
      return { verdict: 'linearizable' };
    case 'out of steps':
      return {
        verdict: 'undecided',
        reason: `the front ran out of steps with ${result.width} configurations`,
      };
    case 'stuck':
      return overwritten(plain, part, result.operation) ?? unordered(plain, part, result.operation);
  }
}

/**
 * Without a cas of unknown fate whose value nobody read: a linearization stays one without it. Undefined if there is
 * any other cas.
 */
function readsAndWrites(cells: Cells): Cells | undefined {
  const { count, deed, from, to, returned } = cells;
  const isRead = new Uint8Array(cells.values.count);
  let hasCas = false;
  for (let operation = 0; operation < count; operation++) {
    if (deed[operation] === Deed.read) isRead[from[operation]] = 1;
    if (deed[operation] === Deed.refused) return undefined;
    if (deed[operation] === Deed.cas) hasCas = true;
  }
  if (!hasCas) return cells;
  const kept: number[] = [];
  for (let operation = 0; operation < count; operation++) {
    if (deed[operation] !== Deed.cas) kept.push(operation);
    else if (Number.isFinite(returned[operation]) || isRead[to[operation]] === 1) return undefined;
  }
  return chosen(cells, kept);
}

/** A read that returned before any write of its value was called. */
function unwrittenRead(cells: Cells, part: readonly Operation[]): Decision | undefined {
  const { count, from, to, call, returned } = cells;
  const firstWrite = new Int32Array(cells.values.count).fill(-1);
  for (let operation = 0; operation < count; operation++) {
    const value = to[operation];
    if (value === -1) continue;
    if (firstWrite[value] === -1 || call[operation] < call[firstWrite[value]]) firstWrite[value] = operation;
  }
  for (let operation = 0; operation < count; operation++) {
    const value = from[operation];
    if (value === -1 || value === cells.initial) continue;
    const write = firstWrite[value];
    if (write !== -1 && call[write] <= returned[operation]) continue;
    const read = part[cells.at[operation]];
    const found = show(cells.values.value(value));
    if (write === -1) {
      return {
        verdict: 'illegal',
        rule: 'read-of-unwritten',
        why: `${named(read)} found ${found}, which nobody ever wrote`,
        suspects: [cells.at[operation]],
      };
    }
    const first = part[cells.at[write]];
    return {
      verdict: 'illegal',
      rule: 'read-before-write',
      why:
        `${named(read)} returned at ${returnedAt(read)}, before the first write of ${found} was called ` +
        `at ${calledAt(first)}: ${named(first)}`,
      suspects: [cells.at[operation], cells.at[write]].sort((a, b) => a - b),
    };
  }
  return undefined;
}

/** The read returned a value of which each write lies before an operation of another value that lies before the read. */
function overwritten(cells: Cells, part: readonly Operation[], read: number): Decision | undefined {
  const { count, from, to, call, returned } = cells;
  const value = from[read];
  // What was stored last before the read, for certain.
  let newer = -1;
  for (let operation = 0; operation < count; operation++) {
    if (from[operation] === value || to[operation] === value || returned[operation] >= call[read]) continue;
    if (newer === -1 || call[operation] > call[newer]) newer = operation;
  }
  if (newer === -1) return undefined;
  let older = -1;
  for (let operation = 0; operation < count; operation++) {
    if (to[operation] !== value || call[operation] > returned[read]) continue;
    if (returned[operation] >= call[newer]) return undefined;
    if (older === -1 || returned[operation] > returned[older]) older = operation;
  }
  const [stale, since] = [part[cells.at[read]], part[cells.at[newer]]];
  const source = from[newer] === -1 ? -1 : sourceOf(cells, newer);
  const found = show(cells.values.value(value));
  const origin =
    older === -1
      ? `${found} was there from the start and never written`
      : `the last write of ${found} before it, ${withReturn(part[cells.at[older]])}, was over by then`;
  return {
    verdict: 'illegal',
    rule: 'stale-read',
    why:
      `${withCall(stale)}, found ${found} after ${named(since)} had been called at ${calledAt(since)} and ` +
      `had returned at ${returnedAt(since)}; ${origin}`,
    suspects: [read, newer, older, source]
      .filter((operation) => operation !== -1)
      .map((operation) => cells.at[operation])
      .sort((a, b) => a - b),
  };
}

/** A write that a read may have read from: the last one called before it returned. */
function sourceOf({ count, from, to, call, returned }: Cells, read: number): number {
  let source = -1;
  for (let operation = 0; operation < count; operation++) {
    if (to[operation] !== from[read] || call[operation] > returned[read]) continue;
    if (source === -1 || call[operation] > call[source]) source = operation;
  }
  return source;
}

function unordered(cells: Cells, part: readonly Operation[], stuck: number): Decision {
  const steps = stepsFor(0);
  const core = shrunk(
    cells,
    stuck,
    (operations) =>
      sweepFront(operations, sweepOf(operations), { steps, width: Number.POSITIVE_INFINITY }).outcome ===
      'stuck',
    { operations: shrinkOperations },
  );
  const read = part[cells.at[stuck]];
  const names = core.map((operation) => named(part[cells.at[operation]]));
  const together =
    core.length <= suspectsMax
      ? `; no order respects real time even for ${names.join(', ')} alone`
      : `, not even without all but ${core.length} of the operations before it`;
  return {
    verdict: 'illegal',
    rule: 'no-order',
    why:
      `no order of the operations called until ${returnedAt(read)}, when ${named(read)} returned, has it find ` +
      `${show(cells.values.value(cells.from[stuck]))}${together}`,
    suspects: core.map((operation) => cells.at[operation]).sort((a, b) => a - b),
  };
}
