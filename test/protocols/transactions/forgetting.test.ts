/** What may be forgotten, and when: the pure parts of logs that are written anew. */
import { describe, expect, test } from 'vitest';
import { type Horizon, Horizons, isAfter, nameOf, parsed } from '../../../protocols/transactions/names.ts';
import { Outcomes } from '../../../protocols/transactions/outcomes.ts';
import { Memory as SagaMemory } from '../../../protocols/transactions/saga/memory.ts';
import { nextOf } from '../../../protocols/transactions/saga/progress.ts';
import type { SagaRecord, StepRecord } from '../../../protocols/transactions/saga/records.ts';
import { Steps } from '../../../protocols/transactions/saga/steps.ts';
import { Ledger } from '../../../protocols/transactions/two-phase-commit/ledger.ts';
import { Memory } from '../../../protocols/transactions/two-phase-commit/memory.ts';

const name = (number: number, life = 1) => nameOf({ origin: 't1', life, number });
const upTo = (number: number, ...open: string[]): Horizon => ({ life: 1, number, open });

describe('names', () => {
  test('say who gave them, in which life, and as which', () => {
    expect(nameOf({ origin: 'host-7', life: 2, number: 31 }, '/4')).toBe('host-7-2-31/4');
    expect(parsed('host-7-2-31/4')).toEqual({ origin: 'host-7', life: 2, number: 31 });
    expect(parsed('whatever')).toBeNull();
  });

  test('are in the order in which they were given, over all lives', () => {
    expect(isAfter({ life: 2, number: 1 }, { life: 1, number: 9 })).toBe(true);
    expect(isAfter({ life: 1, number: 9 }, { life: 1, number: 9 })).toBe(false);
    expect(isAfter({ life: 1, number: 10 }, { life: 1, number: 9 })).toBe(true);
  });
});

describe('a horizon', () => {
  test('says of all transactions up to a mark that they are over, but of those that are open', () => {
    const horizons = new Horizons();
    horizons.learn(name(9), upTo(5, name(3)));
    expect([2, 3, 5, 6].map((number) => horizons.isOver(name(number)))).toEqual([true, false, true, false]);
    expect(horizons.isOver('t2-1-2'), 'it is about one host').toBe(false);
    expect(horizons.isOver('x')).toBe(false);
  });

  test('never goes back, though messages overtake each other', () => {
    const horizons = new Horizons();
    horizons.learn(name(9), upTo(5));
    horizons.learn(name(9), upTo(4));
    expect(horizons.isOver(name(5))).toBe(true);
    horizons.learn(name(9), upTo(5, name(3)));
    expect(horizons.isOver(name(3)), 'at the same mark fewer are open later').toBe(true);
  });
});

test('outcomes: the last ones are known, older ones forgotten, and others never were', () => {
  const outcomes = new Outcomes<string>(2);
  for (const number of [1, 3, 4]) outcomes.settle(name(number), `${number}`);
  expect(outcomes.of(name(3))).toBe('3');
  expect([1, 3, 4, 5].map((number) => outcomes.isForgotten(name(number)))).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(outcomes.isForgotten(name(2)), 'nobody knows whether there was such a thing').toBe(false);
  outcomes.settle(name(5), '5');
  expect(outcomes.isForgotten(name(2))).toBe(true);
  expect(outcomes.mark).toEqual({ life: 1, number: 3 });
});

