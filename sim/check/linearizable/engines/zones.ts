/**
 * Registers whose observed values were each written once, in O(n log n): see chains.ts for what follows from that and
 * blocks.ts for the rule of the blocks. Sound and complete without refused cas; with them it may leave a history
 * undecided, but what it says is so.
 *
 * Nothing is lost by leaving out an unknown write whose value nobody found: a linearization stays one without it. An
 * unknown write whose value was found did happen.
 */
import { calledAt, type Operation, returnedAt } from '../../history.ts';
import type { Model } from '../../models/index.ts';
import { show } from '../../plain.ts';
import type { Decision, Engine } from '../engine.ts';
import { type Blocks, blocksOf, orderOf } from './blocks.ts';
import { type Cells, cellsOf } from './cells.ts';
import { type Chains, shapeOf } from './chains.ts';
import { withLineage } from './lineage.ts';
import { type Refusal, refusalOf } from './refused.ts';
import { withRoom } from './room.ts';
import { misfitsOf } from './witness.ts';
import { named } from './wording.ts';

/** Orders that are tried to find places for refused cas. */
const ordersMax = 16;

export const zones: Engine = {
  name: 'zones',
  models: ['register', 'cas-register', 'kv'],
  judge(part, model: Model) {
    const cells = cellsOf(part, model.initial);
    if (typeof cells === 'string') return { verdict: 'undecided', reason: `${cells} is not a register's` };
    return judgeZones(cells, part);
  },
};

function judgeZones(cells: Cells, part: readonly Operation[]): Decision {
  const shape = shapeOf(cells);
  const nameAt = (operation: number): string => named(part[cells.at[operation]]);
  switch (shape.kind) {
    case 'repeated':
      return { verdict: 'undecided', reason: `${valueText(cells, shape.value)} is written more than once` };
    case 'unwritten': {
      const value = valueText(cells, cells.from[shape.operation]);
      return {
        verdict: 'illegal',
        rule: 'read-of-unwritten',
        why: `${nameAt(shape.operation)} found ${value}, which nobody ever wrote`,
        suspects: withLineage(cells, shape.happened, [shape.operation]),
      };
    }
    case 'twice replaced': {
      const [one, other] = shape.operations;
      const value = valueText(cells, cells.from[one]);
      return {
        verdict: 'illegal',
        rule: 'replaced-twice',
        why: `${nameAt(one)} and ${nameAt(other)} both replaced ${value}, which was written only once`,
        suspects: withLineage(cells, shape.happened, shape.operations),
      };
    }
    case 'ring':
      return {
        verdict: 'illegal',
        rule: 'cas-without-origin',
        why:
          `${nameAt(shape.operation)} expected a value that only a cas wrote, which expected another, and so on: ` +
          'none of them can have been the first',
        suspects: withLineage(cells, shape.happened, [shape.operation]),
      };
    case 'chains':
      return judgeBlocks(cells, shape.chains, part);
  }
}

