/**
 * Concurrent versions are all kept, until a write that has seen them overwrites them (DeCandia et al., *Dynamo*, SOSP 2007,
 * §4.4). Each version is a *dot*, one write of one writer, beside the set of all writes that were seen (Preguiça et al.,
 * *Dotted Version Vectors*, 2010): two writes that one node coordinates for clients which do not know of each other stay
 * siblings, and none is lost. A write is a state of its own, and the merge is that of the multi-value register of
 * Almeida, Shoker & Baquero, *Delta State Replicated Data Types* (JPDC 2018, §7.3).
 */
import type { Value } from '../../protocol.ts';
import { hasSeen, joined, withSeen } from './context.ts';
import type { Resolution, Sibling, SiblingsState, State } from './resolution.ts';

/** Makes one value of several siblings, which come in the same order everywhere; what it returns is not stored. */
export type Merge = (siblings: readonly Value[]) => Value;

/** @param seen what a write has seen, itself included */
export const siblingsBy = (seen: typeof withSeen): Resolution => ({
  needsTime: false,
  written: ({ writer, count }, value, context) => ({
    siblings: value === null ? [] : [{ writer, count, value }],
    context: seen(context, writer, count),
  }),
  merge: (left, right) => mergedSiblings(left as SiblingsState, right as SiblingsState),
  found(state) {
    const { siblings, context } = state as SiblingsState;
    return { values: siblings.map(({ value }) => value), context };
  },
  isTombstone: (state) => (state as SiblingsState).siblings.length === 0,
  timeOf: () => 0,
});

export const keepSiblings: Resolution = siblingsBy(withSeen);

/**
 * As `keepSiblings`, with readers who see one value that the application makes of all siblings (*Dynamo*, §4.4: semantic
 * reconciliation). The next write that follows from such a read overwrites them.
 */
export const mergingWith = (merge: Merge): Resolution => ({
  ...keepSiblings,
  found(state: State) {
    const { values, context } = keepSiblings.found(state);
    return { values: values.length < 2 ? values : [merge(values)], context };
  },
});

/** A sibling stays unless the other side has seen it and does not have it any more. */
function mergedSiblings(left: SiblingsState, right: SiblingsState): SiblingsState {
  const kept = new Map<string, Sibling>();
  const keep = (from: SiblingsState, other: SiblingsState) => {
    for (const sibling of from.siblings) {
      const { writer, count } = sibling;
      if (hasSeen(other.context, writer, count) && !has(other, sibling)) continue;
      kept.set(`${writer} ${count}`, sibling);
    }
  };
  keep(left, right);
  keep(right, left);
  return {
    siblings: [...kept.values()].sort(byWrite),
    context: joined(left.context, right.context),
  };
}

const has = ({ siblings }: SiblingsState, { writer, count }: Sibling): boolean =>
  siblings.some((sibling) => sibling.writer === writer && sibling.count === count);

const byWrite = (left: Sibling, right: Sibling): number =>
  left.writer === right.writer ? left.count - right.count : left.writer < right.writer ? -1 : 1;