describe('a coordinator', () => {
  const relived = (memory: Memory): Memory => {
    const again = new Memory(2);
    for (const record of memory.live) again.take(record);
    return again;
  };

  function commitAndEnd(memory: Memory, number: number): void {
    memory.vote(name(number));
    memory.commit(name(number), ['p1', 'p2']);
    memory.committed(name(number));
    memory.end(name(number));
  }

  test('R* §3.2 forgets an abort at once, and a commit when all have acknowledged it and its end is durable', () => {
    const memory = new Memory(1);
    memory.vote(name(1));
    memory.abort(name(1));
    commitAndEnd(memory, 2);
    commitAndEnd(memory, 3);
    expect(memory.horizon, 'the ends may be lost').toEqual({ life: 0, number: 0, open: [] });
    memory.ended([name(2), name(3)]);
    expect(memory.horizon).toEqual(upTo(2));
    expect(memory.live.filter((record) => 'transaction' in record)).toEqual([
      { kind: 'end', transaction: name(3) },
    ]);
  });

  test('does not say that it is over what it votes on, or has not delivered', () => {
    const memory = new Memory(1);
    for (const number of [1, 2, 3]) memory.vote(name(number));
    memory.commit(name(2), ['p1']);
    memory.committed(name(2));
    memory.abort(name(3));
    commitAndEnd(memory, 4);
    memory.ended([name(4)]);
    expect(memory.horizon).toEqual(upTo(3, name(1), name(2)));
  });

  test('knows after its log was written anew what it knew before', () => {
    const memory = new Memory(2);
    memory.take({ kind: 'boot' });
    memory.take({ kind: 'boot' });
    for (const number of [1, 2, 3]) commitAndEnd(memory, number);
    memory.ended([name(1), name(2), name(3)]);
    memory.commit(name(4), ['p1']);
    commitAndEnd(memory, 5);
    const again = relived(memory);
    expect(again.lives).toBe(2);
    expect([...again.unfinished]).toEqual([[name(4), ['p1']]]);
    expect([3, 4, 5, 6].map((number) => again.standing(name(number)))).toEqual([
      'committed',
      'committed',
      'committed',
      'unknown',
    ]);
    expect(again.outcomes.isForgotten(name(1))).toBe(true);
    expect(relived(again).live).toEqual(again.live);
  });
});

describe('a participant', () => {
  const prepared = (number: number) =>
    ({
      kind: 'prepared',
      transaction: name(number),
      coordinator: 't1',
      participants: ['p1', 'p2'],
      changes: [{ participant: 'p1', account: 'a', amount: 1 }],
    }) as const;

  test('forgets decisions of transactions that are over, and no others; balances and doubts stay', () => {
    const ledger = new Ledger(['a'], 10);
    for (const number of [1, 2, 3]) {
      ledger.apply(prepared(number));
      ledger.apply({ kind: 'decided', transaction: name(number), decision: 'commit' });
    }
    ledger.apply(prepared(4));
    ledger.learn(name(4), upTo(2, name(1)));
    const again = new Ledger(['a'], 10);
    for (const record of ledger.forget()) again.apply(record);
    for (const one of [ledger, again]) {
      expect([one.balance('a'), one.sum, one.inDoubt]).toEqual([13, 13, [name(4)]]);
      expect([1, 2, 3].map((number) => one.decision(name(number)))).toEqual(['commit', undefined, 'commit']);
      expect([1, 2, 3, 4, 5].map((number) => one.isForgotten(name(number)))).toEqual([
        false,
        true,
        false,
        false,
        false,
      ]);
    }
    again.apply({ kind: 'decided', transaction: name(4), decision: 'abort' });
    expect([again.balance('a'), again.inDoubt]).toEqual([13, []]);
  });
});