function judgeBlocks(cells: Cells, chains: Chains, part: readonly Operation[]): Decision {
  const blocks = blocksOf(cells, chains);
  const nameAt = (operation: number): string => named(part[cells.at[operation]]);
  const returned = (operation: number): string => returnedAt(part[cells.at[operation]]);
  const called = (operation: number): string => calledAt(part[cells.at[operation]]);
  if ('kind' in blocks) {
    const { later, earlier } = blocks;
    const isWrite = cells.to[earlier] === cells.from[later];
    return {
      verdict: 'illegal',
      rule: isWrite ? 'read-before-write' : 'chain-reversed',
      why: isWrite
        ? `${nameAt(later)} returned at ${returned(later)}, before the only write of ` +
          `${valueText(cells, cells.from[later])} was called at ${called(earlier)}: ${nameAt(earlier)}`
        : `${nameAt(later)} returned at ${returned(later)}, before ${nameAt(earlier)} was called at ` +
          `${called(earlier)}, but ${valueText(cells, foundIn(cells, later))} came after ` +
          `${valueText(cells, foundIn(cells, earlier))}`,
      suspects: withLineage(cells, chains.happened, [later, earlier]),
    };
  }
  const order = orderOf(blocks);
  if ('kind' in order) {
    const stale = blocks.lastOperation[order.forward];
    const early = blocks.firstOperation[order.forward];
    const newer = blocks.firstOperation[order.other];
    const newerLast = blocks.lastOperation[order.other];
    const older = valueText(cells, foundIn(cells, stale));
    const because =
      early === -1
        ? `${older} was there from the start`
        : `${nameAt(early)} had returned at ${returned(early)} before ${nameAt(newerLast)} was called at ${called(newerLast)}`;
    return {
      verdict: 'illegal',
      rule: 'stale-read',
      why:
        `${nameAt(stale)} was called at ${called(stale)}, after ${nameAt(newer)} had returned at ${returned(newer)}, ` +
        `so ${older} was stored after ${valueText(cells, wroteOrFound(cells, newer))}; ` +
        `but it was stored before, because ${because}`,
      suspects: withLineage(
        cells,
        chains.happened,
        [stale, newer, early, newerLast].filter((operation) => operation !== -1),
      ),
    };
  }
  const misfits = misfitsOf(cells, chains, blocks, order);
  if (misfits.length === 0 || hasRoom(cells, chains, blocks, order)) return { verdict: 'linearizable' };
  const refusal = refusalOf(cells, misfits);
  if (refusal !== undefined) return refusedWhileStored(cells, chains, refusal, part);
  return { verdict: 'undecided', reason: 'a refused cas fits nowhere into the orders that were tried' };
}

function refusedWhileStored(
  cells: Cells,
  chains: Chains,
  { operation, before, after }: Refusal,
  part: readonly Operation[],
): Decision {
  const [refused, value] = [part[cells.at[operation]], valueText(cells, cells.from[operation])];
  const since = before === -1 ? undefined : part[cells.at[before]];
  const until = after === -1 ? undefined : part[cells.at[after]];
  const from =
    since === undefined ? 'from the start' : `since ${named(since)} returned at ${returnedAt(since)}`;
  const to =
    until === undefined
      ? 'nothing can have replaced it by then'
      : `at ${calledAt(until)} ${named(until)} was called`;
  return {
    verdict: 'illegal',
    rule: 'refused-while-stored',
    why:
      `${named(refused)}, called at ${calledAt(refused)}, was told until ${returnedAt(refused)} that ${value} was not ` +
      `stored; but it was, ${from}, and ${to}`,
    suspects: withLineage(
      cells,
      chains.happened,
      [operation, before, after].filter((one) => one !== -1),
    ),
  };
}

/** Whether some order has a place for every refused cas. */
function hasRoom(cells: Cells, chains: Chains, blocks: Blocks, order: Int32Array): boolean {
  let [room, present, sequence] = [{ cells, chains }, blocks, order];
  for (let tried = 0; tried < ordersMax; tried++) {
    const misfits = misfitsOf(room.cells, room.chains, present, sequence);
    if (misfits.length === 0) return true;
    const next = withRoom(room.cells, room.chains, present, sequence, misfits);
    if (next === undefined) return false;
    const others = blocksOf(next.cells, next.chains);
    if ('kind' in others) return false;
    const another = orderOf(others);
    if ('kind' in another) return false;
    [room, present, sequence] = [next, others, another];
  }
  return false;
}

const valueText = (cells: Cells, value: number): string => show(cells.values.value(value));

/** The value that was stored when an operation had its turn: what it found, or else what it wrote. */
const foundIn = (cells: Cells, operation: number): number =>
  cells.from[operation] === -1 ? cells.to[operation] : cells.from[operation];

const wroteOrFound = (cells: Cells, operation: number): number =>
  cells.to[operation] === -1 ? cells.from[operation] : cells.to[operation];
