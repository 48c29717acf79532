import { describe, expect, test } from 'vitest';
import { illegal, linearizable, modelNamed, models, type Operation } from '../../../sim/check/index.ts';
import { laidOut } from '../../../sim/check/linearizable/part.ts';
import { search } from '../../../sim/check/linearizable/search.ts';
import { same } from '../../../sim/check/plain.ts';
import { type Course, hasRun, runOf, type Twin } from './twin.ts';
import { twins } from './twins.ts';

const count = process.env.SKERRY_LONG === '1' ? 30_000 : 800;

const courseOf = (seed: number, { liesOneIn, operationsMax = 8 }: Twin): Course => ({
  operations: Math.min(3 + (seed % 6), operationsMax),
  processes: 2 + (seed % 4),
  uncertainOneIn: [0, 3, 5, 2][seed % 4]!,
  liesOneIn: liesOneIn + (seed % 2),
});
const all = twins.map((twin) => [twin.name, twin] as const);

test('every model has a twin', () => {
  expect(twins.map(({ name }) => name).sort()).toEqual([...models.keys()].sort());
});

describe('a model and its twin agree on small random histories', () => {
  test.each(all)('%s', (name, twin) => {
    const model = modelNamed(name);
    let [wrong, judged, withUncertain] = [0, 0, 0];
    for (let seed = 0; seed < count; seed++) {
      const history = runOf(seed, twin, courseOf(seed, twin));
      if (!history.some(({ type }) => type === 'ok')) continue;
      judged++;
      const expected = hasRun(history, twin) ? 'held' : 'broken';
      if (expected === 'broken') wrong++;
      if (history.some(({ type }) => type === 'info')) withUncertain++;
      const { verdict } = linearizable(history, model);
      if (verdict !== expected) {
        expect.fail(`seed ${seed}: ${verdict}, but it is ${expected}: ${JSON.stringify(history)}`);
      }
      // The general search by itself: its parts are as the model says, and one broken part is enough.
      const keys = new Set(history.map(model.key));
      const outcomes = [...keys].map((key) => {
        const part = history.filter((operation) => operation.type !== 'fail' && model.key(operation) === key);
        return search(laidOut(part, model), model, { steps: 1e6, words: 1e6 }).outcome;
      });
      expect(outcomes.includes('impossible') ? 'broken' : 'held', `seed ${seed}`).toBe(expected);
    }
    expect(judged / count).toBeGreaterThan(0.7);
    expect(wrong / judged).toBeGreaterThan(0.3);
    expect(wrong / judged).toBeLessThan(0.7);
    expect(withUncertain / judged).toBeGreaterThan(0.3);
  });
});

const honest: Course = { operations: 30, processes: 4, uncertainOneIn: 0, liesOneIn: 0 };

describe('what a simulated object did is accepted, with one violation it is rejected', () => {
  test.each(all)('%s', (name, twin) => {
    const model = modelNamed(name);
    for (let seed = 0; seed < 20; seed++) {
      const uncertain = runOf(seed, twin, { ...honest, uncertainOneIn: 9 });
      if (!uncertain.some(({ type }) => type === 'ok')) continue;
      expect(linearizable(uncertain, model).verdict, `seed ${seed}`).toBe('held');
      const settled = runOf(seed, twin, honest).filter(({ type }) => type === 'ok');
      expect(settled.length).toBeGreaterThan(0);
      expect(linearizable(settled, model).verdict, `seed ${seed}`).toBe('held');
      const violated = [...settled, ...afterwards(settled, twin.violation)];
      expect(linearizable(violated, model).verdict, `seed ${seed}`).toBe('broken');
    }
  });
});

/** Operations one after another, behind a history. */
function afterwards(
  history: readonly Operation[],
  asked: readonly Pick<Operation, 'f' | 'value' | 'output'>[],
): Operation[] {
  const end = Math.max(0, ...history.map((operation) => operation.return ?? operation.call));
  return asked.map((one, at) => ({
    process: 1000,
    ...one,
    type: 'ok' as const,
    call: end + 1 + 2 * at,
    return: end + 2 + 2 * at,
  }));
}

const shifted = (one: Operation): Operation => ({
  ...one,
  call: one.call * 10 - 77,
  return: one.return === null ? null : one.return * 10 - 77,
});
const renamed = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(renamed) : typeof value === 'number' ? `value ${value}` : value;