describe('an orchestrator', () => {
  const steps = [
    { service: 's1', request: 1 },
    { service: 's2', request: 2 },
  ];
  const saga = (number: number) => nameOf({ origin: 'o1', life: 1, number }, '/2');

  test('knows after its log was written anew where each saga stands', () => {
    const memory = new SagaMemory(1);
    const records: SagaRecord[] = [
      { kind: 'boot' },
      ...[1, 2, 3, 4, 5].map((number) => ({ kind: 'begin', saga: saga(number), steps }) as const),
      { kind: 'end', saga: saga(1), outcome: 'done' },
      { kind: 'end', saga: saga(2), outcome: 'compensated' },
      { kind: 'done', saga: saga(3), step: 1 },
      { kind: 'done', saga: saga(4), step: 1 },
      { kind: 'abort', saga: saga(4), step: 2 },
      { kind: 'compensated', saga: saga(4), step: 2 },
      { kind: 'abort', saga: saga(5), step: 1 },
      { kind: 'parked', saga: saga(5), step: 1 },
    ];
    for (const record of records) memory.restore(record);
    const again = new SagaMemory(1);
    for (const record of memory.live) again.restore(record);
    for (const one of [memory, again]) {
      expect(one.lives).toBe(1);
      expect([...one.open.values()].map(nextOf)).toEqual([
        { kind: 'act', step: 2 },
        { kind: 'compensate', step: 1 },
        { kind: 'end', outcome: 'parked' },
      ]);
      expect([one.outcomes.of(saga(2)), one.outcomes.isForgotten(saga(1))]).toEqual(['compensated', true]);
      expect(one.horizon).toEqual({ life: 1, number: 1, open: [] });
    }
  });

  test('a parked saga is not over, and keeps no other one from being so', () => {
    const memory = new SagaMemory(1);
    for (const number of [1, 2, 3]) memory.restore({ kind: 'begin', saga: saga(number), steps });
    memory.restore({ kind: 'parked', saga: saga(1), step: 1 });
    memory.restore({ kind: 'end', saga: saga(2), outcome: 'done' });
    memory.restore({ kind: 'end', saga: saga(3), outcome: 'done' });
    expect(memory.horizon).toEqual({ life: 1, number: 2, open: [saga(1)] });
  });

  test('an end that may not be durable is not over', () => {
    const memory = new SagaMemory(1);
    memory.take({ kind: 'begin', saga: saga(1), steps });
    memory.take({ kind: 'end', saga: saga(1), outcome: 'done' });
    expect(memory.outcomes.of(saga(1))).toBeUndefined();
    expect(memory.live).toContainEqual({ kind: 'end', saga: saga(1), outcome: 'done' });
  });
});

describe('a service', () => {
  const saga = (number: number) => nameOf({ origin: 'o1', life: 1, number }, '/2');
  const record = (number: number, state: StepRecord['state']): StepRecord => ({
    saga: saga(number),
    step: 1,
    request: state === 'cancelled' ? null : number,
    state,
  });

  test('forgets what was undone for sagas that are over; what is done stays', () => {
    const steps = new Steps();
    for (const number of [1, 2, 3]) steps.take(record(number, 'done'));
    steps.take(record(2, 'compensated'));
    steps.take(record(3, 'compensated'));
    steps.take(record(4, 'cancelled'));
    steps.horizons.learn(saga(9), { life: 1, number: 3, open: [saga(3)] });
    const again = new Steps();
    for (const one of steps.forget()) again.take(one);
    expect([1, 2, 3, 4].map((number) => steps.of(saga(number), 1)?.state)).toEqual([
      'done',
      undefined,
      'compensated',
      'cancelled',
    ]);
    expect([1, 2, 3, 4].map((number) => again.of(saga(number), 1)?.state)).toEqual([
      'done',
      undefined,
      'cancelled',
      'cancelled',
    ]);
    for (const one of [steps, again]) {
      expect([1, 2, 3, 5].map((number) => one.isForgotten(saga(number), 1))).toEqual([
        false,
        true,
        false,
        false,
      ]);
      expect(one.effects).toMatchObject({ before: 0, latest: { length: 5 } });
    }
  });

  test('shows its latest effects, and counts all', () => {
    const steps = new Steps();
    for (let number = 1; number <= 1000; number++) steps.take(record(number, 'done'));
    const { before, latest } = steps.effects;
    expect(before + latest.length).toBe(1000);
    expect(latest.length).toBeLessThanOrEqual(128);
    expect(latest.at(-1)?.saga).toBe(saga(1000));
  });
});
