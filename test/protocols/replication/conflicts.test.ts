/** What becomes of concurrent versions: the laws that every resolution obeys, and what tells them apart. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasSeen, joined, nothingSeen, withSeen } from '../../../protocols/replication/conflicts/context.ts';
import type { Context, Resolution, State } from '../../../protocols/replication/conflicts/resolution.ts';
import { keepSiblings, mergingWith } from '../../../protocols/replication/conflicts/siblings.ts';
import { firstWriteWins, lastWriteWins } from '../../../protocols/replication/conflicts/stamped.ts';

const stamp = (time: number, writer = 'n1.1', count = 1) => ({ time, writer, count });

/** Writes of three writers, some of which follow from a merge of earlier ones; each stamp is given out once. */
const statesOf = (resolution: Resolution) =>
  fc
    .array(
      fc.record({
        time: fc.integer({ min: 0, max: 3 }),
        writer: fc.constantFrom('n1.1', 'n2.1', 'n2.2'),
        isDelete: fc.boolean(),
        seen: fc.array(fc.nat(5)),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((writes) => {
      const states: State[] = [];
      for (const [at, { time, writer, isDelete, seen }] of writes.entries()) {
        const context = seen
          .flatMap((one) => states[one] ?? [])
          .reduce<Context>((sum, state) => joined(sum, resolution.found(state).context), nothingSeen);
        const count = writes.slice(0, at + 1).filter((write) => write.writer === writer).length;
        states.push(resolution.written({ time, writer, count }, isDelete ? null : at, context));
      }
      return states;
    });

describe.each([
  ['last write wins', lastWriteWins],
  ['first write wins', firstWriteWins],
  ['siblings', keepSiblings],
])('%s: states are a semilattice (Shapiro et al. 2011)', (_, resolution) => {
  const { merge } = resolution;
  const all = (states: readonly State[]) => states.reduce((left, right) => merge(left, right));

  test('replicas that merge the same writes, in whatever order and however often, have the same text', () => {
    const shuffled = statesOf(resolution).chain((states) =>
      fc.tuple(
        fc.constant(states),
        fc.shuffledSubarray([...states, ...states], { minLength: states.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([states, again]) => {
        expect(JSON.stringify(all(again))).toBe(JSON.stringify(all(states)));
      }),
    );
  });

  test('it does not matter who merges with whom first', () => {
    fc.assert(
      fc.property(statesOf(resolution), fc.nat(5), (states, cut) => {
        const [left, right] = [states.slice(0, cut), states.slice(cut)];
        if (left.length === 0 || right.length === 0) return;
        expect(JSON.stringify(merge(all(left), all(right)))).toBe(JSON.stringify(all(states)));
      }),
    );
  });
});

describe('stamps', () => {
  const write = (time: number, value: number | null, writer?: string, count?: number) =>
    lastWriteWins.written(stamp(time, writer, count), value, {});
  const winner = (resolution: Resolution, ...states: State[]) =>
    resolution.found(states.reduce((left, right) => resolution.merge(left, right))).values;

  test('Thomas’s write rule: what is older than what is stored is not applied', () => {
    expect(winner(lastWriteWins, write(1, 1), write(3, 3), write(2, 2))).toEqual([3]);
  });
  test('of two at the same time the writer decides, and then how many it had written', () => {
    expect(winner(lastWriteWins, write(1, 7, 'n2.1'), write(1, 8, 'n1.1', 9))).toEqual([7]);
    expect(winner(lastWriteWins, write(1, 7, 'n1.1', 2), write(1, 8, 'n1.1', 1))).toEqual([7]);
  });
  test('a deletion is a write of nothing: a tombstone hides what is older, and not what is newer', () => {
    expect(winner(lastWriteWins, write(1, 1), write(2, null))).toEqual([]);
    expect(lastWriteWins.isTombstone(lastWriteWins.merge(write(1, 1), write(2, null)))).toBe(true);
    expect(winner(lastWriteWins, write(3, 3), write(2, null))).toEqual([3]);
  });
  test('the first write stays, whatever comes', () => {
    expect(winner(firstWriteWins, write(3, 3), write(2, 2), write(4, null))).toEqual([2]);
    expect(winner(firstWriteWins, write(3, 3), write(2, null))).toEqual([]);
    expect(firstWriteWins.isTombstone(write(2, null)), 'and is never forgotten').toBe(false);
  });
});

describe('what was seen: version vectors with exceptions (Malkhi & Terry 2005)', () => {
  test('a write that comes before its predecessors is an exception, until they are there', () => {
    const third = withSeen(nothingSeen, 'n1.1', 3);
    expect(third).toEqual({ 'n1.1': [3, 3] });
    expect([1, 2, 3].map((count) => hasSeen(third, 'n1.1', count))).toEqual([false, false, true]);
    expect(withSeen(withSeen(third, 'n1.1', 1), 'n1.1', 2)).toEqual({ 'n1.1': [1, 3] });
  });
  test('two sets together are what either has, in as few runs as there are gaps', () => {
    const runs = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 20 });
    const of = (counts: readonly number[]) =>
      counts.reduce((sum, count) => withSeen(sum, 'w', count), nothingSeen);
    fc.assert(
      fc.property(runs, runs, (left, right) => {
        const both = joined(of(left), of(right));
        const all = new Set([...left, ...right]);
        for (let count = 0; count <= 31; count++) expect(hasSeen(both, 'w', count)).toBe(all.has(count));
        const starts = [...all].filter((count) => !all.has(count - 1)).length;
        expect(both.w ?? []).toHaveLength(2 * starts);
      }),
    );
  });
  test('a stamp that is never used costs one gap, not a number for each write that follows', () => {
    let seen = withSeen(nothingSeen, 'n1.1', 1);
    for (let count = 3; count < 1000; count++) seen = withSeen(seen, 'n1.1', count);
    expect(seen).toEqual({ 'n1.1': [1, 1, 3, 999] });
  });
  test('lives of one node are writers of their own', () => {
    expect(hasSeen({ 'n1.1': [1, 5] }, 'n1.2', 1)).toBe(false);
  });
  test('no name of a property is taken for a writer', () => {
    expect(hasSeen(nothingSeen, 'constructor', 1)).toBe(false);
  });
});

describe('siblings (Dynamo, §4.4)', () => {
  const write = (writer: string, count: number, value: number | null, context: Context = {}) =>
    keepSiblings.written(stamp(0, writer, count), value, context);
  const found = (...states: State[]) =>
    keepSiblings.found(states.reduce((left, right) => keepSiblings.merge(left, right)));

  test('two writes that do not know of each other are both kept, through one node too (Preguiça et al. 2010)', () => {
    expect(found(write('n1.1', 1, 7), write('n1.1', 2, 8)).values).toEqual([7, 8]);
    expect(found(write('n1.1', 2, 8)).values).toEqual([8]);
  });
  test('a write overwrites what its client has seen, and nothing else', () => {
    const seen = found(write('n1.1', 1, 7), write('n2.1', 1, 8)).context;
    const follows = write('n1.1', 3, 9, seen);
    const unseen = write('n1.1', 2, 5);
    expect(found(write('n1.1', 1, 7), write('n2.1', 1, 8), unseen, follows).values).toEqual([5, 9]);
  });
  test('what was overwritten does not come back with a replica that was away', () => {
    const old = write('n1.1', 1, 7);
    const newer = write('n2.1', 1, 8, found(old).context);
    expect(found(newer, old, newer, old).values).toEqual([8]);
  });
  test('a deletion is nothing but what was seen', () => {
    const old = write('n1.1', 1, 7);
    const deleted = keepSiblings.merge(old, write('n1.1', 2, null, found(old).context));
    expect(keepSiblings.isTombstone(deleted)).toBe(true);
    expect(found(deleted, write('n2.1', 1, 9)).values).toEqual([9]);
  });
  test('the application makes one value of them; the next write overwrites all', () => {
    const summing = mergingWith((values) => values.reduce<number>((sum, value) => sum + Number(value), 0));
    const both = summing.merge(write('n1.1', 1, 7), write('n2.1', 1, 8));
    expect(summing.found(both).values).toEqual([15]);
    const merged = write('n1.1', 2, 15, summing.found(both).context);
    expect(summing.found(summing.merge(both, merged)).values).toEqual([15]);
    expect(keepSiblings.found(keepSiblings.merge(both, merged)).values).toEqual([15]);
  });
});