describe('what does not matter to the verdict', () => {
  const judged = (history: readonly Operation[], twin: Twin): string =>
    linearizable(history, modelNamed(twin.name)).verdict;
  const histories = (twin: Twin): Operation[][] =>
    Array.from({ length: 150 }, (_, seed) =>
      runOf(seed, twin, { operations: 12, processes: 4, uncertainOneIn: 6, liesOneIn: 8 }),
    ).filter((history) => history.some(({ type }) => type === 'ok'));
  const changes: readonly [string, (one: Operation) => Operation, isSafe: (twin: Twin) => boolean][] = [
    [
      'names of values',
      (one) => ({ ...one, value: renamed(one.value), output: renamed(one.output) }),
      ({ isOpaque }) => isOpaque === true,
    ],
    [
      'names of processes',
      (one) => ({ ...one, process: 1000 - one.process, client: `c${one.process}` }),
      () => true,
    ],
    ['the unit and origin of time', shifted, () => true],
    ['the key, if it is one', (one) => ({ ...one, key: 'x' }), () => true],
  ];
  test.each(all)('%s', (_, twin) => {
    const seen = new Set<string>();
    for (const history of histories(twin)) {
      const verdict = judged(history, twin);
      seen.add(verdict);
      for (const [what, change, isSafe] of changes) {
        if (isSafe(twin)) expect(judged(history.map(change), twin), what).toBe(verdict);
      }
      expect(judged(history.toReversed(), twin), 'the order in which operations are listed').toBe(verdict);
      const failed: Operation = { process: 99, ...twin.violation[0]!, type: 'fail', call: 0, return: 1 };
      expect(judged([failed, ...history], twin), 'what failed').toBe(verdict);
    }
    expect(seen).toEqual(new Set(['held', 'broken']));
  });
});

test.each(all)('%s: one more operation that fits keeps the verdict', (name, twin) => {
  const model = modelNamed(name);
  let added = 0;
  for (let seed = 0; seed < 60; seed++) {
    const history = runOf(seed, twin, { ...honest, operations: 20, liesOneIn: seed % 2 ? 8 : 0 });
    if (!history.some(({ type }) => type === 'ok')) continue;
    const part = laidOut(history, model);
    const { outcome, state } = search(part, model, { steps: 1e6, words: 1e6 });
    const verdict = linearizable(history, model).verdict;
    const numbers = (limit: number): number => seed % limit;
    for (const asked of [0, 1, 2, 3, 4].map((at) =>
      twin.ask((limit) => (numbers(limit) + at) % limit, 500),
    )) {
      const lies = [0, 1, 2, 3, 4, 5].map((at) => twin.lie((limit) => at % limit, asked));
      const outputs = [...lies, true, false, null, 700].map((output) => ({ ...asked, output }));
      const fitting = outputs
        .flatMap((one) => afterwards(history, [one]))
        .filter((one) => model.problem?.(one) === undefined && model.step(state, one) !== illegal)
        .slice(0, 2);
      for (const one of fitting) {
        if (outcome === 'ordered' && model.key(one) !== model.key(history[0]!)) continue;
        added++;
        expect(linearizable([...history, one], model).verdict, `seed ${seed}`).toBe(verdict);
      }
    }
  }
  if (name !== 'unique-ids') expect(added).toBeGreaterThan(30);
});

describe('every model keeps its word', () => {
  test.each(all)('%s', (name, twin) => {
    const model = modelNamed(name);
    const states = new Map<string, unknown>([['', model.initial]]);
    const asked: Operation[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const history = runOf(seed, twin, { ...honest, operations: 8, uncertainOneIn: 4, liesOneIn: 4 });
      asked.push(...history);
      const { state } = search(laidOut(history, model), model, { steps: 1e5, words: 1e5 });
      states.set(JSON.stringify(state), state);
    }
    const mistakes = new Set<string>();
    const demand = (isKept: boolean, what: string): unknown => isKept || mistakes.add(what);
    for (const operation of asked) {
      demand(model.functions.includes(operation.f), 'knows its functions');
      demand(model.problem?.(operation) === undefined, 'understands what is asked');
      const after = [...states.values()].map((state) => model.step(state, operation));
      [...states.values()].forEach((state, at) => {
        const isLost = model.isLost?.(state, operation) ?? false;
        if (after[at] !== illegal) {
          if (model.isReadOnly(operation)) demand(same(after[at], state), 'a read changes nothing');
          demand(!isLost, 'what is lost is illegal');
        } else if (operation.type === 'ok') demand(model.why(state, operation) !== '', 'says why');
        if (!isLost) return;
        for (const other of asked) {
          const next = model.step(state, other);
          demand(next === illegal || model.isLost!(next, operation), 'what is lost stays lost');
        }
      });
      if (!model.isOverwrite(operation)) continue;
      demand(
        !after.includes(illegal) && after.every((next) => same(next, after[0])),
        'an overwrite does not look',
      );
    }
    expect([...mistakes]).toEqual([]);
    expect(states.size).toBeGreaterThan(1);
  });
});
