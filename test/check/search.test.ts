import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type History, illegal, type Model, type Operation, register } from '../../sim/check/index.ts';
import { laidOut } from '../../sim/check/linearizable/part.ts';
import { search } from '../../sim/check/linearizable/search.ts';

const budget = { steps: 1e6, words: 1e6 };

/** Operations of the given calls and durations; positions are few, so that many of them are tied. */
const intervals = (count: number, longest: number) =>
  fc.array(fc.tuple(fc.nat(12), fc.integer({ min: 1, max: longest })), { minLength: 2, maxLength: count });

const lasting = (spans: readonly (readonly [number, number])[], f: string): Operation[] =>
  spans.map(([call, length], at) => ({
    process: at,
    f,
    value: at,
    type: 'ok',
    call,
    return: call + length,
  }));

describe('the slots of the window', () => {
  test('two operations share one only if the first returned before the second was called', () => {
    let shared = 0;
    fc.assert(
      fc.property(intervals(12, 6), (spans) => {
        const { call, returned, slot } = laidOut(lasting(spans, 'write'), register);
        for (let later = 0; later < slot.length; later++) {
          for (let first = 0; first < later; first++) {
            if (slot[first] !== slot[later]) continue;
            shared++;
            expect(returned[first]).toBeLessThan(call[later]);
          }
        }
      }),
      { seed: 1, numRuns: 500 },
    );
    expect(shared).toBeGreaterThan(500);
  });
  test('an operation called in the instant in which another returns has a slot of its own', () => {
    const spans = (second: number): [number, number][] => [
      [0, 1],
      [second, 1],
    ];
    const touching = laidOut(lasting(spans(1), 'write'), register);
    const apart = laidOut(lasting(spans(2), 'write'), register);
    expect([...touching.slot]).toEqual([0, 1]);
    expect([...apart.slot]).toEqual([0, 0]);
  });
});

describe('rule 1: no configuration is explored twice', () => {
  /** A state that is the set of operations so far, so that it tells every configuration apart; nothing can end. */
  const asked = (history: History): string[] => {
    const questions: string[] = [];
    const ledger: Model = {
      ...register,
      functions: ['add', 'end'],
      initial: 0,
      step(state, operation) {
        questions.push(`${operation.value} after ${(state as number).toString(2)}`);
        return operation.f === 'end' ? illegal : (state as number) | (1 << (operation.value as number));
      },
      isReadOnly: () => false,
      isOverwrite: () => false,
    };
    const end: Operation = { process: 99, f: 'end', value: 30, type: 'ok', call: 99, return: 100 };
    expect(search(laidOut([...history, end], ledger), ledger, budget).outcome).toBe('impossible');
    return questions;
  };
  const repeated = (questions: readonly string[]): string[] =>
    questions.filter((question, at) => questions.indexOf(question) !== at);

  test('of five concurrent operations every set is met once, each with all that may come next', () => {
    const questions = asked(lasting(Array(5).fill([0, 1]), 'add'));
    expect(repeated(questions)).toEqual([]);
    // Every operation after every set of the four others; and the end after all.
    expect(questions.length).toBe(5 * 2 ** 4 + 1);
  });
  test('nor when slots are handed on while the front moves', () => {
    fc.assert(
      fc.property(intervals(8, 8), (spans) => {
        expect(repeated(asked(lasting(spans, 'add')))).toEqual([]);
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});
