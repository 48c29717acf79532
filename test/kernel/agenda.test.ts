import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Agenda, type Handle } from '../../sim/kernel/agenda.ts';

type Step =
  | { readonly do: 'push'; readonly timeUs: number; readonly tie: number }
  | { readonly do: 'pop' }
  /** Of a handle given out earlier, which may be long gone. */
  | { readonly do: 'cancel'; readonly which: number };

interface Pending {
  readonly timeUs: number;
  readonly tie: number;
  readonly number: number;
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('push' as const),
      // Few times and fewer ties: most events have rivals.
      timeUs: fc.oneof(fc.nat(8), fc.nat(2 ** 40)),
      tie: fc.oneof(fc.nat(2), fc.constant(2 ** 32 - 1)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pop' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat() }) },
);

/** The definition of the order, by sorting. */
class Twin {
  pending: Pending[] = [];
  #pushed = 0;

  push(timeUs: number, tie: number): number {
    this.pending.push({ timeUs, tie, number: this.#pushed });
    this.pending.sort(
      (left, right) => left.timeUs - right.timeUs || left.tie - right.tie || left.number - right.number,
    );
    this.#pushed += 1;
    return this.#pushed - 1;
  }

  cancel(number: number): boolean {
    const before = this.pending.length;
    this.pending = this.pending.filter((event) => event.number !== number);
    return this.pending.length < before;
  }
}

test('events come in the order of (time, tie, insertion), whatever was cancelled in between', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 300, size: 'max' }), (steps) => {
      const agenda = new Agenda(2);
      const twin = new Twin();
      const handles: Handle[] = [];
      for (const next of steps) {
        if (next.do === 'push') {
          const number = twin.push(next.timeUs, next.tie);
          handles.push(agenda.push(next.timeUs, next.tie, number % 256, number, number - 1, { number }));
        } else if (next.do === 'cancel' && handles.length > 0) {
          const number = next.which % handles.length;
          expect(agenda.cancel(handles[number]!)).toBe(twin.cancel(number));
        } else if (next.do === 'pop') checkPop(agenda, twin);
        expect(agenda.size).toBe(twin.pending.length);
        expect(agenda.nextUs).toBe(twin.pending[0]?.timeUs ?? Number.POSITIVE_INFINITY);
      }
      while (twin.pending.length > 0) checkPop(agenda, twin);
      expect(agenda.pop()).toBe(false);
      expect(new Set(handles).size).toBe(handles.length);
    }),
    { numRuns: 500, seed: 1 },
  );
}, 30_000);

function checkPop(agenda: Agenda, twin: Twin): void {
  const first = twin.pending.shift();
  expect(agenda.pop()).toBe(first !== undefined);
  if (first === undefined) return;
  const { timeUs, number } = first;
  const { kind, subject, cause, payload } = agenda;
  expect({ timeUs: agenda.timeUs, kind, subject, cause, payload }).toEqual({
    timeUs,
    kind: number % 256,
    subject: number,
    cause: number - 1,
    payload: { number },
  });
}

test('a handle names one event for ever: not the next one in the same place', () => {
  const agenda = new Agenda();
  const first = agenda.push(1, 0, 0, 0, 0, 'first');
  agenda.pop();
  const second = agenda.push(2, 0, 0, 0, 0, 'second');
  expect(agenda.cancel(first)).toBe(false);
  expect(agenda.size).toBe(1);
  expect(agenda.cancel(second)).toBe(true);
  expect(agenda.cancel(second)).toBe(false);
  expect(agenda.pop()).toBe(false);
});

test('0 is no event, and neither is what was never given out', () => {
  const agenda = new Agenda();
  agenda.push(1, 0, 0, 0, 0, undefined);
  for (const handle of [0, 1, 2 ** 24 + 1, 2 ** 50]) expect(agenda.cancel(handle)).toBe(false);
  expect(agenda.size).toBe(1);
});

test('a hundred thousand pending events keep their order', () => {
  const agenda = new Agenda(1);
  for (let i = 0; i < 100_000; i += 1) agenda.push(Math.imul(i, 0x9e3779b1) >>> 8, i % 3, 0, i, 0, undefined);
  let lastUs = -1;
  let count = 0;
  while (agenda.pop()) {
    expect(agenda.timeUs >= lastUs).toBe(true);
    lastUs = agenda.timeUs;
    count += 1;
  }
  expect(count).toBe(100_000);
});

test('a popped or cancelled event lets go of its payload', () => {
  const agenda = new Agenda();
  const handle = agenda.push(1, 0, 0, 0, 0, { big: true });
  agenda.cancel(handle);
  agenda.push(2, 0, 0, 0, 0, undefined);
  agenda.pop();
  expect(agenda.payload).toBeUndefined();
});
