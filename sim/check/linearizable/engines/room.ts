/**
 * Room for refused cas: an order of the blocks that suits more of them than the one at hand. Writes are asked to happen
 * later than they might; any order that is found so is one of the history, but not every order can be found.
 */
import type { Blocks } from './blocks.ts';
import type { Cells } from './cells.ts';
import type { Chains } from './chains.ts';
import { firstAtLeast } from './order.ts';
import type { Misfit } from './witness.ts';

/** Blocks that are looked at to end the time of a value. */
const neighboursMax = 256;

export interface Room {
  readonly cells: Cells;
  readonly chains: Chains;
}

/**
 * The same operations with some calls later, so that each misfit may come before the write that is in its way, or so
 * that another write follows that before the misfit returns. Undefined if there is nothing to be done for one of them.
 */
export function withRoom(
  cells: Cells,
  chains: Chains,
  blocks: Blocks,
  order: Int32Array,
  misfits: readonly Misfit[],
): Room | undefined {
  const { count, to, returned } = cells;
  const { first, last, root } = blocks;
  const call = cells.call.slice();
  const happened = chains.happened.slice();
  const forward = Array.from(order).filter((block) => first[block] < last[block]);
  const begins = Float64Array.from(forward, (block) => first[block]);
  /** Whether a block from `begin` to `end`, which is no earlier, lies within a forward block. */
  const isWithin = (begin: number, end: number): boolean => {
    const around = firstAtLeast(begins, begin) - 1;
    return around >= 0 && end < last[forward[around]];
  };
  // What may have happened and need not have, in case a write is wanted.
  const spare: number[] = [];
  for (let operation = 0; operation < count; operation++) {
    if (happened[operation] === 0 && to[operation] !== -1 && cells.from[operation] === -1)
      spare.push(operation);
  }
  for (const { operation, writer, place } of misfits) {
    const [asked, answered, value] = [cells.call[operation], returned[operation], cells.from[operation]];
    const block = place === -1 ? -1 : order[place];
    // Before the write, if that can wait.
    const isRoot = block !== -1 && writer === root[block];
    const end = isRoot ? first[block] : returned[writer];
    if (writer !== -1 && call[writer] < asked && asked <= end) {
      const begin = isRoot ? Math.max(last[block], asked) : asked;
      if (!isRoot || first[block] < last[block] || !isWithin(begin, end)) {
        call[writer] = asked;
        continue;
      }
    }
    // After it, if another write can follow in time.
    const earliest = Math.max(block === -1 ? asked : last[block], asked);
    let follower = -1;
    for (let near = place - 1; near >= 0 && near >= place - neighboursMax && follower === -1; near--) {
      const other = order[near];
      if (root[other] === -1 || first[other] < last[other] || to[root[other]] === value) continue;
      const begin = Math.max(last[other], earliest);
      if (begin <= Math.min(first[other], answered) && !isWithin(begin, first[other])) follower = root[other];
    }
    for (let at = spare.length - 1; at >= 0 && at >= spare.length - neighboursMax && follower === -1; at--) {
      const begin = Math.max(cells.call[spare[at]], earliest);
      if (to[spare[at]] === value || begin > answered) continue;
      // Behind a forward block it would come too late.
      const around = firstAtLeast(begins, begin) - 1;
      if (around >= 0 && begin < last[forward[around]]) continue;
      follower = spare[at];
      spare.splice(at, 1);
    }
    if (follower === -1) return undefined;
    happened[follower] = 1;
    call[follower] = Math.max(call[follower], earliest);
  }
  return { cells: { ...cells, call }, chains: { ...chains, happened } };
}
